"""Trains the head of the learned verdict from files of judged sentences; writers held out in turn tell how good it is."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from modelhub.engine.encoders import Encoder
from modelhub.engine.types import ClaimText
from modelhub.engine.verifier import network_training
from modelhub.engine.verifier.alignment import Aligner
from modelhub.engine.verifier.evidence import evidence
from modelhub.engine.verifier.head import Head, Trees, pair_of
from modelhub.engine.verifier.network import Network, Pair
from modelhub.engine.verifier.rows import SentenceRow, read_rows
from modelhub.engine.verifier.verdict import about, certain, look

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Matrix = NDArray[np.float64]

FALSE = ("unsupported", "contradicted")
# Files that the rules were written by; what they find in all others is honest.
SHOWN = ("dev", "check", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")
UNSEEN_WEIGHT = 2.0
MADE_WEIGHT = 1.0
PENALTY = 0.03  # the inverse strength of the ridge
TREES = 150
NETWORKS = 2  # differ by their seed
PARTS = 6  # writers are held out by so many groups
REFUSED = 0.20


@dataclass(frozen=True)
class Examples:
    """Feature rows [n, f] with their names, whether each sentence is false, its writer, language and weight."""

    names: tuple[str, ...]
    values: Matrix
    false: NDArray[np.bool_]
    writer: NDArray[np.str_]
    chinese: NDArray[np.bool_]
    weight: Matrix
    made: NDArray[np.bool_]
    refused: NDArray[np.bool_]  # what the rules alone say
    closed: NDArray[np.bool_]  # where the rules have the last word
    pairs: Sequence[Pair] = ()  # token states in the networks' basis
    basis: NDArray[np.float32] | None = None


def features(aligner: Aligner, sentence: str, claims: Sequence[ClaimText]) -> dict[str, float]:
    """All named features of a sentence with at least one claim."""
    texts = tuple(about(claim) for claim in claims)
    return {**evidence(sentence, texts, look(sentence, texts)), **aligner.features(sentence, texts)}


def gather(aligner: Aligner, files: Sequence[Path], *, seed: int = 0) -> Examples:
    """Features of every judged sentence that has claims, and of some made from them. Measures the aligner's centre."""
    judged = [(path.stem.partition("-")[2], row) for path in files for row in read_rows(path)]
    judged = [(writer, row) for writer, row in judged if row.claims]
    aligner.measure_centre([t for _, row in judged for t in (row.sentence, *(about(c) for c in row.claims))])
    made = _made(judged, random.Random(seed))
    found = [features(aligner, row.sentence, row.claims) for _, row in judged + made]
    everything = judged + made
    texts = dict.fromkeys(text for _, row in everything for text in (row.sentence, *map(about, row.claims)))
    basis = network_training.basis([aligner.tokens([text])[0] for text in texts], seed)
    pairs = [pair_of(aligner, basis, row.sentence, [about(claim) for claim in row.claims]) for _, row in everything]
    aligner.forget_oldest()
    seen = [look(row.sentence, tuple(map(about, row.claims))) for _, row in everything]
    weight = [1.0 if writer in SHOWN else UNSEEN_WEIGHT for writer, _ in judged] + [MADE_WEIGHT] * len(made)
    names = tuple(found[0])
    return Examples(
        names,
        np.array([[one[name] for name in names] for one in found]),
        np.array([row.verdict in FALSE for _, row in everything]),
        np.array([writer for writer, _ in everything]),
        np.array([any("\u4e00" <= c <= "\u9fff" for c in row.sentence) for _, row in everything]),
        np.array(weight),
        np.array([False] * len(judged) + [True] * len(made)),
        np.array([one.verdict in FALSE for one in seen]),
        np.array([one.findings is None or certain(one) for one in seen]),
        pairs,
        basis,
    )


def _made(judged: Sequence[tuple[str, SentenceRow]], chance: random.Random) -> list[tuple[str, SentenceRow]]:
    """What files of judged sentences lack: claims or parts of them as they are (true), and other things (false)."""
    made = []
    for writer, row in judged:
        if row.verdict not in FALSE and row.verdict != "supported":
            continue
        if chance.random() < 0.2:
            claim = chance.choice(row.claims)
            made.append((writer, SentenceRow("", claim.text, row.claims, "supported", "copy")))
            parts = re.split(r"[;；]\s*", claim.text)
            if len(parts) > 1:
                part = chance.choice(parts)
                made.append((writer, SentenceRow("", part[:1].upper() + part[1:], row.claims, "supported", "part")))
        if chance.random() < 0.25:
            _, other = chance.choice(judged)
            if not {c.text for c in other.claims} & {c.text for c in row.claims}:
                made.append((writer, SentenceRow("", row.sentence, other.claims, "unsupported", "elsewhere")))
    return made


