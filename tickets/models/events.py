"""The log of a request: append-only, guarded by a trigger."""

from __future__ import annotations

from django.db import models

from helpdesk.customers.channels import Channel
from helpdesk.customers.models import User
from tickets.models.ticket import Status, Ticket


class TicketEventQuerySet(models.QuerySet["TicketEvent"]):
    def public(self) -> TicketEventQuerySet:
        return self.filter(is_public=True)


class TicketEvent(models.Model):
    """One act on a request: who, when, from where, what; the SLA is replayed from these rows.

    text    the reason or detail that the person gave, as plain text
    detail  what changed, in words that were true at that time (names, paragraph); never recomputed
    source  S4-01, S4-26, D14: whole seconds, ordered by id
    """

    class Kind(models.TextChoices):
        FILED = "filed", "Založeno"
        ACCEPTED = "accepted", "Převzetí potvrzeno"
        ESCALATED = "escalated", "Předáno řešiteli"
        RETURNED = "returned", "Vráceno podpoře"
        SUSPENDED = "suspended", "Pozastaveno"
        RESUMED = "resumed", "Obnoveno"
        RESOLVED = "resolved", "Vyřešeno"
        DISPUTED = "disputed", "Reklamováno"
        COMPLAINT_UPHELD = "complaint_upheld", "Reklamace uznána"
        COMPLAINT_REJECTED = "complaint_rejected", "Reklamace zamítnuta"
        CONFIRMED = "confirmed", "Vyřešení potvrzeno zákazníkem"
        CLOSED = "closed", "Uzavřeno po lhůtě k reklamaci"
        CANCELLED = "cancelled", "Zrušeno"
        WITHDRAWN = "withdrawn", "Staženo zákazníkem"
        RECLASSIFIED = "reclassified", "Změněn odstavec smlouvy"
        MESSAGE = "message", "Nová zpráva"
        NOTE = "note", "Interní poznámka"
        ATTACHED = "attached", "Přiložen soubor"
        COOPERATION = "cooperation", "Součinnost dodána"
        STATUS_ASKED = "status_asked", "Vyžádán stav"
        AGREED = "agreed", "Dohodnuta cena nebo termín"
        PARTICIPANTS = "participants", "Změněno, kdo vidí a píše"
        LINKED = "linked", "Propojeno s jiným požadavkem"
        SPLIT = "split", "Oddělen nový požadavek"
        ANNEX = "annex", "Zaevidována fyzická příloha"
        SUBSUPPLIER = "subsupplier", "Čeká na subdodavatele"
        SUBSUPPLIER_DONE = "subsupplier_done", "Subdodavatel odpověděl"
        PRICED = "priced", "Oprava je placená"
        HANDED_OVER = "handed_over", "Předáno jinému pracovníkovi"
        QUOTE_SENT = "quote_sent", "Odeslána kalkulace"
        QUOTE_APPROVED = "quote_approved", "Kalkulace schválena"
        QUOTE_REFUSED = "quote_refused", "Kalkulace zamítnuta"
        QUOTE_EXPIRED = "quote_expired", "Platnost kalkulace skončila"
        QUOTE_WITHDRAWN = "quote_withdrawn", "Kalkulace stažena"
        QUOTE_WARNED = "quote_warned", "Kalkulace je vyčerpaná z\u00a080\u00a0%"
        QUOTE_SPENT = "quote_spent", "Kalkulace je vyčerpaná"
        THRESHOLD_NEAR = "threshold_near", "Práce bez kalkulace je na 80\u00a0% prahu smlouvy"
        THRESHOLD_REACHED = "threshold_reached", "Práce bez kalkulace dosáhla prahu smlouvy"
        UNQUOTED = "unquoted", "Pokračuje se bez kalkulace"
        CLOSED_REFUSED = "closed_refused", "Uzavřeno po zamítnutí kalkulace"
        CONSULTED = "consulted", "Uzavřeno po telefonické konzultaci"
        WORK_DISCARDED = "work_discarded", "Zahozena práce kratší než minuta"

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="events", verbose_name="požadavek")
    kind = models.CharField("událost", max_length=20, choices=Kind.choices)
    at = models.DateTimeField("kdy")
    actor = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="kdo")
    channel = models.CharField("kanál", max_length=12, choices=Channel.choices)
    ip = models.GenericIPAddressField("IP adresa", null=True, blank=True)
    from_status = models.CharField("ze stavu", max_length=10, choices=Status.choices, blank=True)
    to_status = models.CharField("do stavu", max_length=10, choices=Status.choices, blank=True)
    text = models.TextField("důvod", blank=True)
    detail = models.CharField("co", max_length=300, blank=True)
    is_public = models.BooleanField("vidí zákazník", default=True)

    objects = TicketEventQuerySet.as_manager()

    class Meta:
        verbose_name = "událost požadavku"
        verbose_name_plural = "události požadavku"
        ordering = ["id"]
        indexes = [models.Index(fields=["ticket", "id"], name="ticket_event_order")]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.get_kind_display()}"
