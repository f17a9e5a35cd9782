"""What the pitch editor shows; the page, its fragments and its refused forms all draw from here."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from core.models import Need
from crm.forms.pitches import contacts_of
from crm.models import Contact, Lead, Pitch, PitchDelivery, PitchSentence, Requirement, Stage
from crm.services import claims, subjects, verdicts, wording
from crm.services.competitors import WinRate, wilson
from crm.services.verdicts import Standing
from crm.views import sentence_editor
from crm.views.access import edit_ids
from crm.views.sentence_editor import Editor, lines, number

WAITING = (Pitch.State.DRAFTING, Pitch.State.SENDING)


@dataclass(frozen=True, slots=True)
class Answer:
    """A need of the lead, and the sentences (numbers) that answer it; `gap`: none does, and no claim could."""

    need: Need
    sentences: tuple[int, ...]
    gap: bool = False


def context(request: HttpRequest, pitch: Pitch, **extra: Any) -> dict[str, Any]:
    """Everything the editor shows; `extra` holds what was refused, so that it stays where it happened."""
    standings = verdicts.of(pitch)
    may_edit = bool(edit_ids(Pitch.objects.all(), request.user, [pitch]))
    blocking = [standing for standing in standings if standing.blocks]
    subject, asked = subjects.standing(pitch), pitch.open and not request.GET.get("edit") and not request.GET.get("add")
    delivery = PitchDelivery.objects.filter(pitch=pitch).first()
    rows = [standing.sentence for standing in standings]
    answers = answers_of(pitch, standings)
    found = {
        "pitch": pitch, "lead": pitch.lead, "may_edit": may_edit, "editable": may_edit and pitch.open,
        "editor": editor_of(pitch), "lines": lines(standings, pitch.language, partial(claims.for_lead, pitch.lead)),
        "subject_line": subject, "blocking": bool(blocking) or subject.blocks, "stuck": [row for row in blocking if row.unsupported],
        "checking": [row for row in blocking if row.waiting], "waiting": (pitch.state in WAITING and not (delivery and delivery.unclear)) or (subject.waiting and asked),
        "tabs": tabs(request, pitch), "delivery": delivery, "words": wording.count(rows), "answers": answers,
        "answered": sum(bool(answer.sentences) for answer in answers), "changed": changed(pitch, rows),
        "editing": number(request.GET.get("edit")), "open_part": request.GET.get("edit", ""), "adding": bool(request.GET.get("add")),
        "outcomes": Pitch.Outcome.choices, "contacts": contacts_of(pitch.lead, request.user),
    }  # fmt: skip
    return found | refusal(request, pitch) | beside(request, pitch) | aside(request, pitch, standings) | extra


def refusal(request: HttpRequest, pitch: Pitch) -> dict[str, bool]:
    """Return whether the pitch failed by a mail server's reply, and then whether the reader may look at the address."""
    refused = pitch.state == Pitch.State.FAILED and pitch.problem[:3].isdigit()
    sees = refused and Contact.objects.for_user(request.user).filter(pk=pitch.contact_id).exists()
    return {"refused": refused, "sees_contact": sees}


def editor_of(pitch: Pitch) -> Editor:
    """Return where the pitch's sentences are edited."""
    return Editor(
        here=pitch.get_absolute_url(), target="pitch", language=pitch.language, version=pitch.version,
        add=reverse("sentence-add", args=[pitch.pk]), verbs="sentence", poll="pitch-sentence",
        used="crm/_pitch_used.html", asks=True,
    )  # fmt: skip


def answers_of(pitch: Pitch, standings: list[Standing]) -> list[Answer]:
    """Return the needs a claim can answer, with the sentences whose standing claims answer them."""
    needs = Need.objects.filter(requirements__lead=pitch.lead).exclude(facet=Need.Facet.INTENT)
    needs = needs.exclude(requirements__in=Requirement.objects.filter(lead=pitch.lead, status="declined"))
    by_need: dict[int, list[int]] = {}
    for standing in standings:
        if standing.verdict == PitchSentence.Verdict.SUPPORTED:
            for need in {need.pk for claim in standing.claims for need in claim.needs.all()}:
                by_need.setdefault(need, []).append(standing.number)
    rows = list(needs.distinct())
    able: set[int] = set()  # needs that a usable claim answers; asked for only where the pitch leaves something open
    if any(need.pk not in by_need for need in rows):
        able = {need.pk for claim in claims.for_lead(pitch.lead) for need in claim.needs.all()}
    return [Answer(need, tuple(by_need.get(need.pk, ())), need.pk not in able | by_need.keys()) for need in rows]


