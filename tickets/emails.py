"""Letters about requests: who gets which, one function a letter.

One letter per act and person, the specific one in place of the general one (S4-24). Customers' letters go to the author,
to the contact address of the request and to colleagues who take part in it, each address once (C15). Who did the act
knows it: they get a letter only where it is their proof (CONFIRMED_TO_ACTOR). A person's switches hold for their address
wherever it stands, but not for PROOFS.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, cast

from django.conf import settings
from django.core import signing
from django.db.models import Exists, OuterRef, Q
from django.template.loader import render_to_string
from django.urls import reverse

from helpdesk.customers.models import Membership, Operator, StaffTask, User
from helpdesk.mail.models import OutgoingMail
from helpdesk.mail.services import queue, thread_id
from helpdesk.money import czk
from sla.clock import Kind
from tickets.models import (
    Complaint,
    ContactAddress,
    Message,
    Note,
    Participant,
    Quote,
    SlaAlarm,
    Ticket,
    TicketEvent,
    TicketLetter,
)
from tickets.models.clocks import BREACHED
from tickets.services.quote_threshold import Threshold

CONFIRMING, REFUSING = "tickets.contact.confirming", "tickets.contact.refusing"
# Links to a free contact address: salt, how long one works, and whether it may also confirm. Staff read ordinary letters, so
# the link in those may only refuse.
CONTACT_LINKS = ((CONFIRMING, timedelta(days=30), True), (REFUSING, timedelta(days=365), False))
SUPPORT = "podpora"
LEADERS = "vedoucí"
CONFIRMED_TO_ACTOR = frozenset({"filed", "withdrawn", "complaint_filed", "closed", "quote_decided"})
FOR_STAFF = ("staff_", "sla_")
PROOFS = frozenset({"filed", "consulted", "withdrawn", "complaint_filed", "complaint_decided", "quote_decided"})


def request_filed(*, ticket: Ticket, event: TicketEvent) -> None:
    """Confirm the number at once, and tell support that something came (S2-14)."""
    _to_customer("filed", ticket, event)
    _to_staff("staff_filed", ticket, event, _group(SUPPORT))


def contact_asked(*, ticket: Ticket, contact: ContactAddress, at: datetime) -> None:
    """A free address is to confirm itself; nothing that the customer typed stands in this letter (S2-09)."""
    token = signing.dumps([contact.pk, contact.serial], salt=CONFIRMING)
    context = {"contact": contact, "link": settings.HELPDESK_URL + reverse("tickets:contact_link", args=[token])}
    key = f"contact:{contact.pk}:{at:%Y-%m-%d}"
    _write("contact_asked", ticket, [contact.email], key=key, at=at, context=context, secret=True)


def request_accepted(*, ticket: Ticket, event: TicketEvent) -> None:
    """A person, by name, has taken the request over (S3-04)."""
    _to_customer("accepted", ticket, event)


def request_escalated(*, ticket: Ticket, event: TicketEvent) -> None:
    """Who solves it; the solver learns what awaits them (S2-16)."""
    _to_customer("escalated", ticket, event)
    _to_staff("staff_assigned", ticket, event, [ticket.assignee])


def request_suspended(*, ticket: Ticket, event: TicketEvent) -> None:
    """What is missing, from whom, by when (S4-64)."""
    _to_customer("suspended", ticket, event, items=list(ticket.cooperation.open()))


def request_resolved(*, ticket: Ticket, event: TicketEvent) -> None:
    """How it was resolved and until when a complaint is possible (S3-07, D16)."""
    _to_customer("resolved", ticket, event, complaint_last_day=_last_day(ticket))


def consultation_recorded(*, ticket: Ticket, event: TicketEvent, minutes: int, payment: str) -> None:
    """One letter instead of those about filing, taking over, resolving and closing (D23).

    minutes  billed; payment, how they are paid in words, "" while the price is not known
    """
    _to_customer("consulted", ticket, event, minutes=minutes, payment=payment)


def work_became_paid(*, ticket: Ticket, event: TicketEvent) -> None:
    """Improper use was the cause: the fix is paid, and why (S3-16)."""
    _to_customer("work_paid", ticket, event, price=czk(sum(ticket.work.standing().values_list("price", flat=True), Decimal(0))))


def request_closed(*, ticket: Ticket, event: TicketEvent) -> None:
    """The request is closed for good."""
    _to_customer("closed", ticket, event)


def request_cancelled(*, ticket: Ticket, event: TicketEvent) -> None:
    """Why it was cancelled and how to file it anew (S4-62)."""
    _to_customer("cancelled", ticket, event)


def request_withdrawn(*, ticket: Ticket, event: TicketEvent) -> None:
    """Proof for the author, news for everybody else who knew of the request."""
    _to_customer("withdrawn", ticket, event)


def state_changed(*, ticket: Ticket, event: TicketEvent) -> None:
    """The general letter for a change that has none of its own (S4-24)."""
    _to_customer("state_changed", ticket, event)


def complaint_filed(*, ticket: Ticket, event: TicketEvent, complaint: Complaint) -> None:
    """The complaint was taken down; leaders are to decide it, the solver should know (D17)."""
    _to_customer("complaint_filed", ticket, event, complaint=complaint)
    _to_staff("staff_complaint", ticket, event, [*_group(LEADERS), ticket.assignee], complaint=complaint)


def complaint_decided(*, ticket: Ticket, event: TicketEvent, complaint: Complaint) -> None:
    """Justified or not, with the reasoning (C06, C07)."""
    _to_customer("complaint_decided", ticket, event, complaint=complaint, items=list(ticket.cooperation.open()))


def closing_reminder(*, ticket: Ticket, at: datetime) -> None:
    """The complaint window is about to end (C08)."""
    key = f"ticket:{ticket.pk}:reminder:{ticket.complaint_until:%Y-%m-%d}"
    context = {"complaint_last_day": _last_day(ticket)}
    _write("closing_reminder", ticket, _addresses(ticket, "closing_reminder", actor=None), key=key, at=at, context=context)


def message_posted(*, ticket: Ticket, event: TicketEvent, message: Message) -> None:
    """The other side reads the message: the customer's people, or the solver and who follows the request."""
    if message.is_ours:
        _to_customer("message", ticket, event, message=message, attachments=list(message.attachments.all()))
    else:
        people = [*_responsible(ticket), *User.objects.staff().filter(watched__ticket=ticket)]
        _to_staff("staff_message", ticket, event, people, message=message, attachments=list(message.attachments.all()))


