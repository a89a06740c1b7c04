"""The security log: what touched access and secrets, who did it and from where; written once, never changed."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from helpdesk.customers.models.people import User


class AuditEvent(models.Model):
    """One event of the security log; PostgreSQL refuses to change or delete it, also to superusers.

    by          who did it; None for the system and for visitors who are not signed in
    acting_for  the customer's person whose view `by` had borrowed
    object_type „app.model“ of the row it happened to, with its key and name as they were; "" for none
    before      the fields that changed, as they were; secrets never
    after       the same fields as they are now, or details of the event
    times       the how manieth event of its kind this is within the hour, where not each is written
    source      S4-01; OWASP ASVS 5.0 16.2 and 16.3
    """

    class Kind(models.TextChoices):
        ACCESS_REFUSED = "access_refused", "odmítnutý přístup"
        SIGN_IN_FAILED = "sign_in_failed", "nezdařené přihlášení"
        FACTOR_ADDED = "factor_added", "přidán druhý faktor"
        FACTOR_REMOVED = "factor_removed", "odebrán druhý faktor"
        RECOVERY_CODES = "recovery_codes", "nové záložní kódy"
        PASSWORD_CHANGED = "password_changed", "změna hesla"
        EMAIL_CHANGED = "email_changed", "změna e-mailu"
        SESSIONS_ENDED = "sessions_ended", "ukončena přihlášení"
        INVITED = "invited", "předání přístupu"
        LINK_SHOWN = "link_shown", "zobrazen jednorázový odkaz"
        RIGHTS_CHANGED = "rights_changed", "změna oprávnění"
        ACTING_STARTED = "acting_started", "přihlášení za zákazníka"
        ACTING_ENDED = "acting_ended", "konec přihlášení za zákazníka"
        EXPORTED = "exported", "stažený seznam"
        CONFIDENTIAL_OPENED = "confidential_opened", "otevřený důvěrný záznam"

    kind = models.CharField("událost", max_length=30, choices=Kind.choices)
    at = models.DateTimeField("kdy")
    by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="kdo")
    acting_for = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="jménem koho")
    ip = models.GenericIPAddressField("IP adresa", null=True, blank=True)
    object_type = models.CharField("druh záznamu", max_length=60, blank=True)
    object_id = models.BigIntegerField("klíč záznamu", null=True, blank=True)
    object_text = models.CharField("záznam", max_length=200, blank=True)
    before = models.JSONField("předtím", default=dict, blank=True)
    after = models.JSONField("potom", default=dict, blank=True)
    times = models.PositiveIntegerField("kolikátá za hodinu", default=1)
    recorded_at = models.DateTimeField("zapsáno", db_default=Now(), editable=False)

    class Meta:
        verbose_name = "bezpečnostní událost"
        verbose_name_plural = "bezpečnostní události"
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["by", "-id"], name="audit_event_by"),
            models.Index(fields=["object_type", "object_id", "-id"], name="audit_event_object"),
        ]
        constraints = [
            models.CheckConstraint(
                name="audit_event_object",
                condition=Q(object_type="", object_id__isnull=True) | (~Q(object_type="") & Q(object_id__isnull=False)),
            ),
            models.CheckConstraint(name="audit_event_acting", condition=Q(acting_for__isnull=True) | Q(by__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.object_text}".strip()


class AuditTally(models.Model):
    """How many events of one kind came from one place within one hour: what is repeated is counted, not written each time.

    key  kind and place
    """

    key = models.CharField(max_length=100)
    hour = models.DateTimeField("hodina")
    count = models.PositiveIntegerField("kolikrát", default=1)

    class Meta:
        verbose_name = "počet opakovaných událostí"
        verbose_name_plural = "počty opakovaných událostí"
        constraints = [models.UniqueConstraint(fields=["hour", "key"], name="audit_tally_once")]

    def __str__(self) -> str:
        return f"{self.key} {self.count}×"
