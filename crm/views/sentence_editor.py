"""The editor of sentences that rest on claims: pitches and campaign copies look and act alike by it.

Its templates are `crm/_sentence*.html`. They take `editor`, `lines`, `editable`, `editing`, `typed`, and what `beside` returns.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from core.services.edits import Stale
from crm.models import Claim
from crm.services import nearest
from crm.services.verdicts import Standing

_FIGURE = re.compile(r"\d[\d.,]*\s?%?")


@dataclass(frozen=True, slots=True)
class Editor:
    """Where the editor of one text lives, and the addresses that change its sentences."""

    here: str  # the page
    target: str  # id of what htmx replaces by the answer
    language: str
    version: int  # of the text, as the person saw it
    add: str  # takes a new sentence
    verbs: str  # what the names of the verbs' addresses begin with
    poll: str  # name of the address of one sentence, asked while it waits
    used: str  # template that says where a claim is used
    asks: bool = False  # whether those who keep the claims can be asked for one
    help: str = ""  # template of what stands under the box

    @property
    def query(self) -> str:
        """The page's address, open for one more parameter."""
        return self.here + ("&" if "?" in self.here else "?")

    @property
    def lang(self) -> str:
        """The language as HTML names it."""
        return "zh-Hans" if self.language == "zh" else self.language


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence as the editor draws it; `near` is where an unsupported one may be rewritten from."""

    standing: Standing[Any]
    begins: bool  # a paragraph, and not the first
    near: nearest.Nearest | None = None


def lines(standings: Sequence[Standing[Any]], language: str, usable: Callable[[], QuerySet[Claim]]) -> list[Line]:
    """Say where paragraphs begin, and hang the nearest claim on each sentence that nothing supports.

    `usable` returns the claims the text may rest on; it is asked only where a sentence is stuck.
    """
    stuck = any(one.unsupported for one in standings)
    good, pool = (set(usable().values_list("pk", flat=True)), nearest.ours()) if stuck else (set(), [])
    found, last = [], None
    for one in standings:
        near = nearest.find(one.sentence.text, language, good, pool) if one.unsupported else None
        found.append(Line(one, last is not None and one.sentence.paragraph != last, near))
        last = one.sentence.paragraph
    return found


def beside(
    request: HttpRequest, editor: Editor, standings: Sequence[Standing[Any]], usable: Callable[[], QuerySet[Claim]]
) -> dict[str, Any] | None:
    """Return what was asked to stand at the right: those of the claims `usable` returns to add from, or one with its evidence.

    None if neither was asked for.
    """
    if request.GET.get("from_claim"):
        used = {claim.pk for one in standings for claim in one.claims}
        return {"aside": "pick", "pool": [claim for claim in usable() if claim.pk not in used]}
    claim = chosen(request, "GET")
    if claim is None:
        return None
    asked = number(request.GET.get("sentence"))
    standing = next((one for one in standings if one.sentence.pk == asked), None)
    text = standing.sentence.text if standing else ""
    return {
        "aside": "claim", "claim": claim, "open_claim": claim.pk, "standing": standing,
        "proofs": list(claim.evidence.all()), "pieces": figures(claim.text_in(editor.language), text),
    }  # fmt: skip


def chosen(request: HttpRequest, method: str = "POST") -> Claim | None:
    """Return the claim that the address or form names, if the person may see it."""
    asked = number(getattr(request, method).get("claim"))
    found: Claim | None = Claim.objects.for_user(request.user).filter(pk=asked).first()
    return found


def change(service: Any, verb: str, request: HttpRequest, row: Any) -> None:
    """Do a verb of the editor: `service` is the module that keeps these sentences. Raises Stale, ValidationError."""
    by, seen = request.user, number(request.POST.get("version"))
    if verb == "edit":
        service.edit(row, request.POST.get("text", ""), by=by, expected=seen)
    elif verb == "rewrite":
        claim = chosen(request)
        if claim is None:
            raise ValidationError(_("That claim is gone. Choose another one."))
        service.rewrite(row, claim, by=by, expected=seen)
    elif verb == "move":
        service.move(row, number(request.POST.get("to")) or 1, by=by, expected=seen)
    elif verb == "recheck":
        service.recheck(row, by=by)
    else:
        {"remove": service.remove, "split": service.split}[verb](row, by=by, expected=seen)


def tried(work: Callable[[], Any], typed: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """Do it; return the status, and what the page shows besides: why it was refused, and what was `typed`."""
    try:
        work()
    except Stale as error:
        return 409, {**typed, "problem": str(error)}
    except ValidationError as error:
        return 422, {**typed, "problem": " ".join(error.messages)}
    return 200, {}


def figures(text: str, sentence: str) -> list[tuple[str, bool]]:
    """Cut a claim into stretches, those figures marked that the sentence repeats."""
    shared = {figure.strip() for figure in _FIGURE.findall(sentence)}
    pieces: list[tuple[str, bool]] = []
    end = 0
    for match in _FIGURE.finditer(text):
        if match.group().strip() in shared:
            pieces += [(text[end : match.start()], False), (match.group(), True)]
            end = match.end()
    return [piece for piece in [*pieces, (text[end:], False)] if piece[0]]


def number(value: str | None) -> int:
    """Read an id or version out of a form or address; 0 for anything else."""
    return int(value) if value and value.isdecimal() and len(value) < 19 else 0
