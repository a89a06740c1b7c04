"""The words of requests, apart from the requests."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models

from helpdesk.customers.models import Customer
from tickets.models.ticket import Ticket


class TicketSearch(models.Model):
    """Words of subject, description and public messages, blind to diacritics; notes never get in here.

    A table of its own, because a state change would rewrite the vector and every index entry with it.
    """

    ticket = models.OneToOneField(Ticket, models.CASCADE, primary_key=True, related_name="search")
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    words = SearchVectorField()

    class Meta:
        indexes = [GinIndex(fields=["customer", "words"], name="ticket_search_words", fastupdate=False)]
        verbose_name = "hledání v požadavku"
        verbose_name_plural = "hledání v požadavcích"

    def __str__(self) -> str:
        return str(self.pk)
