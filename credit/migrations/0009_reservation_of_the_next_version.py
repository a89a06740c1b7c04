"""What a reservation paid goes back into the one that has taken its place.

A new version of a quote has a reservation of its own, smaller by what was worked under the earlier ones. When such work is
reversed, its price is reserved again in the new one: what is reserved stays what the ceiling leaves.
"""

from django.db import migrations, models

BEFORE = """
CREATE OR REPLACE FUNCTION credit_prepare_transfer() RETURNS trigger LANGUAGE plpgsql AS $$
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
"""
AFTER = """
CREATE OR REPLACE FUNCTION credit_prepare_transfer() RETURNS trigger LANGUAGE plpgsql AS $$
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
        IF original.hold_id IS NULL AND NEW.hold_id IS NOT NULL THEN
            RAISE EXCEPTION 'what no reservation paid goes back into none' USING ERRCODE = 'check_violation';
        END IF;
        NEW.hold_id := coalesce(NEW.hold_id, original.hold_id);
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
"""


class Migration(migrations.Migration):
    dependencies = [("credit", "0008_lighter_transfers")]

    operations = [
        migrations.RemoveConstraint(model_name="hold", name="hold_captured_within"),
        migrations.AddConstraint(
            model_name="hold",
            constraint=models.CheckConstraint(
                condition=models.Q(("captured__lte", models.F("amount"))), name="hold_captured_within"
            ),
        ),
        migrations.RunSQL(AFTER, BEFORE),
    ]
