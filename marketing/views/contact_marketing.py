"""What marketing knows of a contact: consent, word for word, suppression and campaign mails. Part of the contact's page."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.models import User
from core.scoping import may
from crm.models import Contact
from crm.views.access import readable
from marketing.forms.audiences import ConsentForm
from marketing.services import consent_notes


def may_note(user: User, contact: Contact) -> bool:
    """Whoever may change the contact, and whoever keeps campaigns, may note what they said."""
    return may(user, "marketing", "edit") or Contact.objects.for_user(user, "edit").filter(pk=contact.pk).exists()


@login_required
def contact_marketing(request: HttpRequest, pk: int) -> HttpResponse:
    """Show it to whoever may read the contact: a fragment, or a page of its own without scripts."""
    contact = readable(Contact.objects.select_related("company"), request.user, pk)
    return _show(request, contact, ConsentForm())


@login_required
@require_POST
def contact_consent(request: HttpRequest, pk: int) -> HttpResponse:
    """Note what a contact said about our mails."""
    contact = readable(Contact.objects.select_related("company"), request.user, pk)
    if not may_note(request.user, contact):
        raise PermissionDenied(
            _("You may read this, but only its owner, a sales manager or marketing may change it. Nothing was written.")
        )
    form = ConsentForm(request.POST)
    if not form.is_valid():
        return _show(request, contact, form, status=422)
    data = form.cleaned_data
    row = consent_notes.note(
        contact, by=request.user, given=data["given"] == "yes", wording=data["wording"], policy=data["policy"]
    )
    messages.success(request, _("Noted.") if row else _("Noted; they had withdrawn before."))
    return _show(request, contact, ConsentForm()) if request.htmx else redirect(contact)


def _show(request: HttpRequest, contact: Contact, form: ConsentForm, status: int = 200) -> HttpResponse:
    context = {
        "contact": contact, "standing": consent_notes.standing(contact), "form": form, "may_note": may_note(request.user, contact),
    }  # fmt: skip
    template = "marketing/_contact_marketing.html" if request.htmx else "marketing/contact_marketing.html"
    return render(request, template, context, status=status)
