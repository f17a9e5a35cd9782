"""A version beside the one that serves, on the same held-out messages; worked by the `ml` worker, kept as evaluations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from core.models import Job, Need, User
from core.services import jobs
from modelhub.engine import comparison, corpus, packs
from modelhub.engine.comparison import Answers
from modelhub.engine.corpus import Message
from modelhub.engine.datasets import group_key
from modelhub.engine.failures import EngineError
from modelhub.models import Dataset, DatasetRow, Evaluation, ModelVersion
from modelhub.services import engine_words, inheritance, loading, versions

SHIPPED_SET = gettext_noop("shipped evaluation set")
CHANGED = 300  # rows whose answer changed that are kept to be read


class _Stopped(Exception):
    """The job was cancelled, or taken by another worker."""


@dataclass(frozen=True, slots=True)
class _HeldOut:
    """Messages nobody trained on, and the set they are from; `data` is None for the shipped ones, shown to nobody.

    `known` counts rows that were left out because one of the two readers was trained on them.
    """

    name: str
    data: Dataset | None
    messages: list[Message]
    known: int = 0


def request(version: ModelVersion, dataset: Dataset | None, *, by: User | None = None) -> Job:
    """Queue the comparison of a reader with the version that serves the dataset's segment; an open twin is returned.

    Without a dataset, or where it holds nothing out, the shipped evaluation messages are read, for the figures only.
    Raises ValueError for a version of another task.
    """
    if version.task != ModelVersion.Task.READ:
        raise ValueError("only readers are compared on messages")
    payload = {"version": version.pk, "dataset": dataset.pk if dataset else None}
    return jobs.enqueue("hub.compare", payload, dedupe_key=f"compare:{version.pk}:{payload['dataset']}", by=by)


def latest(version: ModelVersion) -> Evaluation | None:
    """The latest measurement of a version over all languages; None if there is none."""
    rows = Evaluation.objects.filter(version=version, language="").select_related("beside", "data")
    return rows.order_by("-at", "-pk").first()  # a repeated one keeps its row


def beside(version: ModelVersion, dataset: Dataset | None) -> ModelVersion | None:
    """The version to compare with: the one that serves the dataset's segment, or the next in line if it serves itself."""
    chain = inheritance.chain("read", dataset.segment_id if dataset else None)
    others = [one.version for one in chain if one.version.pk != version.pk]
    return next((other for other in others if other.state == ModelVersion.State.READY), None)


def held_out(dataset: Dataset | None) -> list[Message]:
    """The held-out rows of a dataset as labelled messages; their ids are those of the rows."""
    return [as_message(row) for row in _test_rows(dataset)]


def as_message(row: DatasetRow) -> Message:
    """A frozen row as the engine reads it: needs that hold with their quotes, and those nobody judged."""
    needs = {
        need: tuple((int(start), int(end)) for start, end in row.spans.get(need, []))
        for need, holds in row.labels.items()
        if holds
    }
    return Message(str(row.pk), row.language, row.text, needs, unknown=tuple(row.unknown))


def work(rows: Sequence[Job]) -> None:
    """Compare, for each of these jobs. Raises Unworkable, with the reason, if the new version cannot be loaded or read."""
    for job in rows:
        try:
            with jobs.held(rows):
                made = _measure(job)
        except _Stopped:
            continue
        result: dict[str, int] = {}
        with jobs.finishing(job, note=made[0].told[:300], result=result):
            kept = [_keep(one) for one in made]
            result["evaluation"] = kept[0].pk


@dataclass(frozen=True, slots=True)
class _Made:
    """One evaluation to be written."""

    version: int
    beside: ModelVersion | None
    found: _HeldOut
    language: str
    n: int
    figures: dict[str, Any]
    comparison: dict[str, Any]
    told: str = ""


def _measure(job: Job) -> list[_Made]:
    version = ModelVersion.objects.filter(pk=job.payload["version"]).first()
    if version is None:
        raise jobs.Unworkable(_("The version is no longer there."))
    dataset = Dataset.objects.filter(pk=job.payload["dataset"]).first() if job.payload["dataset"] else None
    other = beside(version, dataset)
    found = _find(dataset, version, other)
    total = len(found.messages) * (2 if other else 1)
    try:
        new = _ask(version, found.messages, _reporter(job, 0, total))
    except (loading.NotAvailable, EngineError, MemoryError) as error:
        text = _("%(name)s could not be measured: %(why)s")
        raise jobs.Unworkable(text % {"name": version.name, "why": _why(error)}) from None
    old, notes = None, []
    if found.known:
        text = _("%(n)s held-out messages were left out: one of the two was trained on them, or on the same customer.")
        notes.append(text % {"n": found.known})
    if other is not None:
        try:
            old = _ask(other, found.messages, _reporter(job, len(found.messages), total))
        except (loading.NotAvailable, EngineError, MemoryError) as error:
            why = {"name": other.name, "why": _why(error)}
            notes.append(_("%(name)s serves but could not be read for the comparison: %(why)s") % why)
            other = None
    return _rows(version, other, found, new, old, notes)


