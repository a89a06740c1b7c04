"""No minute of a person stands twice, a correction keeps what was proposed, and nothing of invoiced work changes any more."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
from django.conf import settings
from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations, models

import tickets.models.work

ENTRIES_BEFORE = """
CREATE OR REPLACE FUNCTION tickets_guard_work() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = 'finished' THEN
        IF TG_OP = 'DELETE' THEN
            RAISE EXCEPTION 'finished work is kept' USING ERRCODE = 'restrict_violation';
        END IF;
        IF (NEW.ticket_id, NEW.person_id, NEW.activity, NEW.state, NEW.source, NEW.note, NEW.internal_note, NEW.is_express,
            NEW.started_at, NEW.finished_at, NEW.seconds, NEW.billed_minutes, NEW.outside_minutes, NEW.discount_percent,
            NEW.reverses_id, NEW.correction_reason, NEW.corrected_by_id)
           IS DISTINCT FROM
           (OLD.ticket_id, OLD.person_id, OLD.activity, OLD.state, OLD.source, OLD.note, OLD.internal_note, OLD.is_express,
            OLD.started_at, OLD.finished_at, OLD.seconds, OLD.billed_minutes, OLD.outside_minutes, OLD.discount_percent,
            OLD.reverses_id, OLD.correction_reason, OLD.corrected_by_id) THEN
            RAISE EXCEPTION 'finished work is corrected by a reversing entry' USING ERRCODE = 'restrict_violation';
        END IF;
        IF OLD.locked_at IS NOT NULL AND (NEW.price, NEW.pricing, NEW.is_priced, NEW.transfer_id, NEW.free_minutes, NEW.revision)
                IS DISTINCT FROM (OLD.price, OLD.pricing, OLD.is_priced, OLD.transfer_id, OLD.free_minutes, OLD.revision) THEN
            RAISE EXCEPTION 'invoiced work keeps its price' USING ERRCODE = 'restrict_violation';
        END IF;
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
"""
ENTRIES = """
CREATE OR REPLACE FUNCTION tickets_guard_work() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = 'finished' THEN
        IF TG_OP = 'DELETE' THEN
            RAISE EXCEPTION 'finished work is kept' USING ERRCODE = 'restrict_violation';
        END IF;
        IF (NEW.ticket_id, NEW.person_id, NEW.activity, NEW.state, NEW.source, NEW.note, NEW.internal_note, NEW.is_express,
            NEW.started_at, NEW.finished_at, NEW.seconds, NEW.billed_minutes, NEW.outside_minutes, NEW.discount_percent,
            NEW.reverses_id, NEW.correction_reason, NEW.corrected_by_id)
           IS DISTINCT FROM
           (OLD.ticket_id, OLD.person_id, OLD.activity, OLD.state, OLD.source, OLD.note, OLD.internal_note, OLD.is_express,
            OLD.started_at, OLD.finished_at, OLD.seconds, OLD.billed_minutes, OLD.outside_minutes, OLD.discount_percent,
            OLD.reverses_id, OLD.correction_reason, OLD.corrected_by_id) THEN
            RAISE EXCEPTION 'finished work is corrected by a reversing entry' USING ERRCODE = 'restrict_violation';
        END IF;
        IF OLD.locked_at IS NOT NULL AND NEW IS DISTINCT FROM OLD THEN
            RAISE EXCEPTION 'invoiced work is never changed' USING ERRCODE = 'restrict_violation';
        END IF;
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
"""
SPANS_BEFORE = """
CREATE OR REPLACE FUNCTION tickets_guard_span() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    ours bigint := CASE WHEN TG_OP = 'DELETE' THEN OLD.entry_id ELSE NEW.entry_id END;
BEGIN
    IF TG_OP = 'UPDATE' AND (NEW.entry_id, NEW.person_id) IS DISTINCT FROM (OLD.entry_id, OLD.person_id) THEN
        RAISE EXCEPTION 'a stretch of work stays with its entry' USING ERRCODE = 'restrict_violation';
    END IF;
    IF EXISTS (SELECT FROM tickets_workentry WHERE id = ours AND state = 'finished') THEN
        RAISE EXCEPTION 'the stretches of finished work are kept' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
"""
SPANS = """
CREATE OR REPLACE FUNCTION tickets_guard_span() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    ours bigint := CASE WHEN TG_OP = 'DELETE' THEN OLD.entry_id ELSE NEW.entry_id END;
BEGIN
    IF TG_OP = 'UPDATE' AND (NEW.entry_id, NEW.person_id) IS DISTINCT FROM (OLD.entry_id, OLD.person_id) THEN
        RAISE EXCEPTION 'a stretch of work stays with its entry' USING ERRCODE = 'restrict_violation';
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.is_standing = EXISTS (SELECT FROM tickets_workentry WHERE reverses_id = ours) THEN
        RAISE EXCEPTION 'a stretch of work stands as long as its entry is not reversed' USING ERRCODE = 'restrict_violation';
    END IF;
    IF TG_OP = 'UPDATE' AND (NEW.started_at, NEW.ended_at) IS NOT DISTINCT FROM (OLD.started_at, OLD.ended_at) THEN
        RETURN NEW;
    END IF;
    IF EXISTS (SELECT FROM tickets_workentry WHERE id = ours AND state = 'finished') THEN
        RAISE EXCEPTION 'the stretches of finished work are kept' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE FUNCTION tickets_lay_down_spans() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE tickets_workspan SET is_standing = false WHERE entry_id = NEW.reverses_id;
    RETURN NULL;
