"""Messages: added on the lead page, opened as a page, read again, and the files that came as such."""

from __future__ import annotations

from urllib.parse import quote

from django.contrib import messages as toasts
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from crm.forms.messages import MessageForm, NoteForm, ReplyForm
from crm.forms.requirements import need_groups
from crm.services import activities, coverage, html_text, messages
from crm.views import lead_page
from crm.views import lead_sections as sections


@login_required
@require_GET
def message(request: HttpRequest, pk: int) -> HttpResponse:
    """The whole text of a message with its quotes."""
    row = sections.message_or_404(request, pk)
    rows, _declined = sections.need_rows(row.lead, coverage.of(row.lead))
    sections.cut(row, sections.marks(rows), limit=None)
    here = [need for need in rows if any(quote.message_id == row.pk for quote in need.quotes)]
    context = {
        "message": row, "lead": row.lead, "needs": here, "may_edit": sections.may_edit(request, row.lead),
        "need_groups": need_groups(), "alone": True,
    }  # fmt: skip
    return render(request, "crm/message.html", context)


@login_required
@require_GET
def message_file(request: HttpRequest, pk: int) -> FileResponse:
    """The file itself, always as a download: what a stranger sent is never shown inside the page."""
    row = sections.message_or_404(request, pk)
    if not row.file or not row.file.storage.exists(row.file.name):
        raise Http404
    answer = FileResponse(row.file.open("rb"), content_type="application/octet-stream")
    answer["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(row.file_name, safe='')}"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


@login_required
@require_POST
def message_read(request: HttpRequest, pk: int) -> HttpResponse:
    """Queue a message once more."""
    row = sections.message_or_404(request, pk)
    lead = lead_page.editable(request, row.lead_id)
    try:
        messages.read_again(row, by=request.user)
    except ValidationError as error:
        return lead_page.page(request, lead, status=422, problem=lead_page.said(error))
    return redirect(f"{lead.get_absolute_url()}#message-{row.pk}")


@login_required
@require_POST
def message_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Add what a customer said: text, a file, or both."""
    lead = lead_page.editable(request, pk)
    form = MessageForm(request.POST, request.FILES, lead=lead, auto_id="message-%s")
    if form.is_valid():
        values = form.cleaned_data
        text = html_text.text_of(values["text"]) if html_text.is_html(values["text"]) else values["text"]
        try:
            if values["file"]:
                messages.add_file(lead, upload=values["file"], by=request.user, contact=values["contact"])
            if text.strip():
                messages.add(lead, text=text, channel=values["channel"], by=request.user, contact=values["contact"])
        except ValidationError as error:
            form.add_error("file" if values["file"] and not text.strip() else "text", error)
    if form.errors:
        return lead_page.page(request, lead, status=422, tab="message", message_form=form)
    toasts.success(request, _("Added. It is being read now."))
    return redirect(f"{lead.get_absolute_url()}#timeline")


@login_required
@require_POST
def reply_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep what we wrote."""
    lead = lead_page.editable(request, pk)
    form = ReplyForm(request.POST, lead=lead, auto_id="reply-%s")
    if form.is_valid():
        values = form.cleaned_data
        try:
            messages.add(
                lead, text=values["text"], channel=values["channel"], by=request.user, contact=values["contact"],
                outgoing=True,
            )  # fmt: skip
        except ValidationError as error:
            form.add_error("text", error)
    if form.errors:
        return lead_page.page(request, lead, status=422, tab="reply", reply_form=form)
    toasts.success(request, _("Kept in the timeline"))
    return redirect(f"{lead.get_absolute_url()}#timeline")


@login_required
@require_POST
def note_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Write a note."""
    lead = lead_page.editable(request, pk)
    form = NoteForm(request.POST, auto_id="note-%s")
    if not form.is_valid():
        return lead_page.page(request, lead, status=422, tab="note", note_form=form)
    activities.note(lead, form.cleaned_data["text"], by=request.user)
    toasts.success(request, _("Noted"))
    return redirect(f"{lead.get_absolute_url()}#timeline")
