"""Labelled messages: needs with quoted spans, one JSON row a line; reading them, checking them, and targets for clauses."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelhub.engine import clauses
from modelhub.engine.datasets import group_key
from modelhub.engine.failures import DatasetError
from modelhub.engine.types import NeedDefinition

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CORPUS = Path(__file__).resolve().parent.parent / "corpus"
TRAIN = CORPUS / "train"
EVALUATION = CORPUS / "evaluation"
CharSpan = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Message:
    """A labelled message. `needs` maps a need to its quotes as character offsets; `writer` names the file it came from.

    `unknown` lists needs that nobody judged: the text teaches and measures them neither way. `weight` is how much it
    counts in training.
    """

    id: str
    language: str
    text: str
    needs: Mapping[str, tuple[CharSpan, ...]]
    hard: tuple[str, ...] = ()
    writer: str = ""
    unknown: tuple[str, ...] = ()
    weight: float = 1.0


def load(path: Path) -> list[Message]:
    """Rows of one file. Raises DatasetError naming the file, the line and what is wrong."""
    try:
        lines = path.read_text("utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(f"{path} cannot be read: {error}") from None
    return [_message(line, f"{path.name} line {n}", path.stem) for n, line in enumerate(lines, 1) if line.strip()]


def load_all(folder: Path) -> list[Message]:
    """All rows of a folder's en*.jsonl and zh*.jsonl, in alphabetical order. Raises DatasetError if there are none."""
    found = [message for path in files(folder) for message in load(path)]
    if not found:
        raise DatasetError(f"{folder} holds no messages to learn from")
    return found


def files(folder: Path) -> list[Path]:
    """The files of labelled messages in a folder, in alphabetical order; what is named otherwise is something else."""
    return sorted([*folder.glob("en*.jsonl"), *folder.glob("zh*.jsonl")])


def definitions(path: Path) -> list[NeedDefinition]:
    """Need definitions from a JSON list with key, facet, name_*, description_* and examples_*."""
    rows = json.loads(path.read_text("utf-8"))
    return [
        NeedDefinition(
            row["key"],
            row["facet"],
            {code: row[f"name_{code}"] for code in ("en", "zh")},
            {code: row.get(f"description_{code}", "") for code in ("en", "zh")},
            {code: tuple(row.get(f"examples_{code}", ())) for code in ("en", "zh")},
        )
        for row in rows
    ]


def examples(definitions: Sequence[NeedDefinition], needs: Sequence[str]) -> list[Message]:
    """The examples of need definitions as messages whose whole text is the quote."""
    return [
        Message(f"{need.key}-{code}-{n}", code, text, {need.key: ((0, len(text)),)}, writer="definitions")
        for need in definitions
        if need.key in needs
        for code, texts in need.examples.items()
        for n, text in enumerate(texts)
        if text.strip()
    ]


def digest(messages: Sequence[Message]) -> str:
    """sha256 over texts and labels: what a trained version records about its data."""
    rows = [
        json.dumps([m.text, sorted((k, list(v)) for k, v in m.needs.items())], ensure_ascii=False) for m in messages
    ]
    return hashlib.sha256("\n".join(sorted(rows)).encode()).hexdigest()


def text_keys(folder: Path) -> set[str]:
    """`datasets.group_key` of every text in a folder of labelled messages; labels are not looked at."""
    lines = (line for path in files(folder) for line in path.read_text("utf-8").split("\n") if line.strip())
    return {group_key(str(json.loads(line)["text"])) for line in lines}


def presence(messages: Sequence[Message], needs: Sequence[str]) -> NDArray[np.bool_]:
    """bool [messages, needs]: which needs a message has."""
    import numpy as np

    return np.array([[need in m.needs for need in needs] for m in messages], bool).reshape(len(messages), len(needs))


def judged(messages: Sequence[Message], needs: Sequence[str]) -> NDArray[np.bool_]:
    """bool [messages, needs]: what somebody knows of each message; False where a need is in `unknown`."""
    import numpy as np

    return np.array([[need not in m.unknown for need in needs] for m in messages], bool).reshape(
        len(messages), len(needs)
    )


def clause_weights(message: Message, parts: Sequence[clauses.Clause], needs: Sequence[str]) -> NDArray[np.float32]:
    """float32 [clauses, needs]: how much a clause counts for a need; 0 where nobody knows whether the clause says it.

    That is so for unknown needs, and for a need without a quote in a message of several clauses.
    """
    import numpy as np

    weights = np.full((len(parts), len(needs)), message.weight, np.float32)
    for column, need in enumerate(needs):
        if need in message.unknown or (need in message.needs and not message.needs[need] and len(parts) > 1):
            weights[:, column] = 0
    return weights


def clause_targets(message: Message, parts: Sequence[clauses.Clause], needs: Sequence[str]) -> NDArray[np.float32]:
    """float32 [clauses, needs]: 1 where a quote covers half of a clause; a quote's best clause always counts."""
    import numpy as np

    place = {need: i for i, need in enumerate(needs)}
    targets = np.zeros((len(parts), len(needs)), np.float32)
    for need, quotes in message.needs.items():
        if need not in place:
            continue
        if not quotes and len(parts) == 1:  # nobody pointed at the words, but there is only one place they can be
            quotes = ((parts[0].start, parts[0].end),)
        for start, end in quotes:
            covered = [max(0, min(end, part.end) - max(start, part.start)) for part in parts]
            if not covered or not max(covered):
                continue
            targets[covered.index(max(covered)), place[need]] = 1
            for row, (part, count) in enumerate(zip(parts, covered, strict=True)):
                if 2 * count >= part.end - part.start:
                    targets[row, place[need]] = 1
    return targets


def _message(line: str, place: str, writer: str) -> Message:
    try:
        row = json.loads(line)
        text = row["text"]
        needs = {need["need"]: tuple((int(a), int(b)) for a, b in need["spans"]) for need in row["needs"]}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DatasetError(f"{place}: not a labelled message ({type(error).__name__}: {error})") from None
    _check(text, needs, place)
    return Message(
        str(row.get("id", place)), str(row.get("language", "")), text, needs, tuple(row.get("hard", ())), writer
    )


def _check(text: Any, needs: Mapping[str, tuple[CharSpan, ...]], place: str) -> None:
    if not isinstance(text, str):
        raise DatasetError(f"{place}: `text` is not a text")
    for need, quotes in needs.items():
        for start, end in quotes:
            if not 0 <= start < end <= len(text):
                raise DatasetError(f"{place}: a quote of {need} lies outside the text")
