"""Where the results of the hub's jobs can be looked at."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from core.models import Job
from core.services import job_results
from core.services.job_results import Made
from modelhub.models import Dataset, Evaluation, ModelVersion


@job_results.finds("hub.compare", "hub.draft-eval", "hub.verify-eval")
def evaluation(job: Job) -> Made | None:
    """The figures that a measurement wrote."""
    row = Evaluation.objects.filter(pk=job.result.get("evaluation")).first()
    return Made(_("Look at the figures"), reverse("hub-evaluation", args=[row.pk])) if row else None


@job_results.finds("hub.freeze", "hub.curve")
def dataset(job: Job) -> Made | None:
    """The dataset that was frozen, or whose curve was drawn."""
    row = Dataset.objects.filter(pk=job.result.get("dataset") or job.payload.get("dataset")).first()
    return Made(_("Look at the dataset"), row.get_absolute_url()) if row else None


@job_results.finds("hub.train", "hub.train-shipped")
def version(job: Job) -> Made | None:
    """The version that was trained."""
    rows = ModelVersion.objects.all()
    key, pk = job.result.get("version"), job.payload.get("version")
    row = rows.filter(key=key).first() if key else rows.filter(pk=pk).first()
    return Made(_("Look at the version"), reverse("hub-version", args=[row.key])) if row else None
