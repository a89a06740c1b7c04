"""All acts on a request, in the order in which the page offers them."""

from tickets.admin.acts.base import ActForm
from tickets.admin.acts.conversation import Answer, InternalNote
from tickets.admin.acts.lifecycle import (
    Accept,
    Cancel,
    DecideComplaint,
    Escalate,
    FileComplaint,
    Reclassify,
    Resolve,
    Resume,
    Return,
    Suspend,
    Take,
)
from tickets.admin.acts.quotes import DraftQuote, SendQuote, WaiveQuote, WithdrawQuote
from tickets.admin.acts.records import (
    Agree,
    Annex,
    Duplicate,
    EndWait,
    Link,
    PlanTask,
    Split,
    StartWait,
    TickOff,
    Unwatch,
    Watch,
)
from tickets.admin.acts.work import StartWork, StopWork, WriteWork

OFFERED: tuple[type[ActForm], ...] = (
    Accept,
    Take,
    DecideComplaint,
    Resume,
    StartWork,
    Resolve,
    Escalate,
    Suspend,
    Return,
    FileComplaint,
    DraftQuote,
    WriteWork,
    Agree,
    PlanTask,
    StartWait,
    Split,
    Link,
    Annex,
    Reclassify,
    Duplicate,
    Cancel,
)
BESIDE_THEIR_ROW: tuple[type[ActForm], ...] = (
    *(Answer, InternalNote, SendQuote, WithdrawQuote, WaiveQuote),
    *(EndWait, TickOff, Watch, Unwatch, StopWork),
)
ACTS: dict[str, type[ActForm]] = {act.name: act for act in (*OFFERED, *BESIDE_THEIR_ROW)}

__all__ = ["ACTS", "OFFERED", "ActForm", "Answer", "InternalNote", "StartWork"]
