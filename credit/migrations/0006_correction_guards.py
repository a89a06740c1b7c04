"""A proposed correction keeps what was proposed, and a decided one is closed."""

from django.db import migrations

GUARD = """
CREATE FUNCTION credit_guard_correction() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.state <> 'waiting'
            OR (NEW.account_id, NEW.change, NEW.reason, NEW.token, NEW.needs_second, NEW.proposed_by_id, NEW.proposed_at)
                IS DISTINCT FROM
               (OLD.account_id, OLD.change, OLD.reason, OLD.token, OLD.needs_second, OLD.proposed_by_id, OLD.proposed_at) THEN
        RAISE EXCEPTION 'a correction is decided once and keeps what was proposed' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER credit_correction_guard BEFORE UPDATE OR DELETE ON credit_correctionrequest
    FOR EACH ROW EXECUTE FUNCTION credit_guard_correction();
"""


class Migration(migrations.Migration):
    dependencies = [("credit", "0005_statement")]

    operations = [migrations.RunSQL(GUARD, "DROP FUNCTION credit_guard_correction CASCADE")]
