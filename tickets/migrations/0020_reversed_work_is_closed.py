"""Work that was reversed is never priced or charged again, whatever old page asks for it."""

from django.db import migrations

REVERSED = """
CREATE FUNCTION tickets_guard_reversed_work() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM tickets_workentry WHERE reverses_id = OLD.id) THEN
        RAISE EXCEPTION 'reversed work keeps its price' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER tickets_work_reversed_guard BEFORE UPDATE ON tickets_workentry FOR EACH ROW
    WHEN (OLD.state = 'finished' AND (NEW.price, NEW.is_priced, NEW.transfer_id, NEW.free_minutes, NEW.revision)
          IS DISTINCT FROM (OLD.price, OLD.is_priced, OLD.transfer_id, OLD.free_minutes, OLD.revision))
    EXECUTE FUNCTION tickets_guard_reversed_work();
"""


class Migration(migrations.Migration):
    dependencies = [("tickets", "0019_limit_roles")]

    operations = [migrations.RunSQL(REVERSED, "DROP FUNCTION tickets_guard_reversed_work CASCADE")]
