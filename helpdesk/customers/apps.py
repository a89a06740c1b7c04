"""Registers the app under the label that foreign keys use."""

from django.apps import AppConfig


class CustomersConfig(AppConfig):
    name = "helpdesk.customers"
    label = "customers"
    verbose_name = "Zákazníci a lidé"
