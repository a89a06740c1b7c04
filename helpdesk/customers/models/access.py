"""How people get in: invitations, requests for access, authorised senders, delays after failures."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from phonenumber_field.modelfields import PhoneNumberField
from simple_history.models import HistoricalRecords

from helpdesk.customers.models.companies import Customer
from helpdesk.customers.models.contracts import Contract
from helpdesk.customers.models.people import User


class HandOver(models.TextChoices):
    """How access was handed over, as agreed with the customer (S2-06)."""

    EMAIL = "email", "e-mailem"
    SMS = "sms", "SMS"
    POST = "post", "poštou"
    IN_PERSON = "in_person", "osobně"
    FAX = "fax", "faxem"


class Invitation(models.Model):
    """A one-time link by which a person sets the own password; a password is never sent.

    source  S1-05, S2-05, S2-06, S4-04
    """

    user = models.ForeignKey(User, models.PROTECT, related_name="invitations", verbose_name="osoba")
    hand_over = models.CharField("způsob předání", max_length=10, choices=HandOver.choices, default=HandOver.EMAIL)
    recipient = models.CharField("komu předáno", max_length=200)
    verified_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="totožnost ověřil"
    )
    verified_how = models.CharField("jak ověřeno", max_length=300)
    verified_at = models.DateTimeField("kdy ověřeno")
    confirmed_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="potvrdil")
    created_at = models.DateTimeField("vytvořena")
    expires_at = models.DateTimeField("platí do")
    used_at = models.DateTimeField("použita", null=True, blank=True)

    class Meta:
        verbose_name = "předání přístupu"
        verbose_name_plural = "předání přístupů"
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(name="invitation_verified", condition=~Q(verified_how="")),
            models.CheckConstraint(name="invitation_expires_later", condition=Q(expires_at__gt=models.F("created_at"))),
            models.CheckConstraint(
                name="invitation_confirmed_by_another",
                condition=Q(confirmed_by__isnull=True) | Q(verified_by__isnull=False) & ~Q(confirmed_by=models.F("verified_by")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}, {self.get_hand_over_display()}"


class AccessRequest(models.Model):
    """Somebody asks for access: a stranger by „Nemám přístup“, or a responsible person for a colleague.

    restores     it gives somebody back an account that they have, at another address; two people of staff decide it
    verified_by  who of them found out that it is this person; `decided_by` is the other
    source       S2-04, S2-05, S4-05
    """

    class State(models.TextChoices):
        OPEN = "open", "čeká na ověření"
        VERIFIED = "verified", "čeká na druhého"
        APPROVED = "approved", "schválena"
        REJECTED = "rejected", "zamítnuta"

    UNDECIDED = (State.OPEN, State.VERIFIED)

    state = models.CharField("stav", max_length=10, choices=State.choices, default=State.OPEN)
    full_name = models.CharField("jméno a příjmení", max_length=200)
    email = models.EmailField("e-mail")
    phone = PhoneNumberField("telefon", blank=True, region="CZ")
    company = models.CharField("firma nebo IČO", max_length=200)
    message = models.TextField("zpráva", blank=True, max_length=2000)
    hand_over = models.CharField("kudy předat přístup", max_length=10, choices=HandOver.choices, default=HandOver.EMAIL)
    customer = models.ForeignKey(Customer, models.PROTECT, null=True, blank=True, verbose_name="zákazník")
    requested_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="žádá odpovědná osoba"
    )
    created_at = models.DateTimeField("podána")
    restores = models.BooleanField("obnovuje stávající účet", default=False, editable=False)
    verified_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="totožnost ověřil"
    )
    verified_at = models.DateTimeField("kdy ověřeno", null=True, blank=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="rozhodl")
    decided_at = models.DateTimeField("rozhodnuto", null=True, blank=True)
    verified_how = models.CharField("jak byla totožnost ověřena", max_length=300, blank=True)
    rejected_why = models.CharField("důvod zamítnutí", max_length=300, blank=True)
    user = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="účet")

    class Meta:
        verbose_name = "žádost o přístup"
        verbose_name_plural = "žádosti o přístup"
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(
                name="access_request_decided",
                condition=Q(state__in=["open", "verified"], decided_at__isnull=True, decided_by__isnull=True)
                | Q(~Q(state__in=["open", "verified"]), decided_at__isnull=False, decided_by__isnull=False),
            ),
            models.CheckConstraint(
                name="access_request_waits_for_another",
                condition=~Q(state="verified")
                | Q(~Q(verified_how=""), restores=True, verified_by__isnull=False, verified_at__isnull=False, user__isnull=False),
            ),
            models.CheckConstraint(
                name="access_request_restored_by_two",
                condition=~Q(state="approved", restores=True)
                | Q(verified_by__isnull=False) & ~Q(decided_by=models.F("verified_by")),
            ),
            models.CheckConstraint(
                name="access_request_verified", condition=~Q(state="approved") | (~Q(verified_how="") & Q(user__isnull=False))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.full_name}, {self.company}"


class AuthorisedSender(models.Model):
    """An address whose e-mails may file requests, bound to exactly one company and contract.

    source  S4-38, S4-44, C38
    """

    email = models.EmailField("adresa")
    user = models.ForeignKey(User, models.PROTECT, related_name="authorised_senders", verbose_name="osoba")
    contract = models.ForeignKey(Contract, models.PROTECT, related_name="authorised_senders", verbose_name="smlouva")
    revoked_at = models.DateTimeField("odvolána", null=True, blank=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = "autorizovaná adresa"
        verbose_name_plural = "autorizované adresy"
        ordering = ["email"]
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="authorised_sender_unique",
                condition=Q(revoked_at__isnull=True),
                violation_error_message="Tuto adresu nelze autorizovat. Každá adresa může patřit jen k jedné smlouvě.",
            ),
        ]

    def __str__(self) -> str:
        return self.email


class PasswordResetRequest(models.Model):
    """Somebody asked for a new password of an address; whether an account has it is looked up later, by a sweep.

    email       lower case, as typed; what nobody has is kept like what somebody has until it is looked up
    handled_at  when the letter was written; requests of addresses without an account are deleted then
    source      S2-04: known and unknown addresses answer alike and take the same time
    """

    email = models.EmailField("adresa")
    created_at = models.DateTimeField("požádáno")
    handled_at = models.DateTimeField("odkaz napsán", null=True, blank=True)

    class Meta:
        verbose_name = "žádost o nové heslo"
        verbose_name_plural = "žádosti o nové heslo"
        constraints = [
            models.UniqueConstraint(fields=["email"], name="password_reset_waits_once", condition=Q(handled_at__isnull=True)),
        ]
        indexes = [models.Index(fields=["handled_at"], name="password_reset_handled")]

    def __str__(self) -> str:
        return self.email


class SignInDelay(models.Model):
    """Failed sign-ins of one identifier from one network; the next try must wait until `blocked_until`.

    key     SHA-256 of identifier and network, so that the table names nobody
    source  D20: growing delays instead of lock-outs, kept in PostgreSQL
    """

    key = models.CharField(max_length=64, primary_key=True)
    failures = models.PositiveIntegerField("nezdarů", default=0)
    blocked_until = models.DateTimeField("další pokus nejdříve")
    updated_at = models.DateTimeField("naposledy")

    class Meta:
        verbose_name = "zdržení přihlášení"
        verbose_name_plural = "zdržení přihlášení"

    def __str__(self) -> str:
        return f"{self.failures}× do {self.blocked_until}"
