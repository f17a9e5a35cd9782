"""Freeze labelled examples into a dataset: cleaned, split by customer, counted, and given a digest; and read it back."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core.models import Need, Segment, User
from core.services import audit
from modelhub.engine import corpus, group_split
from modelhub.engine.corpus import Message
from modelhub.models import Dataset, DatasetRow, Example, Prediction
from modelhub.services import dataset_cleaning
from modelhub.services.dataset_cleaning import Draft

LEAST = 20  # rows; with fewer neither training nor comparing says anything
HELD_OUT = 0.25


@dataclass(frozen=True, slots=True)
class Ready:
    """What is to be frozen: the dataset's own values, its rows and their sides, and what was found in them."""

    values: dict[str, Any]
    rows: Sequence[Draft]
    splits: Sequence[str]
    findings: dict[str, Any]


def freeze(
    name: str,
    *,
    segment: Segment | None = None,
    with_corpus: bool = True,
    origins: Collection[str] = (),
    by: User | None = None,
    seed: int = 0,
) -> Dataset:
    """Freeze the examples of a segment and those below it (all without one; only some origins if named).

    The same examples under the same name give the dataset that is there already. Raises ValidationError if they are too
    few, or all of one customer.
    """
    return write(prepare(name, segment=segment, with_corpus=with_corpus, origins=origins, seed=seed), by=by)


def prepare(
    name: str,
    *,
    segment: Segment | None,
    with_corpus: bool,
    origins: Collection[str],
    seed: int = 0,
    tell: Callable[[int], None] = lambda _done: None,
) -> Ready:
    """Clean and split the examples without writing anything; `tell` hears after each of two steps. Raises as `freeze` does."""
    drafts = _drafts(list(_chosen(segment, origins)))
    rows, findings = dataset_cleaning.clean(drafts, with_corpus=with_corpus)
    tell(1)
    if len(rows) < LEAST:
        raise ValidationError(
            _(
                "%(n)s usable examples are there, %(least)s are needed. Confirm or correct more messages, or load a file."
            )
            % {"n": len(rows), "least": LEAST}
        )
    held = _split(rows, seed)
    if not held:
        raise ValidationError(
            _("All of these examples belong together, so none can be held out. Add examples of another customer.")
        )
    findings["origins"] = sorted(origins)
    splits = [DatasetRow.Split.TEST if row.group in held else DatasetRow.Split.TRAIN for row in rows]
    shipped = corpus_digest() if with_corpus else ""
    values = {
        "name": name, "segment": segment, "with_corpus": with_corpus, "corpus_digest": shipped,
        "digest": _digest(rows, splits, shipped),
    }  # fmt: skip
    tell(2)
    return Ready(values, rows, splits, findings)


def write(ready: Ready, *, by: User | None) -> Dataset:
    """Write what was prepared, or return the same that is there. Raises ValidationError if an example was erased meanwhile."""
    with transaction.atomic():
        _hold([row.source for row in ready.rows])
        there = Dataset.objects.select_for_update().filter(**ready.values, forgotten=0).first()
        return there or _write(ready.values, ready.rows, ready.splits, ready.findings, by)


def count(segment: Segment | None, origins: Collection[str]) -> int:
    """How many examples would be frozen, before they are cleaned."""
    return _chosen(segment, origins).count()


def messages(dataset: Dataset, split: str, *, weight: float = 1.0) -> list[Message]:
    """Rows of one side ("train" or "test") as the engine sees them; the shipped corpus is not among them."""
    return [
        Message(
            id=row.source,
            language=row.language,
            text=row.text,
            needs={
                need: tuple((a, b) for a, b in row.spans.get(need, [])) for need, holds in row.labels.items() if holds
            },
            writer=row.group,
            unknown=tuple(row.unknown),
            weight=weight,
        )
        for row in dataset.rows.filter(split=split)
    ]


def corpus_digest() -> str:
    """sha256 over the files of the shipped training corpus."""
    parts = [hashlib.sha256(path.read_bytes()).hexdigest() for path in corpus.files(corpus.TRAIN)]
    return hashlib.sha256("".join(parts).encode()).hexdigest()


def outdated(dataset: Dataset) -> bool:
    """Whether the shipped corpus is another than the dataset was frozen with; runs on it are refused then."""
    return dataset.with_corpus and dataset.corpus_digest != corpus_digest()


