"""The eight states of a request, and which of them mean work."""

from __future__ import annotations

from django.db import models


class Status(models.TextChoices):
    """The eight states of a request (S4-15 to S4-22), with the labels of the methodology."""

    NEW = "new", "Nový"
    ACCEPTED = "accepted", "Přijato"
    ESCALATED = "escalated", "Eskalováno"
    SUSPENDED = "suspended", "Pozastaveno"
    RESOLVED = "resolved", "Vyřešeno"
    DISPUTED = "disputed", "Reklamováno"
    CLOSED = "closed", "Uzavřeno"
    CANCELLED = "cancelled", "Zrušeno"


ACTIVE = (Status.NEW, Status.ACCEPTED, Status.ESCALATED, Status.SUSPENDED, Status.DISPUTED)
TIMED = (Status.NEW, Status.ACCEPTED, Status.ESCALATED, Status.SUSPENDED)  # in DISPUTED the clock waits for the decision
