"""Give the people and companies that exist their place in the Czech order."""

from django.db import migrations

from helpdesk.collation import czech_sort_key

BATCH = 1000


def fill(apps, schema_editor):
    for name, sources in (("Customer", ("name",)), ("User", ("last_name", "first_name"))):
        model = apps.get_model("customers", name)
        rows = []
        for row in model.objects.only("pk", *sources).order_by("pk").iterator(BATCH):
            row.sort_key = czech_sort_key(" ".join(getattr(row, source) for source in sources))
            rows.append(row)
            if len(rows) == BATCH:
                model.objects.bulk_update(rows, ["sort_key"])
                rows = []
        model.objects.bulk_update(rows, ["sort_key"])


class Migration(migrations.Migration):
    dependencies = [("customers", "0012_czech_order")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
