"""Pitches: the list, the editor, the preview, and the verbs on a whole pitch."""

from __future__ import annotations

from typing import Any

from django.contrib import messages as toasts
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core.services.edits import Stale
from crm import keyset
from crm.forms.pitches import DraftForm, contacts_of
from crm.models import Lead, Pitch
from crm.services import pitch_mail, pitches, sending, subjects, verdicts, wording
from crm.views import pitch_sections as sections
from crm.views.access import edit_ids, editable, readable

PAGE = 50
NEWEST = keyset.Order("updated_at", descending=True, parse=keyset.timestamp)
ROWS = Pitch.objects.select_related("lead__company", "lead__segment", "lead__stage", "contact", "author")


@login_required
@require_GET
def pitch_list(request: HttpRequest) -> HttpResponse:
    """Pitches by state and form, the latest change first; the filters live in the URL."""
    everything = Pitch.objects.for_user(request.user)
    rows = everything.select_related("lead__company", "contact", "author").annotate(n=Count("sentences"))
    state, form, mine = (request.GET.get(name, "") for name in ("state", "form", "mine"))
    if state in Pitch.State.values:
        rows = rows.filter(state=state)
    if form in Pitch.Form.values:
        rows = rows.filter(form=form)
    if mine:
        rows = rows.filter(author=request.user)
    page = keyset.page(rows, NEWEST, cursor=request.GET.get("cursor", ""), size=PAGE)
    counts = dict(everything.order_by().values_list("state").annotate(n=Count("pk")))
    query = request.GET.copy()
    query.pop("cursor", None)
    context = {
        "page": page, "counts": counts, "in_all": sum(counts.values()), "states": Pitch.State.choices, "forms": Pitch.Form.choices,
        "filters": {"state": state, "form": form, "mine": mine}, "query": query.urlencode(),
    }  # fmt: skip
    return render(request, "crm/pitches.html", context)


@login_required
@require_GET
def pitch_page(request: HttpRequest, pk: int) -> HttpResponse:
    """The editor. While the worker is at it the page asks again; nothing new is 204."""
    pitch = readable(ROWS, request.user, pk)
    if not request.htmx:  # type: ignore[attr-defined]
        return render(request, "crm/pitch.html", sections.context(request, pitch))
    context = sections.context(request, pitch)
    if request.GET.get("seen") == pitch.state and context["waiting"]:
        return HttpResponse(status=204)
    return render(request, "crm/_pitch.html", context)


@login_required
def pitch_new(request: HttpRequest, pk: int) -> HttpResponse:
    """Choose form, reader, language, tone and length, and ask for a draft."""
    lead = editable(Lead.objects.select_related("company", "contact"), request.user, pk)
    like = Pitch.objects.for_user(request.user).filter(lead=lead).first()
    form = DraftForm(request.POST or None, lead=lead, user=request.user, like=like)
    if request.method == "POST" and form.is_valid():
        try:
            pitch = pitches.start(lead, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error.messages)
        else:
            return redirect(pitch)
    context = {"form": form, "lead": lead}
    return render(request, "crm/pitch_new.html", context, status=422 if form.errors else 200)


@login_required
@require_GET
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """The pitch as it goes out, fit for printing."""
    pitch = readable(ROWS, request.user, pk)
    standings = verdicts.of(pitch)
    rows = [standing.sentence for standing in standings]
    glue = "" if pitch.language.startswith("zh") else " "
    context = {
        "pitch": pitch, "lead": pitch.lead, "paragraphs": [glue.join(row.text for row in group) for group in wording.paragraphs(rows)],
        "blocked": any(standing.blocks for standing in standings) or subjects.standing(pitch).blocks, "may_edit": bool(edit_ids(Pitch.objects.all(), request.user, [pitch])),
        "address_problem": _address_problem(pitch),
    }  # fmt: skip
    return render(request, "crm/pitch_preview.html", context)


@login_required
@require_POST
def verb(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Ready, back to draft, used, outcome, subject, reader, send."""
    pitch = editable(ROWS, request.user, pk)
    expected = sections.number(request.POST.get("version"))
    try:
        said = _VERBS[verb](request, pitch, expected)
    except Stale as error:
        return sections.answer(request, readable(ROWS, request.user, pk), status=409, problem=str(error))
    except ValidationError as error:
        pitch = readable(ROWS, request.user, pk)
        return sections.answer(request, pitch, status=422, problem=" ".join(error.messages), open_part=verb)
    if said:
        toasts.success(request, said)
    return sections.answer(request, readable(ROWS, request.user, pk))


@login_required
@require_POST
def again(request: HttpRequest, pk: int) -> HttpResponse:
    """Draft another variant with the same choices; this one stays."""
    pitch = editable(ROWS, request.user, pk)
    try:
        failed = pitch.state == Pitch.State.FAILED and not pitch.sentences.exists()
        new = pitches.retry(pitch, by=request.user) if failed else pitches.again(pitch, by=request.user)
    except (ValidationError, Stale) as error:
        text = " ".join(error.messages) if isinstance(error, ValidationError) else str(error)
        return sections.answer(request, pitch, status=422, problem=text)
    return redirect(new)


def _ready(request: HttpRequest, pitch: Pitch, expected: int) -> str:
    pitches.make_ready(pitch, by=request.user, expected=expected)
    return _("Ready. Nothing is sent until you send it.") if pitch.form == Pitch.Form.MAIL else _("Ready.")


def _draft(request: HttpRequest, pitch: Pitch, expected: int) -> str:
    pitches.back_to_draft(pitch, by=request.user, expected=expected)
    return ""


def _used(request: HttpRequest, pitch: Pitch, expected: int) -> str:
    pitches.mark_used(pitch, by=request.user, expected=expected)
    return _("It stands in the timeline now.")


def _outcome(request: HttpRequest, pitch: Pitch, expected: int) -> str:
    pitches.set_outcome(pitch, request.POST.get("outcome", ""), by=request.user, expected=expected)
    return _("The outcome is kept.")


def _subject(request: HttpRequest, pitch: Pitch, expected: int) -> str:
    pitches.set_subject(pitch, request.POST.get("subject", ""), by=request.user, expected=expected)
    return ""


def _contact(request: HttpRequest, pitch: Pitch, expected: int) -> str:
    chosen = contacts_of(pitch.lead, request.user).filter(pk=sections.number(request.POST.get("contact"))).first()
    if chosen is None:
        raise ValidationError(_("Choose one of the lead’s contacts."))
    before = pitch.contact
    pitches.set_contact(pitch, chosen, by=request.user, expected=expected)
    if before and pitches.names(pitch, before):
        return _("The words still name %(name)s: change the greeting too.") % {"name": before.name}
    return ""


def _send(request: HttpRequest, pitch: Pitch, expected: int) -> str:
    sending.send(pitch, by=request.user, expected=expected)
    return _("On its way. The page shows when it is sent.")


_VERBS: dict[str, Any] = {
    "ready": _ready, "draft": _draft, "used": _used, "outcome": _outcome, "subject": _subject, "contact": _contact, "send": _send,
}  # fmt: skip


def _address_problem(pitch: Pitch) -> str:
    if pitch.form != Pitch.Form.MAIL or pitch.state == Pitch.State.SENT:
        return ""
    try:
        pitch_mail.address_of(pitch.contact)
    except ValidationError as error:
        return " ".join(error.messages)
    return ""
