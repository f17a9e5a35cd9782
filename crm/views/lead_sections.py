"""What the sections of the lead page show; the page, its polled fragments and its refused forms all draw from here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from core.models import Need
from crm.forms.messages import MessageForm, NoteForm, ReplyForm
from crm.forms.requirements import need_groups
from crm.forms.tasks import TaskForm
from crm.models import Lead, Message, Quote, Requirement
from crm.services import clarity, competitors, coverage, dates, quoting, timeline

TABS = ("message", "reply", "note", "task")


@dataclass(frozen=True, slots=True)
class NeedRow:
    """A requirement as its line shows it."""

    requirement: Requirement
    number: int
    quotes: tuple[Quote, ...]
    coverage: coverage.CoverageRow | None
    by_person: bool


def whole(text: str) -> int | None:
    """Return the number a form or address carries, or None for what is none or fits no database column."""
    return int(text) if text.isdecimal() and len(text) < 19 else None


def lead_or_404(request: HttpRequest, pk: int) -> Lead:
    """Return the lead if the person may read it; a stranger gets 404."""
    lead: Lead = get_object_or_404(Lead.objects.for_user(request.user).with_related().select_related("team"), pk=pk)
    return lead


def may_edit(request: HttpRequest, lead: Lead) -> bool:
    """Whether the person may change this lead."""
    return Lead.objects.for_user(request.user, "edit").filter(pk=lead.pk).exists()


def need_rows(lead: Lead, answers: list[coverage.CoverageRow]) -> tuple[list[NeedRow], list[Requirement]]:
    """Return standing requirements, numbered, intents last, and the declined ones."""
    rows = list(
        Requirement.objects.filter(lead=lead).select_related("need").prefetch_related("quotes__message").order_by("pk")
    )
    declined = [row for row in rows if row.status == Requirement.Status.DECLINED]
    standing = sorted(
        (row for row in rows if row.status != Requirement.Status.DECLINED),
        key=lambda row: (row.need.facet == Need.Facet.INTENT, row.pk),
    )
    by_requirement = {answer.requirement.pk: answer for answer in answers}
    return [_row(row, number, by_requirement.get(row.pk)) for number, row in enumerate(standing, start=1)], declined


def _row(requirement: Requirement, number: int, answer: coverage.CoverageRow | None) -> NeedRow:
    quotes = tuple(requirement.quotes.all())
    return NeedRow(requirement, number, quotes, answer, requirement.probability is None)


def marks(rows: list[NeedRow]) -> dict[int, quoting.Mark]:
    """Return the mark of each standing requirement, by its id."""
    return {
        row.requirement.pk: quoting.Mark(
            row.requirement.pk, row.number, row.requirement.status == Requirement.Status.PROPOSED
        )
        for row in rows
    }


def needs_context(request: HttpRequest, lead: Lead) -> dict[str, Any]:
    """Everything the right column and the quotes in the timeline need."""
    answers = coverage.of(lead)
    rows, declined = need_rows(lead, answers)
    pending = list(Message.objects.filter(lead=lead).pending().order_by("pk").values_list("pk", flat=True))
    proposed = [row.requirement for row in rows if row.requirement.status == Requirement.Status.PROPOSED]
    together = [requirement for requirement in proposed if requirement.need.key != "not-a-lead"]  # that is said singly
    return {
        "lead": lead, "may_edit": may_edit(request, lead), "needs": rows, "declined": declined, "proposed": together,
        "confirmed": len(rows) - len(proposed), "marks": marks(rows), "clarity": clarity.of(lead), "pending": pending, "coverage": answers,
        "battlecards": [competitors.battlecard(rival, request.user, lead.segment) for rival in lead.competitors.order_by("kind", "name")],
        "gaps": sum(answer.state == "gap" for answer in answers), "need_groups": need_groups(),
        "messages_n": Message.objects.filter(lead=lead, outgoing=False).count(),
    }  # fmt: skip


def timeline_context(request: HttpRequest, lead: Lead, found: dict[int, quoting.Mark]) -> dict[str, Any]:
    """The timeline as the address asks for it, its messages cut into quotes."""
    show = request.POST.get("show") or request.GET.get("show", "all")
    show = show if show in timeline.SHOWS else "all"
    asked = request.POST.get("most") or request.GET.get("most", "")
    most = min(whole(asked) or timeline.PAGE, 2_000)
    line = timeline.of(lead, show, most=most)
    for day in line.days:
        for entry in day.entries:
            if entry.message is not None:
                cut(entry.message, found, limit=quoting.SHOWN)
    tasks = lead.tasks.filter(done_at=None).select_related("assignee")
    return {
        "timeline": line,
        "show": show,
        "most": most,
        "more": most + timeline.PAGE,
        "tasks": tasks,
        "shows": timeline.SHOWS,
    }


def cut(message: Message, found: dict[int, quoting.Mark], *, limit: int | None) -> None:
    """Hang the pieces of its text on a message, and whether something was left out."""
    message.pieces = quoting.pieces(message.text, list(message.quotes.all()), found, limit=limit)  # type: ignore[attr-defined]
    message.left_out = max(0, len(message.text) - (limit or len(message.text)))  # type: ignore[attr-defined]


def composer_context(request: HttpRequest, lead: Lead, **bound: Any) -> dict[str, Any]:
    """The composer's forms: fresh ones, and `bound` the one that was refused."""
    tab = request.GET.get("tab", "message")
    context: dict[str, Any] = {
        "tab": tab if tab in TABS else "message",
        "message_form": MessageForm(lead=lead, auto_id="message-%s"),
        "reply_form": ReplyForm(lead=lead, auto_id="reply-%s", initial={"text": _asked(request, lead)}),
        "note_form": NoteForm(auto_id="note-%s"),
        "task_form": TaskForm(auto_id="task-%s", initial={"due_at": dates.morning_in(1)}),
    }
    return context | bound


def _asked(request: HttpRequest, lead: Lead) -> str:
    """The question the address asks to take over (`?ask=volume`), for people without scripts."""
    part = request.GET.get("ask", "")
    return next((ask.text for ask in clarity.of(lead).questions if ask.part == part), "") if part else ""


def fragments(request: HttpRequest, lead: Lead, *, status: int = 200, **extra: Any) -> HttpResponse:
    """Answer htmx: the needs, and out of band the timeline, the claims and what is said to the person."""
    context = needs_context(request, lead)
    context |= timeline_context(request, lead, context["marks"]) | extra | {"oob": True}
    return render(request, "crm/_lead_fragments.html", context, status=status)


def message_or_404(request: HttpRequest, pk: int) -> Message:
    """Return the message if the person may read its lead; a stranger gets 404."""
    message: Message | None = Message.objects.for_user(request.user).select_related("lead").filter(pk=pk).first()
    if message is None:
        raise Http404
    return message
