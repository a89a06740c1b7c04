"""Published price lists and drawn minutes stay as they are; a package never gives more than it has."""

from django.db import migrations

PRICES = """
CREATE FUNCTION credit_guard_price_list() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.published_at IS NOT NULL THEN
        RAISE EXCEPTION 'a published price list is immutable' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER credit_price_list_guard BEFORE UPDATE OR DELETE ON credit_pricelist
    FOR EACH ROW EXECUTE FUNCTION credit_guard_price_list();

CREATE FUNCTION credit_guard_price_rate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM credit_pricelist WHERE published_at IS NOT NULL
               AND (TG_OP <> 'INSERT' AND id = OLD.price_list_id OR TG_OP <> 'DELETE' AND id = NEW.price_list_id)) THEN
        RAISE EXCEPTION 'a published price list is immutable' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER credit_price_rate_guard BEFORE INSERT OR UPDATE OR DELETE ON credit_pricerate
    FOR EACH ROW EXECUTE FUNCTION credit_guard_price_rate();
"""

PACKAGES = """
CREATE FUNCTION credit_guard_draw() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    bought integer;
    drawn integer;
BEGIN
    SELECT minutes INTO bought FROM credit_prepaidpackage WHERE id = NEW.package_id FOR NO KEY UPDATE;
    SELECT coalesce(sum(minutes), 0) INTO drawn FROM credit_packagedraw WHERE package_id = NEW.package_id;
    IF NOT drawn + NEW.minutes BETWEEN 0 AND bought THEN
        RAISE EXCEPTION 'a package gives no more than it has' USING ERRCODE = 'check_violation', CONSTRAINT = 'package_covers';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER credit_draw_guard BEFORE INSERT ON credit_packagedraw FOR EACH ROW EXECUTE FUNCTION credit_guard_draw();
CREATE TRIGGER credit_draw_append_only BEFORE UPDATE OR DELETE ON credit_packagedraw
    FOR EACH ROW EXECUTE FUNCTION credit_refuse();
CREATE TRIGGER credit_draw_no_truncate BEFORE TRUNCATE ON credit_packagedraw
    FOR EACH STATEMENT EXECUTE FUNCTION credit_refuse();

CREATE FUNCTION credit_guard_package() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM credit_packagedraw WHERE package_id = OLD.id)
            AND (NEW.contract_id, NEW.minutes, NEW.price) IS DISTINCT FROM (OLD.contract_id, OLD.minutes, OLD.price) THEN
        RAISE EXCEPTION 'a used package is not changed' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER credit_package_guard BEFORE UPDATE ON credit_prepaidpackage
    FOR EACH ROW EXECUTE FUNCTION credit_guard_package();
"""

DROP = """
DROP FUNCTION credit_guard_price_list, credit_guard_price_rate, credit_guard_draw, credit_guard_package CASCADE;
DROP TRIGGER credit_draw_append_only ON credit_packagedraw;
DROP TRIGGER credit_draw_no_truncate ON credit_packagedraw;
"""


class Migration(migrations.Migration):
    dependencies = [("credit", "0003_prices")]

    operations = [migrations.RunSQL(PRICES + PACKAGES, DROP)]
