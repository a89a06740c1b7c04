"""Lets heads of support read the security log."""

from django.db import migrations

from tickets.roles import sync_roles


def give_rights(apps, schema_editor):
    sync_roles(apps)


class Migration(migrations.Migration):
    dependencies = [
        ("tickets", "0031_two_people_roles"),
        ("customers", "0010_audit"),
    ]

    operations = [migrations.RunPython(give_rights, migrations.RunPython.noop)]
