"""What the customer pays beside the ceiling of a quote is told with it, and stays as it was told."""

from django.db import migrations, models

# Versions sent before: what stands outside all quotes of the request now.
FILL = """
UPDATE tickets_quote q SET preparation_price = t.preparation, done_price = t.done
  FROM (SELECT q2.id,
               coalesce(sum(w.price) FILTER (WHERE w.activity = 'quoting'), 0) AS preparation,
               coalesce(sum(w.price) FILTER (WHERE w.activity <> 'quoting'), 0) AS done
          FROM tickets_quote q2
          LEFT JOIN tickets_workentry w
            ON w.ticket_id = q2.ticket_id AND w.quote_id IS NULL AND w.state = 'finished' AND w.reverses_id IS NULL
           AND NOT EXISTS (SELECT FROM tickets_workentry r WHERE r.reverses_id = w.id)
         WHERE q2.sent_at IS NOT NULL AND q2.origin <> 'estimate'
         GROUP BY q2.id) t
 WHERE t.id = q.id
"""
OLD_GUARD = """
CREATE OR REPLACE FUNCTION tickets_guard_quote() RETURNS trigger LANGUAGE plpgsql AS $$
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
"""
GUARD = """
CREATE OR REPLACE FUNCTION tickets_guard_quote() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'UPDATE' THEN
        RAISE EXCEPTION '% of % refused', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END IF;
    IF (NEW.ticket_id, NEW.version) IS DISTINCT FROM (OLD.ticket_id, OLD.version)
        OR OLD.state <> 'draft' AND
            (NEW.origin, NEW.ceiling_price, NEW.hourly_rate, NEW.ceiling_minutes, NEW.specification, NEW.text, NEW.term_on,
             NEW.valid_until, NEW.created_at, NEW.created_by_id, NEW.sent_at, NEW.sent_by_id,
             NEW.preparation_price, NEW.done_price) IS DISTINCT FROM
            (OLD.origin, OLD.ceiling_price, OLD.hourly_rate, OLD.ceiling_minutes, OLD.specification, OLD.text, OLD.term_on,
             OLD.valid_until, OLD.created_at, OLD.created_by_id, OLD.sent_at, OLD.sent_by_id,
             OLD.preparation_price, OLD.done_price)
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
"""


class Migration(migrations.Migration):
    dependencies = [("tickets", "0022_consulted_event")]

    operations = [
        migrations.AddField(
            "quote",
            "done_price",
            models.DecimalField(
                blank=True,
                decimal_places=2,
                editable=False,
                max_digits=12,
                null=True,
                verbose_name="odpracováno mimo kalkulaci (Kč bez DPH)",
            ),
        ),
        migrations.AddField(
            "quote",
            "preparation_price",
            models.DecimalField(
                blank=True,
                decimal_places=2,
                editable=False,
                max_digits=12,
                null=True,
                verbose_name="příprava kalkulace (Kč bez DPH)",
            ),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.AddConstraint(
            "quote",
            models.CheckConstraint(
                name="quote_says_the_most",
                condition=models.Q(sent_at__isnull=True)
                | models.Q(origin="estimate")
                | models.Q(
                    preparation_price__isnull=False, preparation_price__gte=0, done_price__isnull=False, done_price__gte=0
                ),
            ),
        ),
        migrations.RunSQL(GUARD, OLD_GUARD),
    ]
