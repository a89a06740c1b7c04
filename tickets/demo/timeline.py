"""Plays the stories of the requests through the services, all acts in the order of their times."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from heapq import heappop, heappush
from itertools import count
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from credit.models import Activity
from helpdesk.customers.actor import Actor
from helpdesk.customers.channels import Channel
from helpdesk.customers.models import Asset, ContractParagraph, RequestType, User
from tickets.demo import content
from tickets.demo.files import demo_file
from tickets.models import Quote, Status, Ticket, WorkEntry
from tickets.services import complaints, conversation, credit_gate, lifecycle, quote_decisions, quotes, records, tasks, work
from tickets.services.attachments import stage_file
from tickets.services.consultations import Consultation, record_consultation
from tickets.services.filing import NewRequest, file_request

CUSTOMERS_IP = "192.0.2.10"  # an address of RFC 5737, for examples
SUPPLIERS_IP = "192.0.2.20"
AFTER_WINDOW = timedelta(minutes=1)
SHORTEST, SPREAD = 5, 40  # minutes that a timer runs in the stories
INTAKE_SPREAD = 4  # and how much longer than the shortest intake takes
BEFORE_SOLVING = timedelta(minutes=9)


@dataclass
class Scene:
    """One act of a story: who does what to which request, and when."""

    ticket: Ticket
    step: dict[str, Any]
    by: Actor
    at: datetime

    @property
    def text(self) -> str:
        return self.step.get("text", "")

    @property
    def items(self) -> list[lifecycle.CooperationItem]:
        due_at = self.at + timedelta(days=self.step["due_in"]) if "due_in" in self.step else None
        whom = self.step.get("from_whom", "")
        return [lifecycle.CooperationItem(what=what, from_whom=whom, due_at=due_at) for what in self.step.get("items", [])]


class Timeline:
    """The stories at one moment of loading; `play` runs them."""

    def __init__(self, *, now: datetime) -> None:
        self.now = now
        self.people = {user.username: user for user in User.objects.all()}
        self.tickets: dict[str, Ticket] = {}
        self.plan: list[tuple[datetime, int, dict[str, Any], dict[str, Any] | None]] = []
        self.serial = count()  # keeps acts of the same moment in the order of the story

    def play(self) -> None:
        """File each request and do each act, the earliest first over all stories."""
        for story in content.requests():
            self._plan(content.filing_time(story, self.now), story)
            for step in story["steps"]:
                if "at" in step:
                    self._plan(content.moment(step["at"], self.now), story, step)
        while self.plan:
            at, _, story, step = heappop(self.plan)
            if step:
                self._act(story, step, at)
            else:
                self.tickets[story["subject"]] = self._file(story, at)
        self._stop_working(self.now)

    def _plan(self, at: datetime, story: dict[str, Any], step: dict[str, Any] | None = None) -> None:
        heappush(self.plan, (at, next(self.serial), story, step))

    def _actor(self, login: str) -> Actor:
        user = self.people[login]
        if user.is_staff:
            return Actor(user=user, channel=Channel.BACKOFFICE, ip=SUPPLIERS_IP)
        return Actor(user=user, channel=Channel.PORTAL, ip=CUSTOMERS_IP)

    def _file(self, story: dict[str, Any], at: datetime) -> Ticket:
        author = self.people[story["author"]]
        paragraph = ContractParagraph.objects.get(contract__number=story["contract"], code=story["paragraph"])
        late = timedelta(minutes=story.get("recorded_after", 0))
        token = _token(story["subject"])
        new = NewRequest(
            author=author,
            paragraph=paragraph,
            request_type=RequestType.objects.get(name=story["type"]) if "type" in story else None,
            asset=_asset(paragraph, story["asset"]) if "asset" in story else None,
            subject=story["subject"],
            description=story["text"],
            contact_email=author.email,
            contact_phone=str(author.phone),
            channel=Channel(story.get("channel", Channel.PORTAL)),
            contract_part=story.get("contract_part", ""),
            wants_quote=story.get("wants_quote", False),
            requested_on=(at + timedelta(days=story["requested_in"])).date() if "requested_in" in story else None,
            reported_at=at if late else None,
            late_reason=story.get("late_reason", ""),
            form_token=token,
        )
        by = self._actor(story.get("recorded_by", story["author"]))
        self._stage(story, by, token, at)
        if "answer" in story:
            return _consult(story, new, by, at)
        return file_request(new=new, by=by, at=at + late)

    def _stage(self, part: dict[str, Any], by: Actor, token: UUID, at: datetime) -> None:
        for name in part.get("files", []):
            stage_file(user=by.person, form_token=token, upload=demo_file(name, name), at=at)

    def _act(self, story: dict[str, Any], step: dict[str, Any], at: datetime) -> None:
        ticket = self.tickets[story["subject"]]
        ticket.refresh_from_db()
        self._stop_working(at)
        by = self._actor(step["by"]) if "by" in step else Actor()
        ACTS[step["do"]](self, Scene(ticket=ticket, step=step, by=by, at=at))
        self._plan_solving(story, step, at)
        if step["do"] == "resolve" and story["steps"][-1] == {"do": "expire"}:
            self._plan_end(story)

    def _plan_solving(self, story: dict[str, Any], step: dict[str, Any], at: datetime) -> None:
        """Whoever a request was handed to begins to solve it soon; whoever accepted it, where nobody else will."""
        is_handed_over = any(later["do"] == "escalate" for later in story["steps"])
        solver = step["to"] if step["do"] == "escalate" else step["by"] if step["do"] == "accept" and not is_handed_over else ""
        if solver and at + BEFORE_SOLVING < self.now:
            self._plan(at + BEFORE_SOLVING, story, {"do": "solve", "by": solver})

    def _stop_working(self, at: datetime) -> None:
        """Nobody in the stories works for hours on end: a timer runs for its share of an hour, then it is finished."""
        for entry in WorkEntry.objects.filter(state=WorkEntry.State.RUNNING).order_by("id"):
            spread = INTAKE_SPREAD if entry.activity == Activity.INTAKE else SPREAD
            end = entry.started_at + timedelta(minutes=SHORTEST + entry.ticket_id * 7 % spread)
            if end <= at:
                by = Actor(user=entry.person, channel=Channel.BACKOFFICE, ip=SUPPLIERS_IP)
                work.stop_timer(entry=entry, by=by, at=end)

    def _plan_end(self, story: dict[str, Any]) -> None:
        """Nobody complains: the reminder and the end of the complaint window come at their own times."""
        ticket = self.tickets[story["subject"]]
        ticket.refresh_from_db()
        if ticket.remind_at and ticket.complaint_until:
            self._plan(ticket.remind_at, story, {"do": "remind"})
            self._plan(ticket.complaint_until + AFTER_WINDOW, story, {"do": "expire"})

    def accept(self, scene: Scene) -> None:
        lifecycle.accept(ticket=scene.ticket, by=scene.by, at=scene.at)

    def escalate(self, scene: Scene) -> None:
        lifecycle.escalate(ticket=scene.ticket, assignee=self.people[scene.step["to"]], by=scene.by, at=scene.at)

    def solve(self, scene: Scene) -> None:
        """The timer of the solver starts, unless the request moved on, or a quote or the credit holds it back."""
        ticket = scene.ticket
        if ticket.status not in (Status.ACCEPTED, Status.ESCALATED) or ticket.wants_quote or ticket.quotes.exists():
            return
        if credit_gate.may_start(ticket, activity=work.first_activity(ticket), at=scene.at):
            work.start_timer(ticket=ticket, by=scene.by, at=scene.at)

    def suspend(self, scene: Scene) -> None:
        reason = scene.step["reason"]
        lifecycle.suspend(ticket=scene.ticket, reason=reason, items=scene.items, text=scene.text, by=scene.by, at=scene.at)
        _finish_tasks(scene)

    def say(self, scene: Scene) -> None:
        """A message with its files; `delivers` is how many of the open items it brings, or true for all of them."""
        token = _token(f"{scene.ticket.subject} {scene.step['at']}")
        self._stage(scene.step, scene.by, token, scene.at)
        wanted = scene.step.get("delivers", 0)
        items = list(scene.ticket.cooperation.open())
        conversation.post_message(
            ticket=scene.ticket,
            body=scene.text,
            delivers=items if wanted is True else items[:wanted],
            form_token=token,
            by=scene.by,
            at=scene.at,
        )

    def note(self, scene: Scene) -> None:
        mentioned = [self.people[login] for login in scene.step.get("mention", [])]
        conversation.add_note(ticket=scene.ticket, body=scene.text, mentioned=mentioned, by=scene.by, at=scene.at)

    def resolve(self, scene: Scene) -> None:
        resolution = lifecycle.Resolution(
            text=scene.text,
            root_cause=scene.step.get("cause", ""),
            problem_category=scene.step.get("category", ""),
            outcome=scene.step.get("outcome", Ticket.Outcome.DONE),
            cause_reason=scene.step.get("cause_reason", ""),
        )
        lifecycle.resolve(ticket=scene.ticket, resolution=resolution, by=scene.by, at=scene.at)
        _finish_tasks(scene)

    def dispute(self, scene: Scene) -> None:
        complaints.file_complaint(ticket=scene.ticket, reason=scene.text, by=scene.by, at=scene.at)

    def decide(self, scene: Scene) -> None:
        decision = complaints.Decision(upheld=scene.step["upheld"], reasoning=scene.text)
        complaints.decide_complaint(ticket=scene.ticket, decision=decision, by=scene.by, at=scene.at)

    def confirm(self, scene: Scene) -> None:
        lifecycle.confirm_resolution(ticket=scene.ticket, by=scene.by, at=scene.at)

    def remind(self, scene: Scene) -> None:
        lifecycle.remind_of_closing(ticket=scene.ticket, at=scene.at)

    def expire(self, scene: Scene) -> None:
        lifecycle.close_expired(ticket=scene.ticket, at=scene.at)

    def cancel(self, scene: Scene) -> None:
        lifecycle.cancel(ticket=scene.ticket, reason=scene.text, by=scene.by, at=scene.at)

    def withdraw(self, scene: Scene) -> None:
        lifecycle.withdraw(ticket=scene.ticket, by=scene.by, at=scene.at)

    def ask_status(self, scene: Scene) -> None:
        tasks.ask_status(ticket=scene.ticket, by=scene.by, at=scene.at)

    def duplicate(self, scene: Scene) -> None:
        records.mark_duplicate(ticket=scene.ticket, original=self.tickets[scene.step["of"]], by=scene.by, at=scene.at)

    def link(self, scene: Scene) -> None:
        records.link_requests(ticket=scene.ticket, other=self.tickets[scene.step["to"]], by=scene.by, at=scene.at)

    def annex(self, scene: Scene) -> None:
        where = scene.step["stored"]
        records.register_annex(
            ticket=scene.ticket, description=scene.text, stored_at=where, received_on=scene.at.date(), by=scene.by, at=scene.at
        )

    def wait(self, scene: Scene) -> None:
        name = scene.step["subsupplier"]
        records.start_subsupplier_wait(ticket=scene.ticket, subsupplier=name, by=scene.by, at=scene.at)

    def agree(self, scene: Scene) -> None:
        day = (scene.at + timedelta(days=scene.step["in_days"])).date()
        records.agree_terms(ticket=scene.ticket, price=Decimal(scene.step["price"]), on=day, by=scene.by, at=scene.at)

    def quote(self, scene: Scene) -> None:
        """Draft the quote and send it; `valid_in` and `term_in` are days from then."""
        step, day = scene.step, scene.at.date()
        terms = quotes.Terms(
            origin=step["origin"],
            ceiling_price=Decimal(step["price"]),
            ceiling_minutes=step["minutes"],
            specification=step.get("specification", ""),
            text=scene.text,
            term_on=day + timedelta(days=step["term_in"]),
            valid_until=day + timedelta(days=step["valid_in"]),
        )
        drafted = quotes.draft_quote(ticket=scene.ticket, terms=terms, by=scene.by, at=scene.at)
        quotes.send_quote(quote=drafted, by=scene.by, at=scene.at)

    def approve(self, scene: Scene) -> None:
        quote_decisions.approve_quote(quote=scene.ticket.quotes.get(state=Quote.State.SENT), by=scene.by, at=scene.at)

    def refuse(self, scene: Scene) -> None:
        sent = scene.ticket.quotes.get(state=Quote.State.SENT)
        quote_decisions.refuse_quote(quote=sent, reason=scene.text, by=scene.by, at=scene.at)

    def write(self, scene: Scene) -> None:
        """Work that somebody wrote down: `minutes` until then."""
        step = scene.step
        activity = step.get("activity", Activity.SOLVING.value)
        done = work.ManualWork(minutes=step["minutes"], ended_at=scene.at, activity=activity, note=scene.text)
        work.add_manual_entry(ticket=scene.ticket, work=done, by=scene.by, at=scene.at)


ACTS: dict[str, Callable[[Timeline, Scene], None]] = {
    act.__name__: act
    for act in (
        Timeline.accept,
        Timeline.escalate,
        Timeline.solve,
        Timeline.suspend,
        Timeline.say,
        Timeline.note,
        Timeline.resolve,
        Timeline.dispute,
        Timeline.decide,
        Timeline.confirm,
        Timeline.remind,
        Timeline.expire,
        Timeline.cancel,
        Timeline.withdraw,
        Timeline.ask_status,
        Timeline.duplicate,
        Timeline.link,
        Timeline.annex,
        Timeline.wait,
        Timeline.agree,
        Timeline.quote,
        Timeline.approve,
        Timeline.refuse,
        Timeline.write,
    )
}


def _finish_tasks(scene: Scene) -> None:
    """Whoever asks for cooperation or resolves has contacted the customer."""
    for link in scene.ticket.tasks.select_related("task"):
        tasks.finish_task(task=link.task, by=scene.by, at=scene.at)


def _consult(story: dict[str, Any], new: NewRequest, by: Actor, at: datetime) -> Ticket:
    """A call that was answered at once: `minutes` of it."""
    call = replace(new, reported_at=at, minutes=story["minutes"])
    consultation = Consultation(call=call, answer=story["answer"], note=story["subject"])
    return record_consultation(consultation=consultation, by=by, at=at + timedelta(minutes=story["minutes"]))


def _token(what: str) -> UUID:
    """The same form token at each loading, so that a request keeps its files apart from others'."""
    return uuid5(NAMESPACE_URL, what)


def _asset(paragraph: ContractParagraph, label: str) -> Asset:
    return next(asset for asset in Asset.objects.filter(customer=paragraph.contract.customer) if str(asset) == label)
