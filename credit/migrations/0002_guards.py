"""What the ledger promises, kept by PostgreSQL itself: whoever writes past the services is refused.

BEFORE a transfer its account is locked and everything about it is computed and checked; AFTER it the account is moved, and
only from the very state that was computed with. The balance is not moved BEFORE: `INSERT … ON CONFLICT DO NOTHING` would
drop the row and keep its side effect, and create money on each replay.
"""

from django.db import migrations

ACCOUNTS = """
CREATE FUNCTION credit_guard_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.balance <> 0 OR NEW.held <> 0 OR NEW.version <> 0 THEN
            RAISE EXCEPTION 'a ledger account opens at zero' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF TG_OP = 'UPDATE' THEN
        IF (NEW.kind, NEW.customer_id) IS DISTINCT FROM (OLD.kind, OLD.customer_id) THEN
            RAISE EXCEPTION 'a ledger account keeps its owner' USING ERRCODE = 'restrict_violation';
        END IF;
        IF (NEW.balance, NEW.held, NEW.version) IS DISTINCT FROM (OLD.balance, OLD.held, OLD.version)
                AND pg_trigger_depth() < 2 THEN
            RAISE EXCEPTION 'only transfers and holds move a balance' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% of % refused', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER credit_account_guard BEFORE INSERT OR UPDATE OR DELETE ON credit_ledgeraccount
    FOR EACH ROW EXECUTE FUNCTION credit_guard_account();
"""

REFUSE = """
CREATE FUNCTION credit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER credit_transfer_append_only BEFORE UPDATE OR DELETE ON credit_ledgertransfer
    FOR EACH ROW EXECUTE FUNCTION credit_refuse();
CREATE TRIGGER credit_close_append_only BEFORE UPDATE OR DELETE ON credit_periodclose
    FOR EACH ROW EXECUTE FUNCTION credit_refuse();
CREATE TRIGGER credit_hold_kept BEFORE DELETE ON credit_hold
    FOR EACH ROW EXECUTE FUNCTION credit_refuse();
CREATE TRIGGER credit_account_no_truncate BEFORE TRUNCATE ON credit_ledgeraccount
    FOR EACH STATEMENT EXECUTE FUNCTION credit_refuse();
CREATE TRIGGER credit_transfer_no_truncate BEFORE TRUNCATE ON credit_ledgertransfer
    FOR EACH STATEMENT EXECUTE FUNCTION credit_refuse();
CREATE TRIGGER credit_close_no_truncate BEFORE TRUNCATE ON credit_periodclose
    FOR EACH STATEMENT EXECUTE FUNCTION credit_refuse();
CREATE TRIGGER credit_hold_no_truncate BEFORE TRUNCATE ON credit_hold
    FOR EACH STATEMENT EXECUTE FUNCTION credit_refuse();
"""

