"""The agents' desk in the backoffice: work list, page of a request, tasks.

Own views inside the admin site: a stock changelist costs four times as much, and no form of the admin may edit a
request. `queues` says what waits for whom, `acts` has one form per act, `ticket` and `worklist` are the pages.
"""

from tickets.admin.catalogue import CannedAnswerAdmin
from tickets.admin.people import PersonAdmin
from tickets.admin.site import TicketAdmin

__all__ = ["CannedAnswerAdmin", "PersonAdmin", "TicketAdmin"]
