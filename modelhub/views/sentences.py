"""Sets of judged sentences: loaded, removed, and given to a verifying version to judge."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from modelhub.models import ModelVersion, SentenceSet
from modelhub.sentence_form import SentenceForm
from modelhub.services import sentences, verifier_evaluation
from modelhub.views.evaluations import editor, frame


@login_required
@require_http_methods(["GET", "POST"])
def sentence_sets(request: HttpRequest) -> HttpResponse:
    """The sets there are, and the form that loads one."""
    by = editor(request)
    form = SentenceForm(request.POST, request.FILES) if request.method == "POST" else SentenceForm()
    if request.method == "POST" and form.is_valid():
        try:
            loaded = sentences.load(form.cleaned_data["file"].read(), name=form.cleaned_data["name"], by=by)
        except sentences.Refused as error:
            form.add_error("file", error)
        else:
            messages.success(request, _told(loaded))
            return redirect("hub-sentences")
    rows = [(row, sentences.counts(row)) for row in SentenceSet.objects.for_user(by).select_related("by")]
    context = {**frame(request, ModelVersion.Task.VERIFY), "form": form, "rows": rows}
    return render(request, "modelhub/sentences.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def sentence_set_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete a set with what was measured on it."""
    by = editor(request)
    made = get_object_or_404(SentenceSet.objects.for_user(by), pk=pk)
    sentences.remove(made, by=by)
    messages.success(request, _("“%(name)s” is removed, with the figures measured on it.") % {"name": made.name})
    return redirect("hub-sentences")


@login_required
@require_POST
def judge(request: HttpRequest, key: str) -> HttpResponse:
    """Let a verifying version judge a set of sentences."""
    by = editor(request)
    version = get_object_or_404(ModelVersion, key=key)
    wanted = request.POST.get("sentences", "")
    number = int(wanted) if wanted.isdecimal() and len(wanted) < 19 else None
    made = SentenceSet.objects.for_user(by).filter(pk=number).first() if number is not None else None
    if wanted and made is None:
        messages.warning(request, _("That set is no longer there. Nothing was started."))
        return redirect("hub-version", key)
    try:
        job = verifier_evaluation.request(version, made, by=by)
    except ValueError as error:
        messages.warning(request, str(error))
        return redirect("hub-version", key)
    messages.success(request, _("It is measured by the next free worker. The figures appear here."))
    return redirect("job", job.pk)


def _told(loaded: sentences.Loaded) -> str:
    n = len(loaded.made.rows)
    parts = [ngettext("%(n)d sentence is loaded.", "%(n)d sentences are loaded.", n) % {"n": n}]
    if loaded.twice:
        text = ngettext("%(n)d copy was dropped.", "%(n)d copies were dropped.", loaded.twice)
        parts.append(text % {"n": loaded.twice})
    if loaded.known:
        text = _("%(n)s of them trained the shipped verifier; they are left out when it measures.")
        parts.append(text % {"n": loaded.known})
    return " ".join(parts)
