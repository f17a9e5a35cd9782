"""The work of the hub, by job kind."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from core.models import Job
from core.services import jobs
from modelhub.services import (
    comparisons,
    draft_evaluation,
    erasing,
    freezing,
    learning_curves,
    loading_files,
    run_work,
    runs,
    shipped_training,
    verifier_evaluation,
)

# evaluation


@jobs.handles("hub.compare", queue="ml", lease_seconds=60, label=_("Compare a version with the one that serves"))
def compare(rows: Sequence[Job]) -> None:
    """Read held-out messages with two versions and write the figures side by side."""
    comparisons.work(rows)


@jobs.handles("hub.curve", queue="ml", lease_seconds=60, label=_("Draw a learning curve"))
def curve(rows: Sequence[Job]) -> None:
    """Train on shares of a dataset."""
    learning_curves.work(rows)


@jobs.handles("hub.draft-eval", queue="ml", lease_seconds=60, label=_("Measure a drafting version"))
def measure_drafts(rows: Sequence[Job]) -> None:
    """Let a version write the fixed requests."""
    draft_evaluation.work(rows)


@jobs.handles("hub.verify-eval", queue="ml", lease_seconds=60, label=_("Measure a verifying version"))
def measure_verifier(rows: Sequence[Job]) -> None:
    """Let a version judge sentences whose truth is known."""
    verifier_evaluation.work(rows)


# datasets


@jobs.handles("hub.freeze", lease_seconds=60, label=_("Freeze a dataset"))
def freeze(rows: Sequence[Job]) -> None:
    """Freeze many examples; no model is asked, so it need not wait behind a training, nor readings behind it."""
    freezing.work(rows)


# training


@jobs.handles("hub.train", queue="ml", lease_seconds=30, failed=runs.failed, label=_("Train a model"))
def train(rows: Sequence[Job]) -> None:
    """Work a training run."""
    run_work.work(rows)


@jobs.handles("hub.train-shipped", queue="ml", lease_seconds=60, label=_("Train a shipped reader"))
def train_shipped(rows: Sequence[Job]) -> None:
    """Train a reader that ships untrained."""
    shipped_training.work(rows)


@jobs.handles("hub.erase", queue="ml", lease_seconds=60, label=_("Take erased texts out of a version"))
def erase(rows: Sequence[Job]) -> None:
    """Save versions anew without the vectors of single clauses."""
    erasing.work(rows)


# examples


@jobs.handles("hub.load-examples", lease_seconds=60, failed=loading_files.failed, label=_("Load labelled texts"))
def load_examples(rows: Sequence[Job]) -> None:
    """Load files of labelled texts."""
    loading_files.work(rows)
