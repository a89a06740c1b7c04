"""What the database guards of quotes: what was sent is never changed, states move one way, a link is used once."""

from django.db import migrations

QUOTES = """
CREATE FUNCTION tickets_guard_quote() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'UPDATE' THEN
        RAISE EXCEPTION '% of % refused', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END IF;
    IF (NEW.ticket_id, NEW.version) IS DISTINCT FROM (OLD.ticket_id, OLD.version)
        OR OLD.state <> 'draft' AND
            (NEW.origin, NEW.ceiling_price, NEW.hourly_rate, NEW.ceiling_minutes, NEW.specification, NEW.text, NEW.term_on,
             NEW.valid_until, NEW.created_at, NEW.created_by_id, NEW.sent_at, NEW.sent_by_id) IS DISTINCT FROM
            (OLD.origin, OLD.ceiling_price, OLD.hourly_rate, OLD.ceiling_minutes, OLD.specification, OLD.text, OLD.term_on,
             OLD.valid_until, OLD.created_at, OLD.created_by_id, OLD.sent_at, OLD.sent_by_id)
        OR OLD.state NOT IN ('draft', 'sent') AND
            (NEW.decided_at, NEW.decided_by_id, NEW.decided_name, NEW.decided_ip, NEW.refusal_reason, NEW.hold_id)
            IS DISTINCT FROM
            (OLD.decided_at, OLD.decided_by_id, OLD.decided_name, OLD.decided_ip, OLD.refusal_reason, OLD.hold_id)
    THEN
        RAISE EXCEPTION 'what was sent or decided of a quote is never changed' USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (
            ('draft', 'sent'), ('draft', 'told'), ('draft', 'withdrawn'), ('sent', 'approved'), ('sent', 'refused'),
            ('sent', 'expired'), ('sent', 'superseded'), ('sent', 'withdrawn'), ('approved', 'superseded'),
            ('told', 'superseded')) THEN
        RAISE EXCEPTION 'a quote does not go from % to %', OLD.state, NEW.state USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER tickets_quote_guard BEFORE UPDATE OR DELETE ON tickets_quote
    FOR EACH ROW EXECUTE FUNCTION tickets_guard_quote();
CREATE TRIGGER tickets_quote_no_truncate BEFORE TRUNCATE ON tickets_quote
    FOR EACH STATEMENT EXECUTE FUNCTION tickets_guard_quote();
"""
LINKS = """
CREATE FUNCTION tickets_guard_quote_link() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'UPDATE' OR OLD.used_at IS NOT NULL
        OR (NEW.quote_id, NEW.approver_id, NEW.token_hash, NEW.created_at, NEW.expires_at) IS DISTINCT FROM
           (OLD.quote_id, OLD.approver_id, OLD.token_hash, OLD.created_at, OLD.expires_at) THEN
        RAISE EXCEPTION 'a link of a quote is only used, once' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER tickets_quote_link_guard BEFORE UPDATE OR DELETE ON tickets_quotelink
    FOR EACH ROW EXECUTE FUNCTION tickets_guard_quote_link();
CREATE TRIGGER tickets_quote_link_no_truncate BEFORE TRUNCATE ON tickets_quotelink
    FOR EACH STATEMENT EXECUTE FUNCTION tickets_guard_quote_link();
"""


class Migration(migrations.Migration):
    dependencies = [("tickets", "0011_quotes")]

    operations = [
        migrations.RunSQL(QUOTES, "DROP FUNCTION tickets_guard_quote() CASCADE"),
        migrations.RunSQL(LINKS, "DROP FUNCTION tickets_guard_quote_link() CASCADE"),
    ]