def status_asked(*, ticket: Ticket, event: TicketEvent) -> None:
    """The customer wants to know how things stand (S3-06)."""
    _to_staff("staff_status_asked", ticket, event, _responsible(ticket))


def note_mentions(*, ticket: Ticket, event: TicketEvent, note: Note) -> None:
    """A colleague was mentioned in an internal note."""
    _to_staff("staff_mention", ticket, event, note.mentioned.all(), note=note)


def quote_sent(*, ticket: Ticket, event: TicketEvent, quote: Quote, approvers: list[User], tokens: dict[int, str]) -> None:
    """Each approver gets the own one-time link, everybody else learns what awaits approval (S1-16, D19).

    tokens  approver's key → secret of the link; none above the contract's limit, where the letter leads to the sign-in
    """
    for person in approvers:
        token = tokens.get(person.pk)
        link = settings.HELPDESK_URL + (reverse("tickets:quote_link", args=[token]) if token else _quote_page(quote))
        context = {"quote": quote, "is_link": bool(token), "link": link}
        key = f"event:{event.pk}"
        _write("quote_sent", ticket, [person.email], key=key, at=event.at, event=event, context=context, secret=bool(token))
    others = [one for one in _addresses(ticket, "quote_told", actor=event.actor) if one not in _emails(approvers)]
    _write("quote_told", ticket, others, key=f"event:{event.pk}", at=event.at, event=event, context={"quote": quote})


def quote_withdrawn(*, ticket: Ticket, event: TicketEvent, quote: Quote) -> None:
    """Nobody needs to decide any more."""
    people = _emails([link.approver for link in quote.links.select_related("approver")])
    addresses = [*_addresses(ticket, "quote_withdrawn", actor=event.actor), *people]
    _write("quote_withdrawn", ticket, addresses, key=f"event:{event.pk}", at=event.at, event=event, context={"quote": quote})


def quote_decided(*, ticket: Ticket, event: TicketEvent, quote: Quote, approvers: list[User]) -> None:
    """What was decided and what follows: one letter, also when the refusal ends the request (D19)."""
    addresses = [*_addresses(ticket, "quote_decided", actor=event.actor), *_emails(approvers)]
    _write("quote_decided", ticket, addresses, key=f"event:{event.pk}", at=event.at, event=event, context={"quote": quote})
    _to_staff("staff_quote_decided", ticket, event, _responsible(ticket), quote=quote)


