"""Draft a pitch with the version assigned to a segment, every sentence judged, and keep a prediction of it."""

from __future__ import annotations

import hashlib
import json
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from modelhub.engine.failures import EngineError
from modelhub.engine.types import Draft, DraftRequest
from modelhub.engine.verifier.second_opinion import is_alone
from modelhub.interface import DraftResult
from modelhub.models import ModelVersion, Prediction
from modelhub.services import building, serving, verifying


class OtherLanguage(EngineError):
    """The version does not write the language asked for; that is no fault of its."""


def draft(source: str, segment: int | None, request: DraftRequest) -> DraftResult:
    """Write one pitch. A version that cannot write leaves it to the next, in the end to the composer, and a note says so.

    Raises EngineError only if the shipped composer and verifier cannot work either.
    """
    local, verifier = verifying.local(segment), verifying.Assigned(segment)
    chain = serving.chain("draft", segment)
    writers = [candidate for candidate in chain if _writes(candidate.version, request.language)]
    skipped = [_other_language(c.version) for c in chain[: _first(chain, writers)]]
    began = time.perf_counter()
    answer = serving.ask(
        writers, "draft", lambda engine, _version: building.drafter(engine, local, verifier).draft(request)
    )
    made = _confirmed(answer.value, request, segment)
    took_ms = (time.perf_counter() - began) * 1000
    notes = (*skipped, *answer.notes, *_replaced_note(made, answer.version), *_alone_note(made))
    row = Prediction.objects.create(
        source=source,
        task=ModelVersion.Task.DRAFT,
        version=answer.version,
        segment_id=segment,
        input_hash=digest(request),
        language=request.language,
        output=_output(made, notes),
        took_ms=took_ms,
    )
    return DraftResult(made, row.pk, answer.serving, notes)


def digest(request: DraftRequest) -> str:
    """The hash that stands for a request in a prediction."""
    words = json.dumps(asdict(request), sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(words.encode("utf-8", "surrogatepass")).hexdigest()


def _writes(version: ModelVersion, language: str) -> bool:
    languages = version.config.get("languages")
    return not languages or language in languages


def _first(chain: Sequence[Any], writers: Sequence[Any]) -> int:
    return chain.index(writers[0]) if writers else len(chain)


def _other_language(version: ModelVersion) -> str:
    return _("%(name)s does not write this language.") % {"name": version.name}


def _replaced_note(draft: Draft, version: ModelVersion) -> tuple[str, ...]:
    replaced = sum(sentence.replaced for sentence in draft.sentences)
    if not replaced:
        return ()
    text = ngettext(
        "%(n)d sentence of %(name)s said what no claim supports; a composed one stands in its place.",
        "%(n)d sentences of %(name)s said what no claim supports; composed ones stand in their place.",
        replaced,
    )
    return (text % {"n": replaced, "name": version.name},)


def _confirmed(draft: Draft, request: DraftRequest, segment: int | None) -> Draft:
    """The draft with the word of the segment's verifier on the sentences that the composer made."""
    claims = {claim.id: claim for claim in request.claims}
    found = {place: one for place, one in enumerate(draft.sentences) if not one.verdict.by}
    items = [
        (one.text, [claims[key] for key in one.verdict.claims or one.claims if key in claims]) for one in found.values()
    ]
    verdicts = verifying.confirm(items, [one.verdict for one in found.values()], segment)
    judged = dict(zip(found, verdicts, strict=True))
    return replace(
        draft,
        sentences=tuple(
            replace(one, verdict=judged.get(place, one.verdict)) for place, one in enumerate(draft.sentences)
        ),
    )


def _alone_note(draft: Draft) -> tuple[str, ...]:
    alone = sum(is_alone(sentence.verdict) for sentence in draft.sentences)
    text = ngettext(
        "%(n)d sentence was judged without the second opinion it was to have.",
        "%(n)d sentences were judged without the second opinion they were to have.",
        alone,
    )
    return (text % {"n": alone},) if alone else ()


def _output(draft: Draft, notes: Sequence[str]) -> dict[str, Any]:
    """Counts and claims only: the sentences themselves are kept with the pitch, where its access rules hold."""
    return {
        "sentences": len(draft.sentences),
        "verdicts": dict(Counter(sentence.verdict.verdict for sentence in draft.sentences)),
        "replaced": sum(sentence.replaced for sentence in draft.sentences),
        "claims": sorted({claim for sentence in draft.sentences for claim in sentence.claims}),
        "notes": list(notes),
    }
