"""Correcting finished work: a reversing entry and a new one, with a reason; above the limit by two people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction

from helpdesk.customers.actor import Actor
from helpdesk.customers.models import User
from helpdesk.customers.services import second_person
from helpdesk.errors import DomainError
from helpdesk.formats import short_moment, signed_money
from tickets.models import Ticket, WorkCorrection, WorkEntry, WorkSpan
from tickets.services import log, measuring, pricing, quote_room, work

CORRECTED = "Tento zápis už byl opraven. Otevřete ten, který platí."


class CorrectionRefused(DomainError):
    """The entry cannot be corrected (any more), or not by this person."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """What the entry should have said; minutes 0 = it should not exist.

    is_phone  whether it was a call; None = as the entry says
    """

    minutes: int
    activity: str
    note: str = ""
    internal_note: str = ""
    discount_percent: Decimal = Decimal(0)
    is_phone: bool | None = None

    def source_of(self, entry: WorkEntry) -> str:
        """Timer, by hand or a call; what turns out to be no call was said by hand."""
        if self.is_phone is None or self.is_phone == (entry.source == WorkEntry.Source.PHONE):
            return entry.source
        return WorkEntry.Source.PHONE if self.is_phone else WorkEntry.Source.MANUAL


@transaction.atomic
def correct_entry(*, entry: WorkEntry, change: Change, reason: str, by: Actor, at: datetime) -> WorkCorrection:
    """Correct finished work, at once while the day's corrections of the account stay below the limit, else with a second person.

    returns  the correction, done or waiting; for a second click that of the first
    raises   CorrectionRefused, quote_room.NotApproved
    source   table of permissions; the original, its reversal and the new entry all stay to be read
    """
    ticket, at = log.lock(entry.ticket, at)
    person = _lock_account_and_person(ticket, entry)
    if asked := _asked_before(entry, change, reason, by):
        return asked
    entry = _correctable(entry, person)
    if not reason.strip():
        raise CorrectionRefused("Napište důvod opravy.")
    if entry.corrections.filter(state=WorkCorrection.State.WAITING).exists():
        raise CorrectionRefused("Jedna oprava tohoto zápisu už čeká na druhou osobu. Nejdřív ji rozhodněte.")
    if change.minutes and change.activity != entry.activity:
        quote_room.check_may_track(ticket, change.activity, is_billable=False)
    _refuse_future(entry, change.minutes, at)
    _refuse_overlap(entry, change.minutes)
    moves = _price_of(ticket, entry, change) - entry.price
    alone = second_person.may_alone(customer=ticket.customer, amount=moves, what=f"oprava práce: {ticket}", by=by, at=at)
    correction = WorkCorrection.objects.create(
        entry=entry,
        minutes=change.minutes,
        activity=change.activity,
        note=change.note,
        internal_note=change.internal_note,
        discount_percent=change.discount_percent,
        work_source=change.source_of(entry),
        reason=reason,
        change=moves,
        needs_second=not alone,
        asked_by=by.person,
        asked_at=at,
    )
    if alone:
        _apply(ticket, correction, by=by, at=at)
    return correction


def _lock_account_and_person(ticket: Ticket, entry: WorkEntry) -> User:
    """What else of a correction is locked after the request: nobody charges or measures the same time meanwhile."""
    pricing.lock_account(ticket)
    return User.objects.locked(entry.person_id)


def _asked_before(entry: WorkEntry, change: Change, reason: str, by: Actor) -> WorkCorrection | None:
    """The same correction by the same person, done or waiting: the form was sent twice."""
    alike = entry.corrections.exclude(state=WorkCorrection.State.REFUSED).filter(
        minutes=change.minutes,
        activity=change.activity,
        note=change.note,
        internal_note=change.internal_note,
        discount_percent=change.discount_percent,
        work_source=change.source_of(entry),
        reason=reason,
        asked_by=by.person,
    )
    return alike.order_by("-id").first()


def _correctable(entry: WorkEntry, person: User) -> WorkEntry:
    entry = WorkEntry.objects.locked(entry.pk)
    entry.person = person
    if entry.is_open:
        raise CorrectionRefused("Práce ještě běží. Nejdřív ji ukončete.")
    if entry.reverses_id or WorkEntry.objects.filter(reverses=entry).exists():
        raise CorrectionRefused(CORRECTED)
    if entry.locked_at:
        raise CorrectionRefused("Práce je vyfakturovaná. Opravuje se opravným daňovým dokladem.")
    return entry


def _refuse_future(entry: WorkEntry, minutes: int, at: datetime) -> None:
    """Work that was longer went on after its end, but not past now: that time would be blocked for what is yet to be done."""
    spans = _cut(list(entry.spans.all()), minutes)
    past = max((span.ended_at - at for span in spans if span.ended_at), default=timedelta(0))
    if past > timedelta(0):
        most = minutes - -(-past // timedelta(minutes=1))
        raise CorrectionRefused(
            f"Práce by skončila až v\u00a0budoucnosti, do této chvíle mohla trvat nejvýš {most}\u00a0min. Zapište méně minut."
        )


def _refuse_overlap(entry: WorkEntry, minutes: int) -> None:
    """Work that was longer went on after its end, but not into other work of the person: no minute is charged twice."""
    spans = _cut(list(entry.spans.all()), minutes)
    others = WorkSpan.objects.filter(person_id=entry.person_id, is_standing=True).exclude(entry_id=entry.pk)
    for span in spans:
        over = others.during(span.started_at, span.ended_at).select_related("entry").order_by("started_at").first()
        if over and span.ended_at:
            most = minutes - -(-(span.ended_at - max(over.started_at, span.started_at)) // timedelta(minutes=1))
            raise CorrectionRefused(
                f"Práce by se překrývala s\u00a0prací téže osoby na požadavku {over.entry.ticket_id} "
                f"od {short_moment(over.started_at)}, do ní mohla trvat nejvýš {most}\u00a0min. "
                "Zapište méně minut, nebo nejdřív opravte tamten zápis."
            )


def _price_of(ticket: Ticket, entry: WorkEntry, change: Change) -> Decimal:
    """What the entry would cost if it said so; nothing is written. Its outside minutes are those of the cut stretches."""
    if not change.minutes:
        return pricing.ZERO
    spans = _cut(list(entry.spans.all()), change.minutes)
    corrected = WorkEntry.objects.get(pk=entry.pk)
    corrected.person, corrected.needs_check = entry.person, False
    corrected.activity, corrected.discount_percent = change.activity, change.discount_percent
    corrected.source = change.source_of(entry)
    measuring.measure(ticket, corrected, spans, corrects=entry)
    return pricing.work_out(ticket, corrected)[0].price()


def _cut(spans: list[WorkSpan], minutes: int) -> list[WorkSpan]:
    """The stretches cut to that many minutes, the last one longer when they are short; unsaved copies."""
    left, cut = timedelta(minutes=minutes), []
    for number, span in enumerate(spans):
        length = left if number == len(spans) - 1 else min(left, timedelta(seconds=span.seconds(span.started_at)))
        if length:
            cut.append(WorkSpan(person_id=span.person_id, started_at=span.started_at, ended_at=span.started_at + length))
        left -= length
    return cut


def _apply(ticket: Ticket, correction: WorkCorrection, *, by: Actor, at: datetime) -> None:
    """Reverse the entry and write the right one."""
    entry = correction.entry
    spans = _cut(list(entry.spans.all()), correction.minutes)
    reverse_entry(ticket, entry, reason=correction.reason, by=by, at=at)
    if correction.minutes:
        made = WorkEntry.objects.create(
            ticket=ticket,
            person=entry.person,
            activity=correction.activity,
            state=WorkEntry.State.PAUSED,
            source=correction.work_source,
            note=correction.note,
            internal_note=correction.internal_note,
            is_express=entry.is_express,
            discount_percent=correction.discount_percent,
            started_at=entry.started_at,
            correction_reason=correction.reason,
            corrected_by=by.user,
        )
        for span in spans:
            span.entry = made
            span.save()
        correction.made = work.finish(ticket, made, by=by, at=at, corrects=entry)
    correction.state = WorkCorrection.State.DONE
    correction.decided_by, correction.decided_at = by.user, at
    correction.save()


def reverse_entry(ticket: Ticket, entry: WorkEntry, *, reason: str, by: Actor, at: datetime) -> WorkEntry:
    """Mirror a finished entry, its charge and its minutes of packages; request, account and entry are locked."""
    transfer = pricing.take_back(ticket, entry, reason=reason, by=by, at=at) if entry.is_priced else None
    return WorkEntry.objects.create(
        ticket=ticket,
        person_id=entry.person_id,
        activity=entry.activity,
        state=WorkEntry.State.FINISHED,
        source=entry.source,
        is_express=entry.is_express,
        quote_id=entry.quote_id,
        started_at=at,
        finished_at=at,
        seconds=-entry.seconds,
        billed_minutes=-entry.billed_minutes,
        outside_minutes=-entry.outside_minutes,
        free_minutes=-entry.free_minutes,
        pricing=[_mirrored(part) for part in entry.pricing],
        price=-entry.price,
        is_priced=True,
        transfer=transfer,
        reverses=entry,
        correction_reason=reason[:300],
        corrected_by=by.user,
    )


def _mirrored(part: dict[str, object]) -> dict[str, object]:
    minutes, price = part["minutes"], part["price"]
    return part | {"minutes": -int(str(minutes)), "price": str(-Decimal(str(price))), "text": f"storno: {part['text']}"}


@transaction.atomic
def confirm_correction(*, correction: WorkCorrection, by: Actor, at: datetime) -> WorkCorrection:
    """The second person agrees; the correction is carried out.

    raises  CorrectionRefused - decided before, or by whoever asked for it, or the time or the price is another by now
    """
    ticket, at = log.lock(correction.entry.ticket, at)
    person = _lock_account_and_person(ticket, correction.entry)
    correction = _undecided(correction)
    if correction.asked_by_id == by.person.pk:
        raise CorrectionRefused("Opravu nad limit potvrzuje jiná osoba než ta, která ji navrhla.")
    correction.entry = _correctable(correction.entry, person)
    _refuse_overlap(correction.entry, correction.minutes)
    moves = _price_of(ticket, correction.entry, _change_of(correction)) - correction.entry.price
    if moves != correction.change:
        raise CorrectionRefused(
            f"Oprava by teď změnila cenu o\u00a0{signed_money(moves)}, navržena byla o\u00a0{signed_money(correction.change)}. "
            "Zamítněte ji a navrhněte znovu."
        )
    _apply(ticket, correction, by=by, at=at)
    return correction


def _change_of(correction: WorkCorrection) -> Change:
    return Change(
        minutes=correction.minutes,
        activity=correction.activity,
        discount_percent=correction.discount_percent,
        is_phone=correction.work_source == WorkEntry.Source.PHONE,
    )


@transaction.atomic
def refuse_correction(*, correction: WorkCorrection, by: Actor, at: datetime) -> WorkCorrection:
    """The second person does not agree, or whoever asked takes it back; the entry stays as it is.

    raises  CorrectionRefused - decided before
    """
    correction = _undecided(correction)
    correction.state = WorkCorrection.State.REFUSED
    correction.decided_by, correction.decided_at = by.user, at
    correction.save()
    return correction


def _undecided(correction: WorkCorrection) -> WorkCorrection:
    correction = WorkCorrection.objects.select_for_update(of=("self",)).get(pk=correction.pk)
    if correction.state != WorkCorrection.State.WAITING:
        raise CorrectionRefused("O opravě už někdo rozhodl. Načtěte stránku znovu.")
    return correction


@transaction.atomic
def check_entry(*, entry: WorkEntry, by: Actor, at: datetime) -> WorkEntry:
    """Say that the length of a forgotten timer is right after all; it is priced now. A second click changes nothing.

    raises  CorrectionRefused - it was corrected meanwhile
    """
    ticket, at = log.lock(entry.ticket, at)
    pricing.lock_account(ticket)
    entry = WorkEntry.objects.locked(entry.pk)
    if WorkEntry.objects.filter(reverses=entry).exists():
        raise CorrectionRefused(CORRECTED)
    if not entry.needs_check:
        return entry
    entry.needs_check = False
    entry.checked_at, entry.checked_by = at, by.user
    if not entry.is_open:
        pricing.charge(ticket, entry, by=by)
    entry.save()
    return entry


def cancel_work(ticket: Ticket, *, reason: str, by: Actor, at: datetime) -> None:
    """A cancelled request costs nothing: what is open ends unpriced, everything is reversed (C14).

    Part of an act that has locked the request.

    raises  CorrectionRefused - some of the work is on an invoice
    """
    entries = list(ticket.work.standing().order_by("id"))
    if not entries:
        return
    if any(entry.locked_at for entry in entries):
        raise CorrectionRefused("Práce na požadavku je už vyfakturovaná. Nejdřív ji opravte opravným daňovým dokladem.")
    pricing.lock_account(ticket)
    for each in entries:
        entry: WorkEntry | None = WorkEntry.objects.locked(each.pk)
        if entry and entry.is_open:
            entry = work.finish(ticket, entry, by=by, at=at, is_charged=False)
        if entry:
            reverse_entry(ticket, entry, reason=reason, by=by, at=at)
    WorkCorrection.objects.filter(entry__ticket=ticket, state=WorkCorrection.State.WAITING).update(
        state=WorkCorrection.State.REFUSED, decided_by=by.user, decided_at=at
    )
