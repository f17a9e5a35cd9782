"""Contacts: the list, a record, and its form."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from core.services.edits import Stale
from crm import chips, keyset
from crm.filters import ContactFilter
from crm.forms.contacts import ContactForm
from crm.models import Contact, Lead, Message
from crm.services import contact_merging, contacts
from crm.views.access import check_may_add, editable, readable

PAGE = 50
FILTERS = ("owner", "role", "q")
BY_NAME = keyset.Order("name")
FIELDS = ("name", "company", "email", "phone", "title", "role", "language", "owner")


@login_required
def contact_list(request: HttpRequest) -> HttpResponse:
    """Contacts by name."""
    everything = Contact.objects.for_user(request.user)
    filters = ContactFilter(request.GET, queryset=everything, request=request)
    rows = filters.qs.select_related("company", "owner")
    page = keyset.page(rows, BY_NAME, cursor=request.GET.get("cursor", ""), size=PAGE)
    context = {
        "fields": [filters.form[name] for name in FILTERS], "chips": chips.of(filters, request.GET), "page": page, "count": keyset.capped_count(filters.qs),
        "cap": keyset.COUNT_CAP, "all_count": keyset.capped_count(everything),
        "next": page.next and chips.changed(request.GET, cursor=page.next),
        "previous": page.previous and chips.changed(request.GET, cursor=page.previous), "clear": "?",
    }  # fmt: skip
    return render(request, "crm/contacts.html", context)


@login_required
def contact_page(request: HttpRequest, pk: int) -> HttpResponse:
    """A contact with their leads and latest messages; one that became part of another leads there."""
    kept = contact_merging.became(pk, Contact.objects.for_user(request.user))
    if kept is not None:
        messages.info(request, _("That contact is now part of “%(name)s”.") % {"name": kept})
        return redirect(kept)
    contact = readable(Contact.objects.select_related("company", "owner", "team"), request.user, pk)
    mine = Contact.objects.for_user(request.user, "edit")
    context = {
        "contact": contact,
        "alike": contact_merging.alike(contact, mine) if mine.filter(pk=pk).exists() else [],
        "leads": Lead.objects.for_user(request.user).filter(contact=contact).with_related()[:50],
        "latest": Message.objects.for_user(request.user).filter(contact=contact).select_related("lead")[:10],
    }
    return render(request, "crm/contact.html", context)


@login_required
def contact_new(request: HttpRequest) -> HttpResponse:
    """Add a contact; `?company=` fills in where they work."""
    check_may_add(request.user)
    form = ContactForm(request.POST or None, user=request.user, initial={"company": request.GET.get("company")})
    if request.method == "POST" and form.is_valid():
        try:
            contact = contacts.create(by=request.user, **_values(form))
        except ValidationError as error:
            form.add_error(None, error.messages)
        else:
            messages.success(request, _("Added “%(name)s”.") % {"name": contact})
            return redirect(contact)
    return render(request, "crm/contact_form.html", {"form": form}, status=422 if form.errors else 200)


@login_required
def contact_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a contact; who saved second is told."""
    contact = editable(Contact.objects.select_related("company", "owner", "team"), request.user, pk)
    form = ContactForm(request.POST or None, instance=contact, user=request.user)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                expected = form.cleaned_data["version"] or contact.version
                contacts.edit(contact, by=request.user, expected=expected, **_values(form))
                messages.success(request, _("Saved “%(name)s”.") % {"name": contact})
                return redirect(contact)
            except Stale as error:
                form.add_error(None, str(error))
                status = 409
            except ValidationError as error:
                form.add_error(None, error.messages)
    return render(request, "crm/contact_form.html", {"form": form, "contact": contact}, status=status)


def _values(form: ContactForm) -> dict[str, Any]:
    return {name: form.cleaned_data[name] for name in FIELDS}