def quote_expired(*, ticket: Ticket, event: TicketEvent, quote: Quote, approvers: list[User]) -> None:
    """The last day of a quote is over and nobody decided."""
    addresses = [*_addresses(ticket, "quote_expired", actor=None), *_emails(approvers)]
    _write("quote_expired", ticket, addresses, key=f"event:{event.pk}", at=event.at, event=event, context={"quote": quote})


def quote_tight(*, ticket: Ticket, event: TicketEvent, quote: Quote, price: Decimal, approvers: list[User]) -> None:
    """Four fifths of the ceiling are used up, or all of it: the approvers and the solver should know (feature 4).

    price  charged by finished work
    """
    context = {"quote": quote, "price": price, "link": settings.HELPDESK_URL + _quote_page(quote)}
    _write("quote_tight", ticket, _emails(approvers), key=f"event:{event.pk}", at=event.at, event=event, context=context)
    _to_staff("staff_quote_tight", ticket, event, _responsible(ticket), quote=quote, price=price)


def threshold_near(*, ticket: Ticket, event: TicketEvent, threshold: Threshold) -> None:
    """Work without a quote comes near the threshold of the contract, or has reached it: also who just worked should know."""
    people = [person.email.lower() for person in _responsible(ticket) if person.is_active]
    _write("staff_threshold", ticket, people, key=f"event:{event.pk}", at=event.at, event=event, context={"threshold": threshold})


def _quote_page(quote: Quote) -> str:
    return reverse("tickets:quote", args=[quote.pk])


def _emails(people: list[User]) -> list[str]:
    return [person.email.lower() for person in people]


def task_due(*, task: StaffTask, ticket: Ticket | None, at: datetime) -> None:
    """The time of a task has come: its assignee reads it, or the whole support."""
    people = [task.assignee] if task.assignee and task.assignee.is_active else _group(SUPPORT)
    addresses = [person.email for person in people]
    _write("staff_task_due", ticket, addresses, key=f"task:{task.pk}:due", at=at, context={"task": task})