END $$;
CREATE TRIGGER tickets_work_lays_down_spans AFTER INSERT ON tickets_workentry FOR EACH ROW
    WHEN (NEW.reverses_id IS NOT NULL) EXECUTE FUNCTION tickets_lay_down_spans();
"""

# What overlapped before this rule keeps its charge and is only left out of the guard: the later one of each two.
FACTS = """
ALTER TABLE tickets_workspan DISABLE TRIGGER tickets_span_guard;
UPDATE tickets_workspan span SET is_standing = false
 WHERE EXISTS (SELECT FROM tickets_workentry WHERE reverses_id = span.entry_id);
UPDATE tickets_workspan span SET is_standing = false
 WHERE EXISTS (SELECT FROM tickets_workspan earlier
                WHERE earlier.person_id = span.person_id AND earlier.id < span.id AND earlier.is_standing
                  AND tstzrange(earlier.started_at, earlier.ended_at) && tstzrange(span.started_at, span.ended_at));
ALTER TABLE tickets_workspan ENABLE TRIGGER tickets_span_guard;
UPDATE tickets_workcorrection correction
   SET work_source = (SELECT source FROM tickets_workentry WHERE id = correction.entry_id),
       needs_second = state = 'waiting' OR decided_by_id <> asked_by_id;
"""

CORRECTIONS = """
CREATE FUNCTION tickets_guard_correction() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'UPDATE' OR OLD.state <> 'waiting'
            OR (NEW.entry_id, NEW.minutes, NEW.activity, NEW.note, NEW.internal_note, NEW.discount_percent, NEW.work_source,
                NEW.reason, NEW.change, NEW.needs_second, NEW.asked_by_id, NEW.asked_at)
               IS DISTINCT FROM
               (OLD.entry_id, OLD.minutes, OLD.activity, OLD.note, OLD.internal_note, OLD.discount_percent, OLD.work_source,
                OLD.reason, OLD.change, OLD.needs_second, OLD.asked_by_id, OLD.asked_at) THEN
        RAISE EXCEPTION 'a correction is decided once and keeps what was proposed' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER tickets_correction_guard BEFORE UPDATE OR DELETE ON tickets_workcorrection
    FOR EACH ROW EXECUTE FUNCTION tickets_guard_correction();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("credit", "0009_reservation_of_the_next_version"),
        ("customers", "0011_two_people"),
        ("tickets", "0023_quote_totals"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        BtreeGistExtension(),
        migrations.AddField(
            model_name="workcorrection",
            name="needs_second",
            field=models.BooleanField(default=True, verbose_name="potvrzuje druhá osoba"),
        ),
        migrations.AddField(
            model_name="workcorrection",
            name="work_source",
            field=models.CharField(
                choices=[("timer", "časovač"), ("manual", "ruční zápis"), ("phone", "hovor")],
                default="timer",
                max_length=6,
                verbose_name="zdroj",
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="workspan",
            name="is_standing",
            field=models.BooleanField(default=True, editable=False, verbose_name="platí"),
        ),
        migrations.RunSQL(ENTRIES, ENTRIES_BEFORE),
        migrations.RunSQL(SPANS, SPANS_BEFORE + "DROP FUNCTION tickets_lay_down_spans CASCADE;"),
        migrations.RunSQL(FACTS, migrations.RunSQL.noop),
        migrations.RunSQL(CORRECTIONS, "DROP FUNCTION tickets_guard_correction CASCADE"),
        migrations.AddConstraint(
            model_name="workcorrection",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("decided_by", models.F("asked_by")), ("needs_second", True), ("state", "done"), _negated=True
                ),
                name="work_correction_two_people",
            ),
        ),
        migrations.AddConstraint(
            model_name="workentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("locked_at__isnull", True), models.Q(("is_priced", True), ("state", "finished")), _connector="OR"
                ),
                name="work_invoiced_is_priced",
            ),
        ),
        migrations.AddConstraint(
            model_name="workspan",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(("is_standing", True)),
                expressions=[
                    ("person", "="),
                    (
                        tickets.models.work.Period(
                            "started_at", "ended_at", django.contrib.postgres.fields.ranges.RangeBoundary()
                        ),
                        "&&",
                    ),
                ],
                name="work_span_once",
            ),
        ),
    ]
