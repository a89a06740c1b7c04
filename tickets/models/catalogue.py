"""Texts that support keeps at hand."""

from __future__ import annotations

from django.db import models


class CannedAnswer(models.Model):
    """A prepared answer that staff insert into a message and adapt."""

    title = models.CharField("název", max_length=120, unique=True)
    body = models.TextField("text", max_length=8000)
    position = models.PositiveSmallIntegerField("pořadí", default=0)

    class Meta:
        verbose_name = "připravená odpověď"
        verbose_name_plural = "připravené odpovědi"
        ordering = ["position", "title"]

    def __str__(self) -> str:
        return self.title
