"""Take the sample data away, with an account of your own to go on with."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from core.models import User
from core.scoping import may
from crm.forms.samples import FirstAdminForm
from crm.models import Lead, Message
from crm.samples import loading


@login_required
def samples(request: HttpRequest) -> HttpResponse:
    """Say what would go, and remove it on one press; the first admin of the house is made in the same step."""
    if not may(request.user, "hub", "edit"):
        raise PermissionDenied(_("Only an admin can remove the sample data."))
    needs_admin = not User.objects.filter(sample=False, is_active=True, role=User.Role.ADMIN).exists()
    form = FirstAdminForm(request.POST or None) if needs_admin else None
    if request.method == "POST" and (form is None or form.is_valid()):
        try:
            return _remove(request, form)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
    context = {
        "form": form, "loaded": loading.loaded(), "leads": Lead.objects.filter(sample=True).count(),
        "texts": Message.objects.filter(sample=True).count(), "people": User.objects.filter(sample=True),
    }  # fmt: skip
    return render(request, "crm/samples.html", context, status=422 if form and form.errors else 200)


def _remove(request: HttpRequest, form: FirstAdminForm | None) -> HttpResponse:
    with transaction.atomic():
        admin = None
        if form is not None:
            data = form.cleaned_data
            admin = User.objects.create_superuser(data["email"], data["password"], name=data["name"])
        count = loading.remove()
    if admin is not None:
        login(request, admin, backend="django.contrib.auth.backends.ModelBackend")
    elif not User.objects.filter(pk=request.user.pk).exists():  # the person who pressed was one of the sample
        return redirect("account_login")
    messages.success(request, _("The sample data is gone: %(n)d leads and all that belonged to them.") % {"n": count})
    return redirect("leads")