def within(segment: Segment) -> list[int]:
    """Ids of a segment and all below it."""
    above = dict(Segment.objects.values_list("pk", "parent_id"))
    found = [segment.pk]
    for place in found:
        found.extend(pk for pk, parent in above.items() if parent == place)
    return found


def _chosen(segment: Segment | None, origins: Collection[str]) -> QuerySet[Example]:
    rows = Example.objects.order_by("-updated_at", "-pk")
    if segment is not None:
        rows = rows.filter(segment__in=within(segment))
    if origins:
        rows = rows.filter(origin__in=origins)
    return rows


def _drafts(examples: Sequence[Example]) -> list[Draft]:
    """What is known of each example; needs that were predicted and never judged are unknown, all others absent."""
    known = set(Need.objects.values_list("key", flat=True))
    predicted = _predicted([example.source for example in examples])
    drafts = []
    for example in examples:
        labels = {need: bool(holds) for need, holds in example.labels.items() if need in known}
        drafts.append(
            Draft(
                source=example.source,
                text=example.text,
                language=example.language,
                labels=labels,
                spans={need: example.spans.get(need, []) for need, holds in labels.items() if holds},
                unknown=sorted((predicted.get(example.source, set()) & known) - set(labels)),
                group=example.group or example.source,
                dropped=sorted(set(example.labels) - known),
            )
        )
    return drafts


def _hold(sources: Sequence[str]) -> None:
    """Lock the examples that are frozen, so that one forgotten from now on is forgotten in the dataset too.

    Raises ValidationError if one is gone already.
    """
    for start in range(0, len(sources), 500):
        chunk = sources[start : start + 500]
        there = Example.objects.select_for_update().filter(source__in=chunk).order_by("pk")
        if len(there.values_list("pk")) < len(chunk):
            raise ValidationError(_("An example was erased meanwhile. Nothing was frozen; freeze again."))


def _predicted(sources: Sequence[str]) -> dict[str, set[str]]:
    """Needs that the latest reading of each source listed."""
    found: dict[str, set[str]] = {}
    for start in range(0, len(sources), 500):
        rows = Prediction.objects.filter(source__in=sources[start : start + 500], task="read").order_by("pk")
        for source, output in rows.values_list("source", "output"):
            found[source] = {str(need["need"]) for need in output.get("needs", [])}
    return found


def _split(rows: Sequence[Draft], seed: int) -> set[str]:
    """Groups to hold out; what resembles a text of the shipped corpus stays in training."""
    groups: dict[str, Counter[str]] = {}
    bound = {row.group for row in rows if row.bound}
    for row in rows:
        if row.group not in bound:
            marks = [f"{row.language} {need}" for need, holds in row.labels.items() if holds]
            groups.setdefault(row.group, Counter()).update([*marks, "rows"])
    held = group_split.held_out(groups, HELD_OUT, seed)
    return set() if held == {row.group for row in rows} else held


def _digest(rows: Sequence[Draft], splits: Sequence[str], shipped: str) -> str:
    lines = sorted(
        json.dumps([r.source, r.text, r.language, r.labels, r.spans, r.unknown, r.group, split], sort_keys=True)
        for r, split in zip(rows, splits, strict=True)
    )
    return hashlib.sha256("\n".join([shipped, *lines]).encode()).hexdigest()


def _counts(rows: Sequence[Draft], splits: Iterable[str]) -> dict[str, Any]:
    counts: dict[str, Any] = {"train": {}, "test": {}, "rows": {"train": {}, "test": {}}}
    for row, split in zip(rows, splits, strict=True):
        tally = counts["rows"][split]
        tally[row.language] = tally.get(row.language, 0) + 1
        needs = counts[split].setdefault(row.language, {})
        for need, holds in row.labels.items():
            if holds:
                needs[need] = needs.get(need, 0) + 1
    return counts


def _write(
    values: dict[str, Any], rows: Sequence[Draft], splits: Sequence[str], findings: dict[str, Any], by: User | None
) -> Dataset:
    dataset = Dataset.objects.create(**values, counts=_counts(rows, splits), findings=findings, by=by)
    DatasetRow.objects.bulk_create(
        [
            DatasetRow(
                dataset=dataset, source=row.source, text=row.text, language=row.language, labels=row.labels,
                spans=row.spans, unknown=row.unknown, group=row.group[:80], split=split,
            )
            for row, split in zip(rows, splits, strict=True)
        ],
        batch_size=500,
    )  # fmt: skip
    audit.record("freeze", dataset, by=by, after={"rows": len(rows), "digest": dataset.digest})
    return dataset