def fit(examples: Examples, rows: NDArray[np.bool_], centre: NDArray[np.float32], encoder: str) -> Head:
    """A head from some of the examples, with even odds as its thresholds."""
    from sklearn.ensemble import GradientBoostingClassifier
    from sklearn.linear_model import LogisticRegression

    values, false, weight = examples.values[rows], examples.false[rows], examples.weight[rows]
    mean, scale = values.mean(0), values.std(0)
    scale[scale < 1e-6] = 1.0
    linear = LogisticRegression(C=PENALTY, max_iter=2000).fit((values - mean) / scale, false, sample_weight=weight)
    boosted = GradientBoostingClassifier(
        n_estimators=TREES, learning_rate=0.08, max_depth=3, subsample=0.5, max_features=0.2, min_samples_leaf=15,
        random_state=0, init="zero",
    ).fit(values, false, sample_weight=weight)  # fmt: skip
    trees = _trees([one.tree_ for one in boosted.estimators_[:, 0]], boosted.learning_rate)
    even = {"en": 0.5, "zh": 0.5}
    return Head(
        examples.names, mean, scale, linear.coef_[0], float(linear.intercept_[0]), trees, even, centre, encoder,
        _networks(examples, rows),
    )  # fmt: skip


def _networks(examples: Examples, rows: NDArray[np.bool_]) -> tuple[Network, ...]:
    if examples.basis is None:
        return ()
    chosen = np.flatnonzero(rows).tolist()
    pairs, false, weight = [examples.pairs[i] for i in chosen], examples.false[rows], examples.weight[rows]
    return tuple(network_training.fit(pairs, false, weight, examples.basis, seed) for seed in range(NETWORKS))


def _trees(grown: Sequence[Any], rate: float) -> Trees:
    """Trees of any shape up to depth 3 as full ones: below an early leaf both ways lead to its value."""
    feature = np.zeros((len(grown), 7), np.int64)
    threshold = np.full((len(grown), 7), np.inf)
    leaf = np.zeros((len(grown), 8))
    for index, tree in enumerate(grown):
        places = [(0, 0)]
        for place, node in places:
            split = tree.children_left[node] >= 0
            if place >= 7:
                leaf[index, place - 7] = rate * tree.value[node, 0, 0]
                continue
            if split:
                feature[index, place], threshold[index, place] = tree.feature[node], tree.threshold[node]
            left, right = (tree.children_left[node], tree.children_right[node]) if split else (node, node)
            places += [(2 * place + 1, left), (2 * place + 2, right)]
    return Trees(feature, threshold, leaf)


def held_out(
    examples: Examples, centre: NDArray[np.float32], encoder: str, report: Callable[[str], None] = lambda _: None
) -> Matrix:
    """Each row's probability by a head that saw nothing of its writer, in either language; writers are left out by groups."""
    found = np.zeros(len(examples.false))
    writers = sorted(set(examples.writer))
    for part in range(PARTS):
        theirs = np.isin(examples.writer, writers[part::PARTS])
        head = fit(examples, ~theirs, centre, encoder)
        found[theirs] = head.scores(
            examples.values[theirs], [examples.pairs[i] for i in np.flatnonzero(theirs).tolist()]
        )
        report(f"writers judged unseen: {', '.join(writers[part::PARTS])}")
    return found


def train(
    encoder: Encoder, files: Sequence[Path], folder: Path, report: Callable[[str], None] = lambda _: None
) -> tuple[Examples, Matrix, NDArray[np.bool_]]:
    """Write a head to `folder`; returns the examples, their probabilities when their writer is held out, and which are refused."""
    aligner = Aligner(encoder)
    examples = gather(aligner, files)
    report(f"{len(examples.false)} sentences")
    probability = held_out(examples, aligner.centre, encoder.fingerprint, report)
    chosen = thresholds(examples, probability)
    everything = np.ones(len(examples.false), np.bool_)
    head = replace(fit(examples, everything, aligner.centre, encoder.fingerprint), thresholds=chosen)
    head.save(folder, {"card": f"Trained from {len(files)} files of judged sentences."})
    limit = np.where(examples.chinese, chosen["zh"], chosen["en"])
    return examples, probability, np.where(examples.closed, examples.refused, probability >= limit)


def thresholds(examples: Examples, probability: Matrix) -> dict[str, float]:
    """Per language, the probability from which on a sentence is refused: that of REFUSED of the true ones of writers unseen."""
    chosen = {}
    for name, chinese in (("en", False), ("zh", True)):
        honest = ~np.isin(examples.writer, SHOWN) & ~examples.made & (examples.chinese == chinese)
        chosen[name] = float(np.quantile(probability[honest & ~examples.false], 1 - REFUSED))
    return chosen
