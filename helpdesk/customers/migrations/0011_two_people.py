"""Changes of terms that wait for a second person, and what one person did alone; both keep what was written."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


GUARDS = """
CREATE FUNCTION customers_guard_pending_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'UPDATE' OR OLD.state <> 'waiting'
            OR (NEW.model, NEW.object_id, NEW.customer_id, NEW.what, NEW.before, NEW.values, NEW.amount, NEW.asked_by_id,
                NEW.asked_at)
               IS DISTINCT FROM
               (OLD.model, OLD.object_id, OLD.customer_id, OLD.what, OLD.before, OLD.values, OLD.amount, OLD.asked_by_id,
                OLD.asked_at) THEN
        RAISE EXCEPTION 'a change is decided once and keeps what was proposed' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER customers_pending_change_guard BEFORE UPDATE OR DELETE ON customers_pendingchange
    FOR EACH ROW EXECUTE FUNCTION customers_guard_pending_change();

CREATE FUNCTION customers_keep_unconfirmed_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER customers_unconfirmed_change_append_only BEFORE UPDATE OR DELETE ON customers_unconfirmedchange
    FOR EACH ROW EXECUTE FUNCTION customers_keep_unconfirmed_change();
CREATE TRIGGER customers_unconfirmed_change_no_truncate BEFORE TRUNCATE ON customers_unconfirmedchange
    FOR EACH STATEMENT EXECUTE FUNCTION customers_keep_unconfirmed_change();
"""
DROP = "DROP FUNCTION customers_guard_pending_change, customers_keep_unconfirmed_change CASCADE"


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0010_audit'),
    ]

    operations = [
        migrations.CreateModel(
            name='PendingChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('model', models.CharField(max_length=60, verbose_name='druh záznamu')),
                ('object_id', models.BigIntegerField(blank=True, null=True, verbose_name='záznam')),
                ('what', models.CharField(max_length=300, verbose_name='čeho se týká')),
                ('before', models.JSONField(default=dict, verbose_name='dosud')),
                ('values', models.JSONField(default=dict, verbose_name='nově')),
                ('amount', models.DecimalField(decimal_places=2, max_digits=14, verbose_name='váha (Kč bez DPH)')),
                ('state', models.CharField(choices=[('waiting', 'čeká na druhou osobu'), ('done', 'provedeno'), ('refused', 'zamítnuto')], default='waiting', max_length=8, verbose_name='stav')),
                ('asked_at', models.DateTimeField(verbose_name='navrženo')),
                ('decided_at', models.DateTimeField(blank=True, null=True, verbose_name='rozhodnuto')),
                ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='navrhl')),
                ('customer', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.customer', verbose_name='zákazník')),
                ('decided_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='rozhodl')),
            ],
            options={
                'verbose_name': 'změna k potvrzení',
                'verbose_name_plural': 'změny k potvrzení',
                'ordering': ['-id'],
                'permissions': [('confirm_change', 'Smí potvrzovat změny, které navrhl někdo jiný')],
                'indexes': [models.Index(condition=models.Q(('state', 'waiting')), fields=['model', 'object_id'], name='pending_change_of')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('decided_at__isnull', True), ('decided_by__isnull', True), ('state', 'waiting')), models.Q(models.Q(('state', 'waiting'), _negated=True), ('decided_at__isnull', False), ('decided_by__isnull', False)), _connector='OR'), name='pending_change_decided'), models.CheckConstraint(condition=models.Q(('decided_by', models.F('asked_by')), ('state', 'done'), _negated=True), name='pending_change_two_people')],
            },
        ),
        migrations.CreateModel(
            name='UnconfirmedChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('what', models.CharField(max_length=300, verbose_name='co')),
                ('amount', models.DecimalField(decimal_places=2, max_digits=14, verbose_name='částka (Kč bez DPH)')),
                ('made_at', models.DateTimeField(verbose_name='kdy')),
                ('made_on', models.DateField(verbose_name='den')),
                ('customer', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.customer', verbose_name='zákazník')),
                ('made_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='kdo')),
            ],
            options={
                'verbose_name': 'změna jednou osobou',
                'verbose_name_plural': 'změny jednou osobou',
                'ordering': ['id'],
                'indexes': [models.Index(fields=['customer', 'made_on'], name='unconfirmed_of_day')],
                'constraints': [models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='unconfirmed_change_weighs')],
            },
        ),
        migrations.RunSQL(GUARDS, DROP),
    ]
