"""Gives the groups of staff their part in credit and price lists."""

from django.db import migrations

from tickets.roles import sync_roles


def give_rights(apps, schema_editor):
    sync_roles(apps)


class Migration(migrations.Migration):
    dependencies = [
        ("tickets", "0018_credit_roles"),
        ("credit", "0006_correction_guards"),
    ]

    operations = [migrations.RunPython(give_rights, migrations.RunPython.noop)]
