"""Put the hub's part of the sample in, around the corrections of its people, and take it away once their leads are gone."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from core.models import Segment, User
from core.services import samples
from modelhub.models import (
    Assignment,
    AssignmentChange,
    Dataset,
    Evaluation,
    Example,
    Feedback,
    ModelVersion,
    Prediction,
    TrainingRun,
)
from modelhub.samples import recorded
from modelhub.services import assignments, history, versions

PROMOTED = timedelta(days=10)  # ago; the dataset was frozen a day before
LATER = timedelta(hours=3)  # when a person looks at a message after it came
WHY = (
    "Eighteen held-out messages are too few to say, and they favour the shipped reader, for it read them first. "
    "This one learns from our own reps: try it in China, look again in four weeks."
)
TRIED, TAKEN_BACK = timedelta(days=8), timedelta(days=7, hours=19)
WHY_TRIED = "Nobody complained in China, so see what it makes of English."
WHY_BACK = "It learned from Chinese alone: two English tenders came back with next to nothing in them."


@samples.at("looked")
def promote(_told: samples.Told) -> None:
    """Let the recorded version serve China, so that it reads what was said since; how it came there follows at the end."""
    china = Segment.objects.filter(key="china", sample=True).first()
    if china is None or not recorded.there():
        return
    shutil.copytree(recorded.READER, versions.place(recorded.FOLDER), dirs_exist_ok=True)
    version = recorded.version()
    Assignment.objects.create(task="read", segment=china, version=version, by=_admin())


@samples.at("loaded")
def tell(told: samples.Told) -> None:
    """Date what people said, and write how the version came to be and to serve, and where it was taken back."""
    _date(told)
    version = ModelVersion.objects.filter(key=recorded.KEY).first()
    china = Segment.objects.filter(key="china", sample=True).first()
    if china is None or version is None:
        return
    by, now = _admin(), timezone.now()
    run = recorded.run(china, version, by=by, at=now - PROMOTED - timedelta(days=1))
    Assignment.objects.filter(task="read", segment=china).delete()
    assignments.assign("read", china, version, by=by, reason=WHY, seen="")
    at = now - PROMOTED
    AssignmentChange.objects.filter(version=version, segment=china).update(sample=True, at=at)
    Assignment.objects.filter(version=version, segment=china).update(at=at)
    ModelVersion.objects.filter(pk=version.pk).update(created_at=run.finished_at)
    _rolled_back(version, by, now)


def _admin() -> User:
    return User.objects.filter(sample=True, role=User.Role.ADMIN).earliest("pk")


def _date(told: samples.Told) -> None:
    """Set readings to just after each text was said, and what people said of them to some hours later."""
    now = timezone.now()
    for source, at in told.said.items():
        Prediction.objects.filter(source=source).update(created_at=at + timedelta(seconds=1))
        looked = min(at + LATER, now)
        Feedback.objects.filter(source=source).update(at=looked)
        Example.objects.filter(source=source).update(created_at=looked, updated_at=looked)


def _rolled_back(version: ModelVersion, by: User, now: datetime) -> None:
    """It was tried in another segment too, and taken back the same day."""
    segment = Segment.objects.filter(key="uk-ireland", sample=True).first()
    if segment is None:
        return
    made = assignments.assign("read", segment, version, by=by, reason=WHY_TRIED, seen="")
    tried = history.of("read", segment)[0]
    back = assignments.rollback("read", segment, by=by, seen=assignments.stamp(made), last=tried.pk)
    AssignmentChange.objects.filter(pk=tried.pk).update(sample=True, at=now - TRIED)
    AssignmentChange.objects.filter(pk=back.pk).update(sample=True, at=now - TAKEN_BACK, reason=WHY_BACK)


@samples.at("left")
def remove(_told: samples.Told) -> None:
    """Delete the run, its dataset and version, and the history of the sample; what an admin uses by now is kept as theirs."""
    AssignmentChange.objects.filter(sample=True).delete()
    people = User.objects.filter(sample=True)
    Assignment.objects.filter(Q(version__key=recorded.KEY) & (Q(by__in=people) | Q(segment__sample=True))).delete()
    for version in ModelVersion.objects.filter(key=recorded.KEY):
        if _in_use(version):
            TrainingRun.objects.filter(result=version).update(sample=False)
            continue
        TrainingRun.objects.filter(sample=True, result=version).delete()
        Evaluation.objects.filter(version=version).delete()
        version.delete()
        shutil.rmtree(versions.place(recorded.FOLDER), ignore_errors=True)
    Dataset.objects.filter(sample=True, runs__isnull=True).delete()
    Dataset.objects.filter(sample=True).update(sample=False)


def _in_use(version: ModelVersion) -> bool:
    changes = AssignmentChange.objects.filter(Q(version=version) | Q(before=version))
    others = (version.assignments, version.predictions, changes, Evaluation.objects.filter(beside=version))
    return any(rows.exists() for rows in others)
