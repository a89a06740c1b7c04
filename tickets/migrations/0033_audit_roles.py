"""Lets heads of support read the security log."""

from django.db import migrations

from tickets.roles import sync_roles


def give_rights(apps, schema_editor):
    sync_roles(apps)


class Migration(migrations.Migration):
    dependencies = [
        ("tickets", "0032_support_level_roles"),
        ("customers", "0019_support_levels"),
    ]

    operations = [migrations.RunPython(give_rights, migrations.RunPython.noop)]
