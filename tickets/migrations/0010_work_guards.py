"""Finished work stays as it was worked; only what prices, charges, checks and invoices it may still move."""

from django.db import migrations

from tickets.roles import sync_roles

ENTRIES = """
CREATE FUNCTION tickets_guard_work() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE TRIGGER tickets_work_guard BEFORE UPDATE OR DELETE ON tickets_workentry
    FOR EACH ROW EXECUTE FUNCTION tickets_guard_work();
CREATE TRIGGER tickets_workentry_no_truncate BEFORE TRUNCATE ON tickets_workentry
    FOR EACH STATEMENT EXECUTE FUNCTION tickets_append_only();
"""

SPANS = """
CREATE FUNCTION tickets_guard_span() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE TRIGGER tickets_span_guard BEFORE INSERT OR UPDATE OR DELETE ON tickets_workspan
    FOR EACH ROW EXECUTE FUNCTION tickets_guard_span();
CREATE TRIGGER tickets_workspan_no_truncate BEFORE TRUNCATE ON tickets_workspan
    FOR EACH STATEMENT EXECUTE FUNCTION tickets_append_only();
"""

DROP = """
DROP TRIGGER tickets_workspan_no_truncate ON tickets_workspan;
DROP TRIGGER tickets_workentry_no_truncate ON tickets_workentry;
DROP FUNCTION tickets_guard_span, tickets_guard_work CASCADE;
"""


def grant(apps, schema_editor):
    sync_roles(apps)


class Migration(migrations.Migration):
    dependencies = [("tickets", "0009_work")]

    operations = [migrations.RunSQL(ENTRIES + SPANS, DROP), migrations.RunPython(grant, migrations.RunPython.noop)]
