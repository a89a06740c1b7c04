"""Files of a request, kept outside the web root under random names."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q

from helpdesk.customers.models import User
from tickets.models.conversation import Message, Note
from tickets.models.ticket import Ticket


class AttachmentQuerySet(models.QuerySet["Attachment"]):
    def staged(self) -> AttachmentQuerySet:
        """Uploaded, not yet sent with a form."""
        return self.filter(ticket__isnull=True)

    def staged_for(self, *, user: User, form_token: uuid.UUID) -> AttachmentQuerySet:
        return self.staged().filter(uploader=user, form_token=form_token)

    def abandoned(self, before: datetime) -> AttachmentQuerySet:
        return self.staged().filter(created_at__lt=before)

    def to_be_scanned(self, at: datetime) -> AttachmentQuerySet:
        return self.filter(scan=Attachment.Scan.WAITING, scan_again_at__lte=at)

    def public(self) -> AttachmentQuerySet:
        """What the customer may open: everything but files of internal notes."""
        return self.filter(ticket__isnull=False, note__isnull=True)

    def visible_to(self, user: User) -> AttachmentQuerySet:
        """Files that a person may open; everything else is a 404.

        A customer opens files of the requests they see, never those of notes; staff who see requests all of them, notes'
        only with the right to read notes. What is staged belongs to its uploader alone.
        """
        own = Q(uploader=user, ticket__isnull=True)
        if not user.is_staff:
            return self.filter(own | Q(ticket__in=Ticket.objects.visible_to(user), note__isnull=True))
        if not user.has_perm("tickets.view_ticket"):
            return self.filter(own)
        attached = Q(ticket__isnull=False) if user.has_perm("tickets.read_notes") else Q(ticket__isnull=False, note__isnull=True)
        return self.filter(own | attached)


class Attachment(models.Model):
    """A file: first staged (a person and a form token own it), then attached to a request for good.

    path          below HELPDESK_FILES, random; never shown
    name          safe file name of the sender, for display and download
    content_type  found in the content, never taken from the sender; only what is safe to show has one of its own
    scan          "" where no scanner was set when it was uploaded
    scan_found    what the scanner found, in its words
    scan_again_at when to scan it; while it is being scanned, when somebody else may take it up
    source        S4-36, D25
    """

    class Scan(models.TextChoices):
        WAITING = "waiting", "čeká na kontrolu"
        CLEAN = "clean", "bez nálezu"
        FOUND = "found", "zadržena"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    uploader = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="nahrál")
    form_token = models.UUIDField("klíč formuláře")
    ticket = models.ForeignKey(
        Ticket, models.PROTECT, null=True, blank=True, related_name="attachments", verbose_name="požadavek"
    )
    message = models.ForeignKey(Message, models.PROTECT, null=True, blank=True, related_name="attachments", verbose_name="zpráva")
    note = models.ForeignKey(Note, models.PROTECT, null=True, blank=True, related_name="attachments", verbose_name="poznámka")
    name = models.CharField("název souboru", max_length=150)
    path = models.CharField(max_length=80, unique=True, editable=False)
    size = models.PositiveBigIntegerField("velikost (B)")
    content_type = models.CharField("typ obsahu", max_length=100)
    sha256 = models.CharField("SHA-256", max_length=64)
    created_at = models.DateTimeField("nahráno")
    scan = models.CharField("kontrola na viry", max_length=10, choices=Scan.choices, blank=True)
    scan_found = models.CharField("nález", max_length=200, blank=True)
    scan_again_at = models.DateTimeField("kontrola nejdříve", null=True, blank=True, editable=False)
    scanned_at = models.DateTimeField("zkontrolována", null=True, blank=True)

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        verbose_name = "příloha"
        verbose_name_plural = "přílohy"
        ordering = ["created_at", "id"]
        indexes = [
            models.Index(fields=["uploader", "form_token"], name="attachment_staged", condition=Q(ticket__isnull=True)),
            models.Index(fields=["created_at"], name="attachment_abandoned", condition=Q(ticket__isnull=True)),
            models.Index(fields=["scan_again_at"], name="attachment_to_be_scanned", condition=Q(scan="waiting")),
        ]
        constraints = [
            models.CheckConstraint(
                name="attachment_one_place",
                condition=Q(ticket__isnull=False) | Q(message__isnull=True, note__isnull=True),
            ),
            models.CheckConstraint(
                name="attachment_scan",
                condition=Q(scan="", scan_found="", scan_again_at__isnull=True, scanned_at__isnull=True)
                | Q(scan="waiting", scan_found="", scan_again_at__isnull=False, scanned_at__isnull=True)
                | Q(scan="clean", scan_found="", scan_again_at__isnull=True, scanned_at__isnull=False)
                | Q(scan="found", scan_again_at__isnull=True, scanned_at__isnull=False) & ~Q(scan_found=""),
            ),
            models.CheckConstraint(name="attachment_message_or_note", condition=Q(message__isnull=True) | Q(note__isnull=True)),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def trouble(self) -> str:
        """Why the file cannot be opened, as a sentence for both sides; "" when it can."""
        if self.scan == self.Scan.FOUND:
            found = f"kontrola v\u00a0něm našla škodlivý kód ({self.scan_found})"
            return f"Soubor {self.name} jsme zadrželi, {found}. Pošlete prosím čistý."
        if self.scan == self.Scan.WAITING and settings.CLAMD:
            return f"Soubor {self.name} se ještě kontroluje na viry. Otevřete jej prosím za\u00a0chvíli."
        return ""

    @property
    def is_image(self) -> bool:
        return self.content_type in ("image/png", "image/jpeg", "image/gif", "image/webp")

    @property
    def opens_inline(self) -> bool:
        return self.is_image or self.content_type == "application/pdf"
