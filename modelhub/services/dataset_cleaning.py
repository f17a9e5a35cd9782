"""What is taken out or put together before examples are frozen: copies, contradictions, and texts that would give a test away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from modelhub.engine import corpus, language, near_duplicates
from modelhub.engine.datasets import group_key


@dataclass(slots=True)
class Draft:
    """An example on its way into a dataset. `bound` ones must be trained on; `dropped` names labels that no need has."""

    source: str
    text: str
    language: str
    labels: dict[str, bool]
    spans: dict[str, list[list[int]]]
    unknown: list[str]
    group: str
    dropped: list[str] = field(default_factory=list)
    bound: bool = False


def clean(drafts: Sequence[Draft], *, with_corpus: bool) -> tuple[list[Draft], dict[str, Any]]:
    """The rows to freeze, and what was found. The newest example comes first and is the one that is kept of copies.

    Findings name sources, never words: {"examples", "empty", "duplicates", "conflicts", "alike", "evaluation", "corpus",
    "labels"}.
    """
    dropped = Counter(label for draft in drafts for label in draft.dropped)
    filled = [draft for draft in drafts if group_key(draft.text)]
    rows, duplicates, conflicts = _merge(filled)
    given_away = corpus.text_keys(corpus.EVALUATION)
    leaks = [row.source for row in rows if group_key(row.text) in given_away]
    rows = [row for row in rows if group_key(row.text) not in given_away]
    for row in rows:
        row.language = row.language or language.detect(row.text).code
    alike, bound = _tie(rows, with_corpus)
    findings = {
        "examples": len(drafts), "empty": len(drafts) - len(filled), "duplicates": duplicates, "conflicts": conflicts,
        "alike": alike, "evaluation": leaks, "corpus": bound, "labels": dict(dropped),
    }  # fmt: skip
    return rows, findings


def _merge(drafts: Sequence[Draft]) -> tuple[list[Draft], list[str], list[dict[str, Any]]]:
    """One row a text, the sources left out, and where two people said different things (unknown from then on)."""
    kept: dict[str, Draft] = {}
    contradicted: dict[str, set[str]] = {}
    left_out = []
    for draft in drafts:
        first = kept.setdefault(group_key(draft.text), draft)
        if first is draft:
            continue
        left_out.append(draft.source)
        disputed = contradicted.setdefault(first.source, set())
        disputed |= {need for need, holds in draft.labels.items() if first.labels.get(need, holds) != holds}
        same = first.text == draft.text
        for need, holds in draft.labels.items():
            if need not in first.labels:
                first.labels[need] = holds
                if holds:
                    first.spans[need] = draft.spans.get(need, []) if same else []
        first.unknown = sorted((set(first.unknown) | set(draft.unknown)) - set(first.labels))
    for row in kept.values():
        for need in contradicted.get(row.source, ()):
            row.labels.pop(need)
            row.spans.pop(need, None)
            row.unknown = sorted({*row.unknown, need})
    conflicts = [{"source": source, "needs": sorted(needs)} for source, needs in contradicted.items() if needs]
    return list(kept.values()), left_out, conflicts


def _tie(rows: Sequence[Draft], with_corpus: bool) -> tuple[int, list[str]]:
    """Put groups that hold near-duplicates together; returns how many pairs, and the sources that resemble the corpus."""
    shipped = [message.text for message in corpus.load_all(corpus.TRAIN)] if with_corpus else []
    parent = {row.group: row.group for row in rows}

    def root(group: str) -> str:
        while parent[group] != group:
            group = parent[group]
        return group

    pairs = near_duplicates.pairs([*(row.text for row in rows), *shipped], len(rows))
    inside = [(i, j) for i, j in pairs if j < len(rows)]
    for i, j in inside:
        one, other = sorted((root(rows[i].group), root(rows[j].group)))
        parent[other] = one
    for i, j in pairs:
        rows[i].bound |= j >= len(rows)
    for row in rows:
        row.group = root(row.group)
    return len(inside), [row.source for row in rows if row.bound]
