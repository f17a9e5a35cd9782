"""Load sets of judged sentences, which verifiers are measured with: all rows of a file, or none and why."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from core.models import User
from core.services import audit
from modelhub.engine import labelled_files, sentence_evaluation
from modelhub.engine.labelled_files import Unreadable
from modelhub.engine.types import ClaimText
from modelhub.engine.verifier.rows import BadRow, SentenceRow, parse_row
from modelhub.models import SentenceSet

SHIPPED = gettext_noop("shipped sentences")
LIMIT = 2 * 1024 * 1024  # bytes
MOST = 5_000  # sentences
TOLD = 5  # rows that a refusal names
SHORTEST = 10  # characters: what is shorter stands in anybody's mail


class Refused(ValidationError):
    """Nothing of the file was loaded; the text says why, row by row."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """The new set, sentences that stood in the file twice, and those the shipped verifier was trained on."""

    made: SentenceSet
    twice: int
    known: int


def load(data: bytes, *, name: str, by: User) -> Loaded:
    """Keep the sentences of a file under a name. Raises Refused."""
    if not data.strip():
        raise Refused(_("The file holds nothing. Nothing was loaded."))
    check_size(len(data))
    check_name(name)
    rows, twice = _once(_parse(data))
    _check(rows)
    kept = [_as_json(row) for _number, row in rows]
    digest = hashlib.sha256(json.dumps(kept, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
    known = sum(sentence_evaluation.mark(row) in sentence_evaluation.trained_on() for _number, row in rows)
    try:
        with transaction.atomic():
            made = SentenceSet.objects.create(name=name, digest=digest, rows=kept, by=by)
            audit.record("load", made, by=by, after={"sentences": len(kept)})
    except IntegrityError:
        raise Refused(_("A set with this name, or with the same sentences, is here already.")) from None
    return Loaded(made, twice, known)


def check_size(size: int) -> None:
    """Raise Refused if a file of so many bytes is too big to be loaded; for before it is read."""
    if size > LIMIT:
        raise Refused(_("The file is too big: 2 MB can be loaded at once. Nothing was loaded; split it."))


def check_name(name: str) -> None:
    """Raise Refused if pages would take a set of this name for the one that ships."""
    taken = set()
    for code, _language in settings.LANGUAGES:
        with translation.override(code):
            taken.add(_(SHIPPED).casefold())
    if name.strip().casefold() in taken:
        text = _("“%(name)s” is what the sentences that ship go by. Nothing was loaded; choose another name.")
        raise Refused(text % {"name": name.strip()})


def remove(made: SentenceSet, *, by: User) -> None:
    """Delete a set and what was measured on it: the gate goes by it no longer."""
    with transaction.atomic():
        audit.record("delete", made, by=by, before={"name": made.name, "sentences": len(made.rows)})
        made.delete()


def forget(text: str) -> int:
    """Drop, in the caller's transaction, sentences that stand in an erased text, and rows that hold all of it; returns how many.

    A part of the text that a longer sentence quotes is not found.

    A set keeps its digest; one of which nothing is left goes. What was measured stays: figures quote nobody.
    """
    erased = _flat(text)
    lost = 0
    for made in SentenceSet.objects.select_for_update() if len(erased) >= SHORTEST else ():
        kept = [raw for raw in made.rows if not _tells(raw, erased)]
        if len(kept) == len(made.rows):
            continue
        lost += len(made.rows) - len(kept)
        audit.record("erase", made, by=None, before={"sentences": len(made.rows)}, after={"sentences": len(kept)})
        if kept:
            SentenceSet.objects.filter(pk=made.pk).update(rows=kept)
        else:
            made.delete()
    return lost


def _tells(raw: dict[str, Any], erased: str) -> bool:
    """Whether a row tells what a person wrote. Claims and names of products are ours, wherever a customer repeats them."""
    said, claims = _flat(raw["sentence"]), [_flat(claim["text"]) for claim in raw["claims"]]
    return (len(said) >= SHORTEST and said in erased) or any(erased in part for part in (said, *claims))


def _flat(text: str) -> str:
    return " ".join(text.split()).strip(" .!?。！？").casefold()


def rows_of(made: SentenceSet | None) -> list[SentenceRow]:
    """The sentences of a set; of those that ship without one."""
    return sentence_evaluation.shipped() if made is None else [as_row(raw) for raw in made.rows]


def as_row(raw: dict[str, Any]) -> SentenceRow:
    """A kept row as the engine reads it."""
    claims = tuple(ClaimText(claim["id"], claim["text"], about=claim.get("about", "")) for claim in raw["claims"])
    return SentenceRow(raw["id"], raw["sentence"], claims, raw["verdict"])


def counts(made: SentenceSet) -> dict[str, int]:
    """How many sentences a set holds, and how many of them do not hold."""
    false = sum(raw["verdict"] in sentence_evaluation.FALSE for raw in made.rows)
    return {"n": len(made.rows), "false": false, "true": len(made.rows) - false}


def _parse(data: bytes) -> list[tuple[int, SentenceRow]]:
    """Rows with their numbers. Raises Refused naming the rows that cannot be used."""
    try:
        text, _encoding = labelled_files.decode(data)
    except Unreadable:
        raise Refused(_("This is no text file. Save it as JSON lines, in UTF-8, and load it again.")) from None
    rows: list[tuple[int, SentenceRow]] = []
    bad: list[tuple[int, str]] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = parse_row(line, number, name="")
        except BadRow as error:
            bad.append((number, error.code))
            continue
        code = _problem(row)
        if code:
            bad.append((number, code))
        rows.append((number, row))
    if bad:
        raise _refusal([_("Row %(row)d %(why)s.") % {"row": number, "why": _why(code)} for number, code in bad])
    return rows


def _problem(row: SentenceRow) -> str:
    if not row.sentence.strip():
        return "empty"
    claims = [text for claim in row.claims for text in (claim.id, claim.text, claim.about)]
    if any("\x00" in text for text in (str(row.id), row.sentence, *claims)):
        return "nul"
    return "" if row.verdict in sentence_evaluation.VERDICTS else "verdict"


def _once(rows: Sequence[tuple[int, SentenceRow]]) -> tuple[list[tuple[int, SentenceRow]], int]:
    """Each sentence with its claims once, and how many were copies. Raises Refused where copies are judged differently."""
    first: dict[str, tuple[int, SentenceRow]] = {}
    torn: list[str] = []
    for number, row in rows:
        before, kept = first.setdefault(sentence_evaluation.mark(row), (number, row))
        if (kept.verdict in sentence_evaluation.FALSE) != (row.verdict in sentence_evaluation.FALSE):
            text = _("Rows %(row)d and %(other)d hold the same sentence and claims, and are judged differently.")
            torn.append(text % {"row": before, "other": number})
    if torn:
        raise _refusal(torn)
    return list(first.values()), len(rows) - len(first)


def _check(rows: Sequence[tuple[int, SentenceRow]]) -> None:
    if len(rows) > MOST:
        raise Refused(_("The file has more than 5,000 sentences. Nothing was loaded; split it."))
    kinds = {row.verdict in sentence_evaluation.FALSE for _number, row in rows}
    if len(kinds) < 2:
        raise Refused(
            _(
                "Both kinds are wanted, sentences that hold and sentences that do not; here is one kind. Nothing was loaded."
            )
        )


def _refusal(lines: Sequence[str]) -> Refused:
    more = len(lines) - TOLD
    rest = ngettext("And %(n)d row more.", "And %(n)d rows more.", more) % {"n": more} if more > 0 else ""
    return Refused(" ".join(filter(None, [*lines[:TOLD], rest, _("Nothing was loaded.")])))


def _why(code: str) -> str:
    texts = {
        "json": _("is no JSON object"), "deep": _("is no JSON object"), "object": _("is no JSON object"),
        "id": _("has no “id”"), "sentence": _("has no “sentence”"), "empty": _("has no “sentence”"),
        "claims": _("has no list “claims”"), "claim": _("has a claim without “id” and “text”"),
        "nul": _("holds a character that is no text"),
        "verdict": _("has no “verdict” of these: supported, unsupported, contradicted, no-claim-needed"),
    }  # fmt: skip
    return texts[code]


def _as_json(row: SentenceRow) -> dict[str, Any]:
    claims = [{"id": claim.id, "text": claim.text, "about": claim.about} for claim in row.claims]
    return {"id": row.id, "sentence": row.sentence, "claims": claims, "verdict": row.verdict}