TRANSFERS = """
CREATE FUNCTION credit_prepare_transfer() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    account credit_ledgeraccount;
    original credit_ledgertransfer;
    reserved credit_hold;
BEGIN
    IF (SELECT count(*) FROM credit_ledgeraccount WHERE id IN (NEW.debit_id, NEW.credit_id) AND kind = 'customer') <> 1 THEN
        RAISE EXCEPTION 'a transfer moves the credit of exactly one customer' USING ERRCODE = 'check_violation';
    END IF;
    SELECT * INTO account FROM credit_ledgeraccount
        WHERE id IN (NEW.debit_id, NEW.credit_id) AND kind = 'customer' FOR NO KEY UPDATE;
    IF EXISTS (SELECT FROM credit_ledgertransfer WHERE key = NEW.key) THEN
        RAISE EXCEPTION 'transfer % is in the ledger already', NEW.key
            USING ERRCODE = 'unique_violation', CONSTRAINT = 'ledger_transfer_key';
    END IF;
    IF EXISTS (SELECT FROM credit_periodclose
               WHERE account_id = account.id AND month >= date_trunc('month', NEW.booked_on)) THEN
        RAISE EXCEPTION 'the month of % is closed', NEW.booked_on
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_transfer_open_month';
    END IF;

    NEW.account_id := account.id;
    NEW.serial := account.version + 1;
    NEW.change := CASE WHEN NEW.credit_id = account.id THEN NEW.amount ELSE -NEW.amount END;
    NEW.balance_after := account.balance + NEW.change;
    NEW.captured := 0;

    IF NEW.reverses_id IS NOT NULL THEN
        SELECT * INTO original FROM credit_ledgertransfer WHERE id = NEW.reverses_id;
        IF (NEW.debit_id, NEW.credit_id, NEW.amount) IS DISTINCT FROM (original.credit_id, original.debit_id, original.amount)
                OR original.reverses_id IS NOT NULL THEN
            RAISE EXCEPTION 'a reversal mirrors its original' USING ERRCODE = 'check_violation';
        END IF;
        NEW.hold_id := original.hold_id;
    END IF;
    IF NEW.hold_id IS NOT NULL THEN
        SELECT * INTO reserved FROM credit_hold WHERE id = NEW.hold_id;
        IF reserved.account_id <> account.id OR NEW.code NOT IN ('work', 'reversal') THEN
            RAISE EXCEPTION 'a reservation pays for work of its own account' USING ERRCODE = 'check_violation';
        END IF;
        IF reserved.released_at IS NULL THEN
            NEW.captured := CASE WHEN NEW.reverses_id IS NOT NULL THEN -original.captured
                                 ELSE least(NEW.amount, reserved.amount - reserved.captured) END;
        END IF;
    END IF;
    IF NEW.change < 0 AND account.has_hard_limit
            AND NEW.balance_after - account.held + NEW.captured + account.overdraft_limit < 0 THEN
        RAISE EXCEPTION 'the transfer exceeds the hard limit of the account'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_transfer_hard_limit';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER credit_transfer_prepare BEFORE INSERT ON credit_ledgertransfer
    FOR EACH ROW EXECUTE FUNCTION credit_prepare_transfer();

CREATE FUNCTION credit_settle_transfer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE credit_ledgeraccount
       SET balance = NEW.balance_after, version = NEW.serial, held = held - NEW.captured
     WHERE id = NEW.account_id AND version = NEW.serial - 1 AND balance = NEW.balance_after - NEW.change;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'one transfer of an account in one statement' USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.captured <> 0 THEN
        UPDATE credit_hold SET captured = captured + NEW.captured WHERE id = NEW.hold_id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER credit_transfer_settle AFTER INSERT ON credit_ledgertransfer
    FOR EACH ROW EXECUTE FUNCTION credit_settle_transfer();
"""

