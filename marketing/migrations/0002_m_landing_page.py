"""A campaign may name the page its drafted mails lead to."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Add `landing_page`."""

    dependencies = [("marketing", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="campaign",
            name="landing_page",
            field=models.URLField(blank=True, default="", max_length=1000, verbose_name="landing page"),
        ),
    ]
