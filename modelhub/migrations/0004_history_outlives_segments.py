"""Keep the history of assignments when their segment is deleted: the row stays, with the segment's name."""

import django.db.models.deletion
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def name_places(apps: Apps, _editor: BaseDatabaseSchemaEditor) -> None:
    """Write the name of its segment on every change that has one."""
    change = apps.get_model("modelhub", "AssignmentChange")
    for row in change.objects.filter(segment__isnull=False).select_related("segment"):
        change.objects.filter(pk=row.pk).update(place=row.segment.name_en[:240])


class Migration(migrations.Migration):

    dependencies = [
        ("core", "0002_need_shipped"),
        ("modelhub", "0003_offers"),
    ]

    operations = [
        migrations.AddField(
            model_name="assignmentchange",
            name="place",
            field=models.CharField(blank=True, default="", editable=False, max_length=240, verbose_name="place"),
        ),
        migrations.AlterField(
            model_name="assignmentchange",
            name="segment",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                to="core.segment",
                verbose_name="segment",
            ),
        ),
        migrations.RunPython(name_places, migrations.RunPython.noop),
    ]
