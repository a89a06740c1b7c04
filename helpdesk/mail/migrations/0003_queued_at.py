from django.db import migrations, models
from django.utils import timezone


class Migration(migrations.Migration):

    dependencies = [
        ('mail', '0002_letters'),
    ]

    operations = [
        migrations.AddField(
            model_name='outgoingmail',
            name='queued_at',
            field=models.DateTimeField(default=timezone.now, editable=False, verbose_name='ve frontě od'),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name='outgoingmail',
            name='state',
            field=models.CharField(choices=[('queued', 'čeká na odeslání'), ('sending', 'odesílá se'), ('sent', 'odesláno'), ('kept', 'jen uloženo'), ('failed', 'neodesláno')], default='queued', max_length=10, verbose_name='stav'),
        ),
    ]
