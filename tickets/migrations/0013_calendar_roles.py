"""Gives the groups of staff their part in calendars and deadlines of contracts."""

from django.db import migrations

from tickets.roles import sync_roles


def give_rights(apps, schema_editor):
    sync_roles(apps)


class Migration(migrations.Migration):
    dependencies = [
        ("tickets", "0012_quote_guards"),
        ("customers", "0004_sla"),
        ("sla", "0003_calendars"),
    ]

    operations = [migrations.RunPython(give_rights, migrations.RunPython.noop)]
