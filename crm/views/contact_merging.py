"""Make one contact out of two: find the other, see both side by side, choose which stays."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from core.services.edits import Stale
from crm.forms.contact_merging import MergeForm
from crm.models import Contact, Lead, Message
from crm.services import contact_merging
from crm.services.contact_merging import AlreadyMerged
from crm.views.access import editable

ROWS = Contact.objects.select_related("company", "owner", "team")
FOUND = 20


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two, as the page shows it; counts are of what the reader sees."""

    contact: Contact
    leads: int
    messages: int
    chosen: bool


@login_required
def contact_merge(request: HttpRequest, pk: int) -> HttpResponse:
    """Without `other`: choose it among those that look alike or are found. With it: both, and the button."""
    kept = contact_merging.became(pk, Contact.objects.for_user(request.user))
    if kept is not None:  # done before: by a colleague, or by the same button
        messages.info(request, str(AlreadyMerged(kept)))
        return redirect(kept)
    contact = editable(ROWS, request.user, pk)
    if request.method == "POST":
        return _merge(request, contact)
    asked = request.GET.get("other", "")
    other = editable(ROWS.exclude(pk=pk), request.user, int(asked)) if asked.isdecimal() and len(asked) < 19 else None
    return _choice(request, contact) if other is None else _compare(request, contact, other)


def _merge(request: HttpRequest, contact: Contact) -> HttpResponse:
    asked = request.POST.get("other", "")
    if asked.isdecimal() and len(asked) < 19:
        if contact_merging.became(int(asked), Contact.objects.filter(pk=contact.pk)):
            messages.info(request, str(AlreadyMerged(contact)))
            return redirect(contact)
        editable(ROWS, request.user, int(asked))
    form = MergeForm(request.POST, user=request.user, contact=contact)
    valid = form.is_valid()
    other = form.cleaned_data.get("other")
    if other is not None:  # by what the form read, which takes “+12” as well
        editable(ROWS, request.user, other.pk)
    if not valid:
        problem = " ".join(text for texts in form.errors.values() for text in texts)
        if other is None:
            return _choice(request, contact, problem=problem, status=422)
        return _compare(request, contact, other, problem=problem, status=422)
    data = form.cleaned_data
    pair = [(contact, data["version"]), (data["other"], data["other_version"])]
    (kept, seen), (gone, gone_seen) = sorted(pair, key=lambda one: one[0].pk != data["keep"])
    name = str(gone)
    try:
        contact_merging.merge(kept, gone, by=request.user, expected=seen, gone_expected=gone_seen)
    except AlreadyMerged as error:
        messages.info(request, str(error))
        return redirect(error.kept)
    except (Stale, ValidationError) as error:
        text = " ".join(error.messages) if isinstance(error, ValidationError) else str(error)
        return _as_they_are(request, contact.pk, data["other"].pk, text)
    messages.success(request, _("“%(gone)s” is now part of “%(kept)s”.") % {"gone": name, "kept": kept})
    return redirect(kept)


def _as_they_are(request: HttpRequest, pk: int, other: int, problem: str) -> HttpResponse:
    """Both once more with what kept them apart; if one is gone by now, the page from which another is chosen."""
    rows = ROWS.in_bulk([pk, other])
    if len(rows) == 2:
        return _compare(request, rows[pk], rows[other], problem=problem, status=409)
    messages.error(request, problem)
    return redirect("contact-merge", pk)


def _choice(request: HttpRequest, contact: Contact, *, problem: str = "", status: int = 200) -> HttpResponse:
    mine, words = Contact.objects.for_user(request.user, "edit"), request.GET.get("q", "").strip()[:120]
    matching = Q(name__icontains=words) | Q(email__icontains=words) | Q(company__name__icontains=words)
    rows = mine.filter(matching).exclude(pk=contact.pk).select_related("company", "owner")
    found = list(rows[:FOUND]) if words else None
    context = {
        "contact": contact, "q": words, "problem": problem, "alike": contact_merging.alike(contact, mine), "found": found,
        "in_all": rows.count() if found and len(found) == FOUND else len(found or ()),
    }  # fmt: skip
    return render(request, "crm/contact_merge.html", context, status=status)


def _compare(
    request: HttpRequest, contact: Contact, other: Contact, *, problem: str = "", status: int = 200
) -> HttpResponse:
    older = min(contact, other, key=lambda one: one.pk)
    keep = request.POST.get("keep", "")
    chosen = int(keep) if keep in (str(contact.pk), str(other.pk)) else older.pk
    context = {
        "contact": contact, "other": other, "problem": problem,
        "sides": [_side(request, one, one.pk == chosen) for one in (contact, other)],
        "two_teams": contact.team_id != other.team_id,
    }  # fmt: skip
    return render(request, "crm/contact_merge_two.html", context, status=status)


def _side(request: HttpRequest, contact: Contact, chosen: bool) -> Side:
    leads = Lead.objects.for_user(request.user).filter(contact=contact).count()
    said = Message.objects.for_user(request.user).filter(contact=contact).count()
    return Side(contact, leads, said, chosen)
