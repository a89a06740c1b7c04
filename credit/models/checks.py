"""The nightly proof that balances equal the movements."""

from __future__ import annotations

from django.db import models


class LedgerCheck(models.Model):
    """One night's check; `differing` accounts were reported to the leaders."""

    checked_at = models.DateTimeField("zkontrolováno")
    accounts = models.PositiveIntegerField("účtů")
    differing = models.PositiveIntegerField("neshod", default=0)

    class Meta:
        verbose_name = "kontrola kreditu"
        verbose_name_plural = "kontroly kreditu"
        ordering = ["-checked_at"]
        indexes = [models.Index(fields=["-checked_at"], name="ledger_check_newest")]

    def __str__(self) -> str:
        return f"{self.checked_at:%-d. %-m. %Y}: {self.differing}"
