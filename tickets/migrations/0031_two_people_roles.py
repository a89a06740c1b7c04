"""Lets leaders and accountants confirm changes that somebody else proposed."""

from django.db import migrations

from tickets.roles import sync_roles


def give_rights(apps, schema_editor):
    sync_roles(apps)


class Migration(migrations.Migration):
    dependencies = [
        ("tickets", "0030_contact_addresses"),
        ("customers", "0017_two_people_sums"),
        ("credit", "0012_package_confirmed"),
    ]

    operations = [migrations.RunPython(give_rights, migrations.RunPython.noop)]