HOLDS = """
CREATE FUNCTION credit_prepare_hold() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    account credit_ledgeraccount;
BEGIN
    SELECT * INTO account FROM credit_ledgeraccount WHERE id = NEW.account_id FOR NO KEY UPDATE;
    IF EXISTS (SELECT FROM credit_hold WHERE key = NEW.key) THEN
        RAISE EXCEPTION 'reservation % exists already', NEW.key
            USING ERRCODE = 'unique_violation', CONSTRAINT = 'hold_key';
    END IF;
    IF account.kind <> 'customer' OR NEW.captured <> 0 OR NEW.released_at IS NOT NULL THEN
        RAISE EXCEPTION 'a reservation begins whole, on the account of a customer' USING ERRCODE = 'check_violation';
    END IF;
    IF account.balance - account.held + account.overdraft_limit < NEW.amount THEN
        RAISE EXCEPTION 'the account does not cover the reservation'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'hold_covered';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER credit_hold_prepare BEFORE INSERT ON credit_hold FOR EACH ROW EXECUTE FUNCTION credit_prepare_hold();

CREATE FUNCTION credit_guard_hold() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.account_id, NEW.key, NEW.amount, NEW.created_at) IS DISTINCT FROM
            (OLD.account_id, OLD.key, OLD.amount, OLD.created_at)
            OR OLD.released_at IS NOT NULL
            OR NEW.captured <> OLD.captured AND pg_trigger_depth() < 2 THEN
        RAISE EXCEPTION 'a reservation is only captured by transfers and released once' USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.released_at IS NOT NULL AND pg_trigger_depth() < 2 THEN
        PERFORM 1 FROM credit_ledgeraccount WHERE id = NEW.account_id FOR NO KEY UPDATE;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER credit_hold_guard BEFORE UPDATE ON credit_hold FOR EACH ROW EXECUTE FUNCTION credit_guard_hold();

CREATE FUNCTION credit_settle_hold() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        UPDATE credit_ledgeraccount SET held = held + NEW.amount WHERE id = NEW.account_id
            AND balance - held + overdraft_limit >= NEW.amount;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'the account does not cover the reservations of one statement'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'hold_covered';
        END IF;
    ELSIF NEW.released_at IS NOT NULL AND OLD.released_at IS NULL THEN
        UPDATE credit_ledgeraccount SET held = held - (NEW.amount - NEW.captured) WHERE id = NEW.account_id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER credit_hold_settle AFTER INSERT OR UPDATE ON credit_hold FOR EACH ROW EXECUTE FUNCTION credit_settle_hold();
"""

CLOSES = """
CREATE FUNCTION credit_lock_close() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM credit_ledgeraccount WHERE id = NEW.account_id AND kind = 'customer' FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'a month is closed for a customer' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER credit_close_lock BEFORE INSERT ON credit_periodclose FOR EACH ROW EXECUTE FUNCTION credit_lock_close();
"""

VIEWS = """
CREATE VIEW credit_drift AS
SELECT a.id AS account_id, a.balance, coalesce(t.total, 0) AS transfers, a.held, coalesce(h.total, 0) AS holds
  FROM credit_ledgeraccount a
  LEFT JOIN (SELECT account_id, sum(change) AS total, count(*) AS number, max(serial) AS last
               FROM credit_ledgertransfer GROUP BY account_id) t ON t.account_id = a.id
  LEFT JOIN (SELECT account_id, sum(amount - captured) AS total
               FROM credit_hold WHERE released_at IS NULL GROUP BY account_id) h ON h.account_id = a.id
 WHERE a.balance <> coalesce(t.total, 0) OR a.held <> coalesce(h.total, 0)
    OR a.version <> coalesce(t.number, 0) OR a.version <> coalesce(t.last, 0);

CREATE VIEW credit_broken_chain AS
SELECT account_id, id AS transfer_id, balance_after
  FROM (SELECT t.*, coalesce(lag(balance_after) OVER (PARTITION BY account_id ORDER BY serial), 0) AS before
          FROM credit_ledgertransfer t) chained
 WHERE balance_after <> before + change OR abs(change) <> amount;
"""

DROP = """
DROP VIEW credit_broken_chain;
DROP VIEW credit_drift;
DROP FUNCTION credit_guard_account, credit_refuse, credit_prepare_transfer, credit_settle_transfer, credit_prepare_hold,
    credit_guard_hold, credit_settle_hold, credit_lock_close CASCADE;
"""


def open_supplier_accounts(apps, schema_editor):
    """The accounts on the other side of each transfer, one of a kind."""
    account = apps.get_model("credit", "LedgerAccount")
    for kind in ("comgate", "bank", "work", "correction", "expiry", "refund", "receivable"):
        account.objects.get_or_create(kind=kind)


class Migration(migrations.Migration):
    dependencies = [("credit", "0001_initial")]

    operations = [
        migrations.RunSQL(ACCOUNTS + REFUSE + TRANSFERS + HOLDS + CLOSES + VIEWS, DROP),
        migrations.RunPython(open_supplier_accounts, migrations.RunPython.noop),
    ]
