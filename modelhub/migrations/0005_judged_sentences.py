"""Sets of judged sentences for measuring verifiers; datasets keep the name of a segment that is deleted."""

import django.db.models.deletion
from django.apps.registry import Apps
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def name_places(apps: Apps, _editor: BaseDatabaseSchemaEditor) -> None:
    """Write the name of its segment on every dataset that has one."""
    datasets = apps.get_model("modelhub", "Dataset").objects
    for row in datasets.filter(segment__isnull=False).select_related("segment"):
        datasets.filter(pk=row.pk).update(place=row.segment.name_en[:240])


class Migration(migrations.Migration):

    dependencies = [
        ("modelhub", "0004_history_outlives_segments"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="dataset",
            name="place",
            field=models.CharField(blank=True, default="", editable=False, max_length=240, verbose_name="place"),
        ),
        migrations.RunPython(name_places, migrations.RunPython.noop),
        migrations.CreateModel(
            name="SentenceSet",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=100, unique=True, verbose_name="name")),
                ("digest", models.CharField(max_length=64, unique=True, verbose_name="digest")),
                ("rows", models.JSONField(default=list, verbose_name="sentences")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="loaded")),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
            ],
            options={
                "verbose_name": "set of judged sentences",
                "verbose_name_plural": "sets of judged sentences",
                "ordering": ["-id"],
            },
        ),
        migrations.AddField(
            model_name="evaluation",
            name="sentences",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="evaluations",
                to="modelhub.sentenceset",
                verbose_name="judged sentences",
            ),
        ),
    ]
