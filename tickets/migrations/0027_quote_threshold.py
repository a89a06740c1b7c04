"""Why work goes on past the threshold without a quote: what was recorded stays, and the message is the customer's own."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

GUARD = """
CREATE FUNCTION tickets_guard_quote_waiver() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        RAISE EXCEPTION '% of % refused', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.message_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM tickets_message WHERE id = NEW.message_id AND ticket_id = NEW.ticket_id AND NOT is_ours) THEN
        RAISE EXCEPTION 'the consent is a message of the customer to the same request' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER tickets_quote_waiver_guard BEFORE INSERT OR UPDATE OR DELETE ON tickets_quotewaiver
    FOR EACH ROW EXECUTE FUNCTION tickets_guard_quote_waiver();
CREATE TRIGGER tickets_quote_waiver_no_truncate BEFORE TRUNCATE ON tickets_quotewaiver
    FOR EACH STATEMENT EXECUTE FUNCTION tickets_guard_quote_waiver();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('tickets', '0026_intake'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name='ticketevent',
            name='kind',
            field=models.CharField(choices=[('filed', 'Založeno'), ('accepted', 'Převzetí potvrzeno'), ('escalated', 'Předáno řešiteli'), ('returned', 'Vráceno podpoře'), ('suspended', 'Pozastaveno'), ('resumed', 'Obnoveno'), ('resolved', 'Vyřešeno'), ('disputed', 'Reklamováno'), ('complaint_upheld', 'Reklamace uznána'), ('complaint_rejected', 'Reklamace zamítnuta'), ('confirmed', 'Vyřešení potvrzeno zákazníkem'), ('closed', 'Uzavřeno po lhůtě k reklamaci'), ('cancelled', 'Zrušeno'), ('withdrawn', 'Staženo zákazníkem'), ('reclassified', 'Změněn odstavec smlouvy'), ('message', 'Nová zpráva'), ('note', 'Interní poznámka'), ('attached', 'Přiložen soubor'), ('cooperation', 'Součinnost dodána'), ('status_asked', 'Vyžádán stav'), ('agreed', 'Dohodnuta cena nebo termín'), ('participants', 'Změněno, kdo vidí a píše'), ('linked', 'Propojeno s jiným požadavkem'), ('split', 'Oddělen nový požadavek'), ('annex', 'Zaevidována fyzická příloha'), ('subsupplier', 'Čeká na subdodavatele'), ('subsupplier_done', 'Subdodavatel odpověděl'), ('priced', 'Oprava je placená'), ('handed_over', 'Předáno jinému pracovníkovi'), ('quote_sent', 'Odeslána kalkulace'), ('quote_approved', 'Kalkulace schválena'), ('quote_refused', 'Kalkulace zamítnuta'), ('quote_expired', 'Platnost kalkulace skončila'), ('quote_withdrawn', 'Kalkulace stažena'), ('quote_warned', 'Kalkulace je vyčerpaná z\xa080\xa0%'), ('quote_spent', 'Kalkulace je vyčerpaná'), ('threshold_near', 'Práce bez kalkulace je na 80\xa0% prahu smlouvy'), ('threshold_reached', 'Práce bez kalkulace dosáhla prahu smlouvy'), ('unquoted', 'Pokračuje se bez kalkulace'), ('closed_refused', 'Uzavřeno po zamítnutí kalkulace'), ('consulted', 'Uzavřeno po telefonické konzultaci')], max_length=20, verbose_name='událost'),
        ),
        migrations.CreateModel(
            name='QuoteWaiver',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('way', models.CharField(choices=[('agreed', 'zákazník souhlasil písemně'), ('uncharged', 'práce nad práh se neúčtuje')], max_length=9, verbose_name='proč')),
                ('recorded_at', models.DateTimeField(verbose_name='zapsáno')),
                ('message', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tickets.message', verbose_name='zpráva zákazníka')),
                ('recorded_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='zapsal')),
                ('ticket', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='waivers', to='tickets.ticket', verbose_name='požadavek')),
            ],
            options={
                'verbose_name': 'práce bez kalkulace',
                'verbose_name_plural': 'práce bez kalkulace',
                'ordering': ['id'],
                'constraints': [models.UniqueConstraint(fields=('ticket', 'way'), name='quote_waiver_one_of_each'), models.CheckConstraint(condition=models.Q(models.Q(('message__isnull', False), ('way', 'agreed')), models.Q(('message__isnull', True), ('way', 'uncharged')), _connector='OR'), name='quote_waiver_agreed_in_writing')],
            },
        ),
        migrations.RunSQL(GUARD, "DROP FUNCTION tickets_guard_quote_waiver() CASCADE"),
    ]
