"""Split the words of requests as the search does, ÚČTO2024 and FV-2024/0187 included; batch by batch, without a long lock."""

from django.db import connection, migrations

from tickets.services.search import reindex

BATCH = 1000


def reindex_all(apps, schema_editor):
    number = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute("SELECT id FROM tickets_ticket WHERE id > %s ORDER BY id LIMIT %s", [number, BATCH])
            numbers = [row[0] for row in cursor.fetchall()]
        if not numbers:
            return
        reindex(numbers)
        number = numbers[-1]


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("tickets", "0024_work_once")]

    operations = [migrations.RunPython(reindex_all, migrations.RunPython.noop)]
