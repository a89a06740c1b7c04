"""Requests and all that hangs on them."""

from tickets.models.attachments import Attachment
from tickets.models.catalogue import CannedAnswer
from tickets.models.clocks import SlaAlarm, SlaCheck, SlaTerms
from tickets.models.complaints import Complaint
from tickets.models.contacts import ContactAddress
from tickets.models.conversation import Message, Note
from tickets.models.cooperation import CooperationRequest, SubsupplierWait
from tickets.models.events import TicketEvent
from tickets.models.people import Participant, Watcher
from tickets.models.quotes import Quote, QuoteLink, QuoteWaiver
from tickets.models.records import PhysicalAnnex, TicketLetter, TicketLink, TicketTask
from tickets.models.search import TicketSearch
from tickets.models.states import Status
from tickets.models.ticket import Ticket
from tickets.models.work import WorkCorrection, WorkEntry, WorkSpan

__all__ = [
    "Attachment",
    "CannedAnswer",
    "Complaint",
    "ContactAddress",
    "CooperationRequest",
    "Message",
    "Note",
    "Participant",
    "PhysicalAnnex",
    "Quote",
    "QuoteLink",
    "QuoteWaiver",
    "SlaAlarm",
    "SlaCheck",
    "SlaTerms",
    "Status",
    "SubsupplierWait",
    "Ticket",
    "TicketEvent",
    "TicketLetter",
    "TicketLink",
    "TicketSearch",
    "TicketTask",
    "Watcher",
    "WorkCorrection",
    "WorkEntry",
    "WorkSpan",
]
