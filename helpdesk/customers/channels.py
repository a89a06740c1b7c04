"""The ways in which people reach the helpdesk."""

from django.db import models


class Channel(models.TextChoices):
    """Where an act came from; the first five are doors that a contract opens or closes (S1-09, S5-23)."""

    PORTAL = "portal", "portál"
    EMAIL = "email", "e-mail"
    PHONE = "phone", "telefon"
    HOTLINE = "hotline", "HotLine"
    ENQUIRY = "enquiry", "dotaz z webu"
    API = "api", "integrovaný systém"
    BACKOFFICE = "backoffice", "podpora"
    SYSTEM = "system", "systém"