def tabs(request: HttpRequest, pitch: Pitch) -> list[Pitch]:
    """Return the lead's pitches, oldest first, each with its number of sentences."""
    rows = list(Pitch.objects.for_user(request.user).filter(lead=pitch.lead).select_related("contact").order_by("pk"))
    counts = dict.fromkeys((row.pk for row in rows), 0)
    for owner in PitchSentence.objects.filter(pitch__in=rows).values_list("pitch_id", flat=True):
        counts[owner] += 1
    for at, row in enumerate(rows):
        row.n_sentences, row.letter = counts[row.pk], letter(at)  # type: ignore[attr-defined]
    return rows


def letter(number: int) -> str:
    """Name a variant: A … Z, then A2 …"""
    return chr(65 + number % 26) + (str(number // 26 + 1) if number > 25 else "")


def beside(request: HttpRequest, pitch: Pitch) -> dict[str, Any]:
    """Return the variant that stands beside this one: the one asked for, else the latest other draft of the same form."""
    others = Pitch.objects.for_user(request.user).filter(lead=pitch.lead).exclude(pk=pitch.pk)
    asked = number(request.GET.get("beside"))
    if asked:
        other = others.filter(pk=asked).first()
    else:
        drafts = others.filter(form=pitch.form, state__in=[Pitch.State.DRAFT, Pitch.State.READY])
        other = drafts.order_by("-pk").first() if pitch.open and request.GET.get("beside") != "0" else None
    if other is None:
        return {"other": None}
    standings = verdicts.of(other)
    n = others.filter(pk__lt=other.pk).count() + (1 if pitch.pk < other.pk else 0)
    answered = sum(bool(answer.sentences) for answer in answers_of(other, standings))
    words = wording.count(standing.sentence for standing in standings)
    return {
        "other": other,
        "other_lines": standings,
        "other_words": words,
        "other_answered": answered,
        "other_letter": letter(n),
    }


def aside(request: HttpRequest, pitch: Pitch, standings: list[Standing]) -> dict[str, Any]:
    """Return what stands at the right: a claim with its evidence, the changes to the draft, or what the pitch answers."""
    if request.GET.get("changes"):
        subject = (
            wording.changes(pitch.drafted_subject, pitch.subject) if pitch.subject or pitch.drafted_subject else []
        )
        script = wording.script(standing.sentence for standing in standings)
        return {"aside": "changes", "subject_changes": subject, "changes": wording.changes(pitch.drafted_text, script)}
    found = sentence_editor.beside(request, editor_of(pitch), standings, partial(claims.for_lead, pitch.lead))
    if found is None:
        return {"aside": "answers"}
    if found["aside"] == "claim":
        cites = Pitch.objects.for_user(request.user).filter(sentences__claims=found["claim"]).distinct()
        closed = Lead.objects.for_user(request.user).filter(pitches__in=cites, stage__kind__in=["won", "lost"])
        found |= {"n_cites": cites.count(), "rate": _rate(closed.distinct())}
    return found


def changed(pitch: Pitch, rows: list[PitchSentence]) -> int:
    """Return how many sentences differ from the draft."""
    return sum(change.kind != "same" for change in wording.changes(pitch.drafted_text, wording.script(rows)))


def answer(request: HttpRequest, pitch: Pitch, *, status: int = 200, **extra: Any) -> HttpResponse:
    """Answer an action: htmx gets the editor, others the page, by a redirect if all went well."""
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "crm/_pitch.html", context(request, pitch, **extra), status=status)
    if status == 200:
        return redirect(pitch)
    return render(request, "crm/pitch.html", context(request, pitch, **extra), status=status)


def _rate(closed: Any) -> WinRate:
    return wilson(closed.filter(stage__kind=Stage.Kind.WON).count(), closed.count())
