import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0013_czech_order_of_rows'),
    ]

    operations = [
        migrations.AddField(
            model_name='contract',
            name='specification_above_minutes',
            field=models.PositiveIntegerField(blank=True, help_text='Totéž podle času. Je-li vyplněno obojí, platí, čeho se dosáhne dřív.', null=True, verbose_name='rozsáhlejší požadavek nad (min práce)'),
        ),
        migrations.AddField(
            model_name='historicalcontract',
            name='specification_above_minutes',
            field=models.PositiveIntegerField(blank=True, help_text='Totéž podle času. Je-li vyplněno obojí, platí, čeho se dosáhne dřív.', null=True, verbose_name='rozsáhlejší požadavek nad (min práce)'),
        ),
        migrations.AlterField(
            model_name='contract',
            name='specification_above',
            field=models.DecimalField(blank=True, decimal_places=2, help_text='Placená práce bez schválené kalkulace tu končí, vyšší kalkulace má technickou specifikaci. Prázdné: nikdy.', max_digits=12, null=True, validators=[django.core.validators.MinValueValidator(0)], verbose_name='rozsáhlejší požadavek nad (Kč bez DPH)'),
        ),
        migrations.AlterField(
            model_name='historicalcontract',
            name='specification_above',
            field=models.DecimalField(blank=True, decimal_places=2, help_text='Placená práce bez schválené kalkulace tu končí, vyšší kalkulace má technickou specifikaci. Prázdné: nikdy.', max_digits=12, null=True, validators=[django.core.validators.MinValueValidator(0)], verbose_name='rozsáhlejší požadavek nad (Kč bez DPH)'),
        ),
    ]
