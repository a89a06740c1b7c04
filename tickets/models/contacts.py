"""Contact addresses of requests that belong to no person we know."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from helpdesk.customers.models import Customer, User
from helpdesk.mail.models import OutgoingMail

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


class ContactAddressQuerySet(models.QuerySet["ContactAddress"]):
    def of(self, customer_id: int, email: str) -> ContactAddressQuerySet:
        return self.filter(customer_id=customer_id, email=email.lower())

    def new_of(self, person: User, since: datetime) -> ContactAddressQuerySet:
        """Addresses that the person brought since then and that nobody has confirmed."""
        return self.filter(created_by=person, created_at__gte=since, confirmed_at__isnull=True)


class ContactAddress(models.Model):
    """A free address that a customer gave for letters about requests.

    It gets them at once, unless it must confirm itself first: one too many within a day, „to nejsem já“, or a bounce.

    email        in lower case
    created_by   whose request brought it
    waits_for    why it must confirm itself first; "" while it need not
    asked_at     when it was last asked to
    serial       of its links: each answer makes the earlier ones void
    source       S2-09
    """

    class Wait(models.TextChoices):
        LIMIT = "limit", "mnoho nových adres za den"
        DENIED = "denied", "adresa odmítla zprávy"

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+", verbose_name="zákazník")
    email = models.EmailField("adresa")
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="uvedl")
    created_at = models.DateTimeField("uvedena")
    waits_for = models.CharField("čeká na potvrzení", max_length=10, choices=Wait.choices, blank=True)
    asked_at = models.DateTimeField("požádána o potvrzení", null=True, blank=True)
    confirmed_at = models.DateTimeField("potvrzena", null=True, blank=True)
    serial = models.PositiveIntegerField("pořadí odkazu", default=0)

    objects = ContactAddressQuerySet.as_manager()

    class Meta:
        verbose_name = "kontaktní adresa"
        verbose_name_plural = "kontaktní adresy"
        constraints = [
            models.UniqueConstraint(fields=["customer", "email"], name="contact_address_once"),
            models.CheckConstraint(name="contact_address_lower", condition=Q(email=Lower("email"))),
            models.CheckConstraint(
                name="contact_address_waits_unconfirmed", condition=Q(waits_for="") | Q(confirmed_at__isnull=True)
            ),
        ]
        indexes = [models.Index(fields=["created_by", "created_at"], name="contact_address_new")]

    def __str__(self) -> str:
        return self.email

    @property
    def must_confirm(self) -> bool:
        """Whether it gets no letters before it confirms itself; a letter that came back since counts too."""
        bounced = OutgoingMail.objects.failed().filter(recipient__iexact=self.email)
        return bool(self.waits_for) or bounced.filter(queued_at__gt=self.confirmed_at or LONG_AGO).exists()