def _find(dataset: Dataset | None, version: ModelVersion, other: ModelVersion | None) -> _HeldOut:
    """Held-out rows that neither reader was trained on; the next dataset may hold out what an earlier one did not."""
    rows = _test_rows(dataset)
    known = _trained_on(version, other) if rows else set()
    own = [as_message(row) for row in rows if known.isdisjoint(_marks(row.source, row.group, row.text))]
    if dataset is not None and own:
        return _HeldOut(dataset.name, dataset, own, len(rows) - len(own))
    return _HeldOut(SHIPPED_SET, None, corpus.load_all(corpus.EVALUATION), len(rows))


def _test_rows(dataset: Dataset | None) -> list[DatasetRow]:
    return list(DatasetRow.objects.filter(dataset=dataset, split=DatasetRow.Split.TEST)) if dataset else []


def _trained_on(*versions: ModelVersion | None) -> set[tuple[str, str]]:
    """Marks of all rows that the runs of these versions learned from."""
    made = [version for version in versions if version is not None]
    rows = DatasetRow.objects.filter(dataset__runs__result__in=made, split=DatasetRow.Split.TRAIN)
    return {mark for row in rows.values_list("source", "group", "text") for mark in _marks(*row)}


def _marks(source: str, group: str, text: str) -> set[tuple[str, str]]:
    """By what a row is known again: its source, its customer, its text."""
    found = {("source", source), ("text", group_key(text))}
    return found | {("group", group)} if group else found


def _ask(version: ModelVersion, messages: Sequence[Message], report: Callable[[int], None]) -> Answers:
    return comparison.ask(loading.engine(version), messages, report)


def _reporter(job: Job, before: int, total: int) -> Callable[[int], None]:
    def report(done: int) -> None:
        if not jobs.progress(job, before + done, total):
            raise _Stopped

    return report


def _rows(
    version: ModelVersion,
    other: ModelVersion | None,
    found: _HeldOut,
    new: Answers,
    old: Answers | None,
    notes: Sequence[str],
) -> list[_Made]:
    """The evaluation over all languages first, then one for each."""
    active = set(Need.objects.filter(active=True).values_list("key", flat=True))
    labelled = {need for message in found.messages for need in message.needs}
    needs = sorted(active)
    languages = sorted({message.language for message in found.messages})
    made = []
    for language in ["", *languages]:
        places = [i for i, message in enumerate(found.messages) if not language or message.language == language]
        chosen = [found.messages[i] for i in places]
        figures = comparison.figures(chosen, needs, new.of(places))
        figures |= {"memory_mb": memory_mb(version), "left_out": sorted(labelled - active)}
        beside_it: dict[str, Any] = {"notes": list(notes)}
        if other is not None and old is not None:
            beside_it |= _beside(chosen, needs, new.of(places), old.of(places))
            beside_it["figures"] |= {"memory_mb": memory_mb(other)}
            if not language:
                beside_it |= _one_by_one(chosen, needs, new, old, found)
        made.append(_Made(version.pk, other, found, language, len(chosen), figures, beside_it, " ".join(notes)))
    return made


def _beside(messages: Sequence[Message], needs: Sequence[str], new: Answers, old: Answers) -> dict[str, Any]:
    return {
        "figures": comparison.figures(messages, needs, old),
        "differences": comparison.differences(messages, needs, new, old),
    }


def _one_by_one(
    messages: Sequence[Message], needs: Sequence[str], new: Answers, old: Answers, found: _HeldOut
) -> dict[str, Any]:
    """Per need differences and the rows whose answer changed; of the shipped set only how many."""
    rows = comparison.changed(messages, needs, new, old)
    better = sum(row["errors"][0] < row["errors"][1] for row in rows)
    worse = sum(row["errors"][0] > row["errors"][1] for row in rows)
    rows.sort(key=lambda row: -abs(row["errors"][0] - row["errors"][1]))
    return {
        "needs": comparison.need_differences(messages, needs, new, old),
        "changed": {"n": len(rows), "better": better, "worse": worse, "rows": rows[:CHANGED] if found.data else []},
    }


def _keep(made: _Made) -> Evaluation:
    """Write it in the place of an earlier one of the same pair on the same set."""
    row, _created = Evaluation.objects.update_or_create(
        version_id=made.version, beside=made.beside, data=made.found.data, dataset=made.found.name[:120],
        language=made.language,
        defaults={"n": made.n, "figures": made.figures, "comparison": made.comparison, "at": timezone.now()},
    )  # fmt: skip
    return row


def _why(error: Exception) -> str:
    return engine_words.told(str(error)) or type(error).__name__


def memory_mb(version: ModelVersion) -> int | None:
    """Megabytes of the version's weights and its base's; None for what runs elsewhere."""
    own = versions.size(version)
    base = versions.packs_root() / version.base.key if version.base else None
    shared = packs.size(base) if base and base.is_dir() else 0
    return round((own + shared) / 1e6) if own is not None else None