def sla_alarm(
    *, ticket: Ticket, alarm: SlaAlarm, left: timedelta | None, to_assignee: bool, to_leaders: bool, at: datetime
) -> None:
    """The time of a request runs out, or it has: the solver reads it (without one all of support), then the leaders.

    left  the time that still counts; None while the clock stands
    """
    people = [*(_responsible(ticket) if to_assignee else []), *(_group(LEADERS) if to_leaders else [])]
    letter = "sla_breach" if alarm.percent >= BREACHED else "sla_warning"
    context = {
        "alarm": alarm,
        "target": "na reakci" if alarm.kind == Kind.REACTION else "na vyřešení",
        "left": None if left is None else int(left.total_seconds() // 60),
        "due_at": ticket.reaction_due_at if alarm.kind == Kind.REACTION else ticket.resolution_due_at,
    }
    key = f"sla:{ticket.pk}:{alarm.kind}:{alarm.percent}"
    addresses = [person.email.lower() for person in people]
    _write(letter, ticket, addresses, key=key, at=at, context=context)


def _last_day(ticket: Ticket) -> str:
    """The last day of the complaint window in words."""
    last = cast(date, ticket.complaint_last_day)  # a resolved request has one, by constraint
    return f"{last.day}. {last.month}. {last.year}"


def _group(name: str) -> list[User]:
    return list(User.objects.in_group(name))


def _responsible(ticket: Ticket) -> list[User]:
    """Who answers the customer: the solver, and while there is none (any more) all of support."""
    return [ticket.assignee] if ticket.assignee and ticket.assignee.is_active else _group(SUPPORT)


def _addresses(ticket: Ticket, letter: str, *, actor: User | None) -> list[str]:
    """Author, contact address and participants, each once (C15).

    Persons who switched such letters off are left out, and those who may not read the request any more, also when
    theirs is the contact address; and a free address that must confirm itself first (S2-09).
    """
    access = Exists(Membership.objects.active().filter(user=OuterRef("pk"), customer=ticket.customer_id))
    participants = Participant.objects.filter(ticket=ticket).values("user")
    known = User.objects.annotate(may_read=access).filter(
        Q(pk=ticket.author_id) | Q(pk__in=participants) | Q(email__iexact=ticket.contact_email)
    )
    wanted = {person.email.lower(): _gets(person, letter, actor) for person in known.order_by("pk")}
    if ticket.contact_email.lower() not in wanted:
        contact = ContactAddress.objects.of(ticket.customer_id, ticket.contact_email).first()
        wanted[ticket.contact_email.lower()] = contact is None or not contact.must_confirm
    return [address for address, is_wanted in wanted.items() if is_wanted]


def _gets(person: Any, letter: str, actor: User | None) -> bool:
    """Whether a person with `.may_read` is to be written to; staff may be the contact of a request filed for a caller."""
    if not person.is_active or not (person.may_read or person.is_staff):
        return False
    if person == actor:
        return letter in CONFIRMED_TO_ACTOR
    return letter in PROOFS or (person.notify_messages if letter == "message" else person.notify_states)


def _to_customer(letter: str, ticket: Ticket, event: TicketEvent, **context: Any) -> None:
    addresses = _addresses(ticket, letter, actor=event.actor)
    _write(letter, ticket, addresses, key=f"event:{event.pk}", at=event.at, event=event, context=context)


def _to_staff(letter: str, ticket: Ticket, event: TicketEvent, people: Iterable[User | None], **context: Any) -> None:
    """Each active person once, but not who did the act."""
    addresses = [person.email.lower() for person in people if person and person.is_active and person != event.actor]
    _write(letter, ticket, addresses, key=f"event:{event.pk}", at=event.at, event=event, context=context)


def _write(
    letter: str,
    ticket: Ticket | None,
    addresses: Iterable[str],
    *,
    key: str,
    at: datetime,
    context: dict[str, Any],
    event: TicketEvent | None = None,
    secret: bool = False,
) -> None:
    """The same words to each address; the first line of the template is the subject.

    secret  it carries a one-time link that staff must not read
    """
    addresses = [address for address in dict.fromkeys(addresses) if address]
    if not addresses:
        return
    shared = {"ticket": ticket, "event": event, "link": _link(letter, ticket), "operator": Operator.objects.first()}
    refusing = {} if ticket is None or secret or letter.startswith(FOR_STAFF) else _refusing_links(ticket, addresses)
    thread = thread_id(f"ticket-{ticket.pk}") if ticket else ""
    texts = {link: _worded(letter, {**shared, **context, "refuse_link": link}) for link in {"", *refusing.values()}}
    mails = [
        queue(
            key=key,
            kind=letter,
            to=address,
            subject=texts[refusing.get(address, "")][0],
            text=texts[refusing.get(address, "")][1],
            at=at,
            thread=thread,
            is_confidential=secret,
        )
        for address in addresses
    ]
    _link_to_ticket(mails, ticket, event)


def _worded(letter: str, context: dict[str, Any]) -> tuple[str, str]:
    """Subject and text of a letter."""
    rendered = render_to_string(f"email/tickets/{letter}.txt", context)
    subject, _, text = re.sub(r"\n{3,}", "\n\n", rendered).partition("\n")
    return subject, text.strip() + "\n"


def _refusing_links(ticket: Ticket, addresses: list[str]) -> dict[str, str]:
    """The „to nejsem já“ link for the request's contact address, while nobody has confirmed it (S2-09)."""
    if ticket.contact_email.lower() not in addresses:
        return {}
    contact = ContactAddress.objects.of(ticket.customer_id, ticket.contact_email).filter(confirmed_at__isnull=True).first()
    if contact is None:
        return {}
    token = signing.dumps([contact.pk, contact.serial], salt=REFUSING)
    return {contact.email: settings.HELPDESK_URL + reverse("tickets:contact_link", args=[token])}


def _link_to_ticket(mails: list[OutgoingMail | None], ticket: Ticket | None, event: TicketEvent | None) -> None:
    if ticket:
        TicketLetter.objects.bulk_create(TicketLetter(mail=mail, ticket=ticket, event=event) for mail in mails if mail)


def _link(letter: str, ticket: Ticket | None) -> str:
    """Staff open the request in the backoffice, customers in the portal."""
    if ticket is None:
        return settings.HELPDESK_URL + reverse("admin:tickets_ticket_tasks")
    view = "admin:tickets_ticket_change" if letter.startswith(FOR_STAFF) else "tickets:detail"
    return settings.HELPDESK_URL + reverse(view, args=[ticket.pk])
