"""Companies: the list, a record, its form, and names to choose from while typing."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from core.services.edits import Stale
from crm import chips, keyset
from crm.filters import CompanyFilter
from crm.forms.companies import CompanyForm
from crm.models import Company, Contact, Lead
from crm.services import companies, lead_totals
from crm.views.access import check_may_add, editable, readable

PAGE = 50
FILTERS = ("owner", "industry", "country", "q")
NAMES = 12  # suggestions while typing
BY_NAME = keyset.Order("name")
FIELDS = ("name", "domain", "industry", "employees", "country", "region", "language", "owner", "notes")


@login_required
def company_list(request: HttpRequest) -> HttpResponse:
    """Companies by name, with their open leads and contacts."""
    everything = Company.objects.for_user(request.user)
    filters = CompanyFilter(request.GET, queryset=everything, request=request)
    page = keyset.page(filters.qs.select_related("owner"), BY_NAME, cursor=request.GET.get("cursor", ""), size=PAGE)
    ids = [row.pk for row in page.rows]
    leads = Lead.objects.for_user(request.user).open().filter(company__in=ids).order_by().values("company")
    people = Contact.objects.for_user(request.user).filter(company__in=ids).order_by().values("company")
    context = {
        "fields": [filters.form[name] for name in FILTERS], "chips": chips.of(filters, request.GET), "page": page, "count": keyset.capped_count(filters.qs),
        "cap": keyset.COUNT_CAP, "all_count": keyset.capped_count(everything),
        "leads": {row["company"]: row["n"] for row in leads.annotate(n=Count("pk"))},
        "people": {row["company"]: row["n"] for row in people.annotate(n=Count("pk"))},
        "next": page.next and chips.changed(request.GET, cursor=page.next),
        "previous": page.previous and chips.changed(request.GET, cursor=page.previous), "clear": "?",
    }  # fmt: skip
    return render(request, "crm/companies.html", context)


@login_required
def company_page(request: HttpRequest, pk: int) -> HttpResponse:
    """A company with its leads and contacts."""
    company = readable(Company.objects.select_related("owner", "team"), request.user, pk)
    leads = Lead.objects.for_user(request.user).filter(company=company)
    context = {
        "company": company, "leads": leads.with_related()[:50], "totals": lead_totals.of(leads.open()),
        "contacts": Contact.objects.for_user(request.user).filter(company=company)[:50],
    }  # fmt: skip
    return render(request, "crm/company.html", context)


@login_required
def company_new(request: HttpRequest) -> HttpResponse:
    """Add a company."""
    check_may_add(request.user)
    form = CompanyForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            company = companies.create(by=request.user, **_values(form))
        except ValidationError as error:
            form.add_error(None, error.messages)
        else:
            messages.success(request, _("Added “%(name)s”.") % {"name": company})
            return redirect(company)
    return render(request, "crm/company_form.html", {"form": form}, status=422 if form.errors else 200)


@login_required
def company_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a company; who saved second is told."""
    company = editable(Company.objects.select_related("owner", "team"), request.user, pk)
    form = CompanyForm(request.POST or None, instance=company, user=request.user)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                companies.edit(
                    company, by=request.user, expected=form.cleaned_data["version"] or company.version, **_values(form)
                )
                messages.success(request, _("Saved “%(name)s”.") % {"name": company})
                return redirect(company)
            except Stale as error:
                form.add_error(None, str(error))
                status = 409
            except ValidationError as error:
                form.add_error(None, error.messages)
    return render(request, "crm/company_form.html", {"form": form, "company": company}, status=status)


@login_required
def company_names(request: HttpRequest) -> HttpResponse:
    """Names that begin with or contain what was typed, as options."""
    typed = request.GET.get("company_name", "").replace("\x00", "").strip()
    rows = Company.objects.for_user(request.user)
    names = rows.filter(name__icontains=typed).order_by("name").values_list("name", flat=True)[:NAMES] if typed else []
    return render(request, "crm/_company_names.html", {"names": names})


def _values(form: CompanyForm) -> dict[str, Any]:
    return {name: form.cleaned_data[name] for name in FIELDS}
