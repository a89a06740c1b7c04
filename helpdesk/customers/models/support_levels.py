"""Levels of support: what „podle úrovně SLA“ means (D32)."""

from __future__ import annotations

from django.db import models
from simple_history.models import HistoricalRecords


class SupportLevel(models.Model):
    """How much of the phone a contract of this level has; a contract may agree otherwise.

    source  S5-12, S5-19, D32
    """

    name = models.CharField("název", max_length=60, unique=True)
    free_phone_minutes = models.PositiveSmallIntegerField("telefonické konzultace zdarma (min za měsíc)", default=0)
    has_phone = models.BooleanField(
        "smí volat", default=True, help_text="Platí tam, kde je telefon „podle úrovně SLA“; smlouva může mít v\u00a0nárocích své."
    )

    history = HistoricalRecords()

    class Meta:
        verbose_name = "úroveň podpory"
        verbose_name_plural = "úrovně podpory"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
