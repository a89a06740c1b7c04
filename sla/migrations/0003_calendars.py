"""The two calendars that every installation starts with; staff add their own."""

from django.db import migrations
from django.utils import timezone

HALF_PAST_FOUR = 16 * 3600 + 30 * 60

# (name, default, round the clock, windows of each weekday); source S3-08, S3-10
CALENDARS = [
    ("Po–Pá 08:00–16:30", True, False, [(weekday, 8 * 3600, HALF_PAST_FOUR) for weekday in range(5)]),
    ("Nepřetržitě 24/7", False, True, []),
]


def load(apps, schema_editor):
    calendar_model = apps.get_model("sla", "ServiceCalendar")
    version_model = apps.get_model("sla", "CalendarVersion")
    window_model = apps.get_model("sla", "ServiceWindow")
    for name, is_default, always, windows in CALENDARS:
        calendar, made = calendar_model.objects.get_or_create(name=name, defaults={"is_default": is_default})
        if not made:
            continue
        version = version_model.objects.create(calendar=calendar, number=1, always=always, note="Výchozí znění.")
        window_model.objects.bulk_create(
            window_model(version=version, weekday=weekday, opens=opens, closes=closes) for weekday, opens, closes in windows
        )
        version.published_at = version.recomputed_at = timezone.now()  # published last: its windows cannot be added later
        version.save()


class Migration(migrations.Migration):
    dependencies = [("sla", "0002_guards")]

    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
