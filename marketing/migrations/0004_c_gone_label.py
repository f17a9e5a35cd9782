from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('marketing', '0003_c_suppression_reasons'),
    ]

    operations = [
        migrations.AlterField(
            model_name='delivery',
            name='reason',
            field=models.CharField(blank=True, choices=[('no-consent', 'No consent'), ('unsubscribed', 'Unsubscribed'), ('suppressed', 'Address is suppressed'), ('no-address', 'No address'), ('gone', 'Contact was deleted'), ('duplicate', 'Address is there already'), ('no-copy', 'No copy in that language'), ('missing', 'A personal part is missing'), ('cancelled', 'Campaign was cancelled'), ('replied', 'Replied meanwhile')], default='', max_length=12, verbose_name='why skipped'),
        ),
    ]
