"""What the database itself guards: append-only logs, numbers from 10001, search blind to diacritics."""

from django.contrib.postgres.operations import TrigramExtension, UnaccentExtension
from django.db import migrations

APPEND_ONLY = ("tickets_ticketevent", "tickets_message", "tickets_note")

REFUSE = """
CREATE FUNCTION tickets_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$;
"""
GUARD = """
CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION tickets_append_only();
CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION tickets_append_only();
"""
UNGUARD = """
DROP TRIGGER {table}_append_only ON {table};
DROP TRIGGER {table}_no_truncate ON {table};
"""
SEARCH = """
CREATE TEXT SEARCH CONFIGURATION cs_simple (COPY = simple);
ALTER TEXT SEARCH CONFIGURATION cs_simple
    ALTER MAPPING FOR hword, hword_part, word WITH unaccent, simple;
"""


class Migration(migrations.Migration):
    dependencies = [("tickets", "0001_initial")]

    operations = [
        UnaccentExtension(),
        TrigramExtension(),
        migrations.RunSQL(SEARCH, "DROP TEXT SEARCH CONFIGURATION cs_simple"),
        migrations.RunSQL("ALTER TABLE tickets_ticket ALTER COLUMN id RESTART WITH 10001", migrations.RunSQL.noop),
        migrations.RunSQL(REFUSE, "DROP FUNCTION tickets_append_only()"),
        *(migrations.RunSQL(GUARD.format(table=table), UNGUARD.format(table=table)) for table in APPEND_ONLY),
    ]
