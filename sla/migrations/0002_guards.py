"""What the database itself guards: a published version of a calendar, its windows and dates never change."""

from django.db import migrations

GUARDS = """
CREATE FUNCTION sla_published_version() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE progress text[] := ARRAY['recompute_total', 'recompute_done', 'recomputed_at'];
BEGIN
    IF OLD.published_at IS NULL THEN
        RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    IF TG_OP = 'UPDATE' AND to_jsonb(OLD) - progress = to_jsonb(NEW) - progress THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a published version is immutable: % refused', TG_OP USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION sla_published_rows() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE published boolean;
BEGIN
    SELECT bool_or(v.published_at IS NOT NULL) INTO published
      FROM (SELECT published_at FROM sla_calendarversion WHERE id IN (OLD.version_id, NEW.version_id) FOR SHARE) v;
    IF published THEN
        RAISE EXCEPTION '% belongs to a published version: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE FUNCTION sla_zone_of_published() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM sla_calendarversion WHERE calendar_id = NEW.id AND published_at IS NOT NULL) THEN
        RAISE EXCEPTION 'the zone of a calendar with a published version is immutable' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION sla_no_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% holds published versions: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER sla_calendarversion_published BEFORE UPDATE OR DELETE ON sla_calendarversion
    FOR EACH ROW EXECUTE FUNCTION sla_published_version();
CREATE TRIGGER sla_servicecalendar_zone BEFORE UPDATE OF zone ON sla_servicecalendar
    FOR EACH ROW WHEN (OLD.zone IS DISTINCT FROM NEW.zone) EXECUTE FUNCTION sla_zone_of_published();
CREATE TRIGGER sla_servicewindow_published BEFORE INSERT OR UPDATE OR DELETE ON sla_servicewindow
    FOR EACH ROW EXECUTE FUNCTION sla_published_rows();
CREATE TRIGGER sla_calendardate_published BEFORE INSERT OR UPDATE OR DELETE ON sla_calendardate
    FOR EACH ROW EXECUTE FUNCTION sla_published_rows();
"""
TABLES = ("sla_calendarversion", "sla_servicewindow", "sla_calendardate")
NO_TRUNCATE = "CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION sla_no_truncate();"
UNGUARD = """
DROP FUNCTION sla_no_truncate() CASCADE;
DROP FUNCTION sla_published_rows() CASCADE;
DROP FUNCTION sla_zone_of_published() CASCADE;
DROP FUNCTION sla_published_version() CASCADE;
"""


class Migration(migrations.Migration):
    dependencies = [("sla", "0001_initial")]

    operations = [
        migrations.RunSQL(GUARDS + "".join(NO_TRUNCATE.format(table=table) for table in TABLES), UNGUARD),
    ]
