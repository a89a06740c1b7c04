"""Registers the app under the label that foreign keys use."""

from django.apps import AppConfig


class MailConfig(AppConfig):
    name = "helpdesk.mail"
    label = "mail"
    verbose_name = "Pošta"
