"""Claims: the list marketing keeps, and a claim with its evidence and where it is used."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.models import Need, User
from core.scoping import may
from core.services import audit
from core.services.edits import Stale
from crm.forms.claims import ClaimForm, EvidenceForm
from crm.models import Claim, Evidence, Pitch, Product
from crm.services import claims

VERBS = {"approve": claims.approve, "expire": claims.expire, "reopen": claims.reopen}


def check_editor(request: HttpRequest) -> None:
    """Refuse, in plain words, who may read but not keep claims."""
    if not may(request.user, "claims", "edit"):
        raise PermissionDenied(_("Claims are kept by marketing. Ask a marketing manager to change this one."))


@login_required
def claim_list(request: HttpRequest) -> HttpResponse:
    """Claims by status, need and product; the filters live in the URL."""
    rows = (
        Claim.objects.for_user(request.user).select_related("product", "competitor", "owner").prefetch_related("needs")
    )
    everything = rows
    query, status, need, product = (
        request.GET.get(name, "").replace("\x00", "").strip() for name in ("q", "status", "need", "product")
    )
    if query:
        rows = rows.filter(Q(text_en__icontains=query) | Q(text_zh__icontains=query))
    if status in Claim.Status.values:
        rows = rows.filter(status=status)
    elif status == "ending":
        rows = rows.ending()
    if need:
        rows = rows.filter(needs__key=need)
    if product.isdecimal():
        rows = rows.filter(product_id=product)
    rows = rows.annotate(
        proofs=Count("evidence", distinct=True), uses=Count("sentences__pitch", distinct=True)
    ).distinct()
    counts = dict(everything.values_list("status").annotate(n=Count("pk")).order_by())
    context = {
        "claims": rows[:200], "found": rows.count(), "in_all": everything.count(), "counts": counts, "ending": everything.ending().count(), "statuses": Claim.Status.choices,
        "needs": Need.objects.exclude(facet=Need.Facet.INTENT), "products": Product.objects.all(),
        "filters": {"q": query, "status": status, "need": need, "product": product},
    }  # fmt: skip
    return render(request, "crm/claims.html", context)


@login_required
def claim_page(request: HttpRequest, pk: int) -> HttpResponse:
    """A claim, its evidence, and where it is cited."""
    claim = get_object_or_404(
        Claim.objects.for_user(request.user).select_related("product", "competitor", "owner"), pk=pk
    )
    return render(request, "crm/claim.html", {"claim": claim, "form": EvidenceForm(), **_uses(request.user, claim)})


def _uses(user: User, claim: Claim) -> dict[str, object]:
    """Where a claim is cited: pitches of the leads the reader sees, how many of them were sent, and in how many sentences."""
    mine = Pitch.objects.for_user(user)
    uses = mine.filter(sentences__claims=claim).select_related("lead__company").distinct()
    return {
        "uses": uses[:20], "n_uses": uses.count(), "n_sent": uses.filter(state=Pitch.State.SENT).count(),
        "n_sentences": claim.sentences.filter(pitch__in=mine).count(),
    }  # fmt: skip


@login_required
def claim_new(request: HttpRequest) -> HttpResponse:
    """Write a claim."""
    check_editor(request)
    form = ClaimForm(request.POST or None, initial={"owner": request.user, **_from_need(request)})
    if request.method == "POST" and form.is_valid():
        values = {
            name: value for name, value in form.cleaned_data.items() if name not in ("needs", "segments", "version")
        }
        try:
            claim = claims.create(
                by=request.user, needs=form.cleaned_data["needs"], only_for=form.cleaned_data["segments"], **values
            )
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(
                request, _("Claim C%(n)d is kept as a draft. Add evidence, then approve it.") % {"n": claim.pk}
            )
            return redirect(claim)
    return render(request, "crm/claim_form.html", {"form": form, "claim": None}, status=422 if form.errors else 200)


def _from_need(request: HttpRequest) -> dict[str, object]:
    """A gap on a lead or the radar links here with the need already chosen; what closes it must be told to customers."""
    need = Need.objects.filter(key=request.GET.get("need", "")).first()
    return {"needs": [need], "visibility": Claim.Visibility.CUSTOMER} if need else {}


@login_required
def claim_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a claim; whoever is second is told and keeps what they typed on the page."""
    claim = get_object_or_404(Claim.objects.for_user(request.user), pk=pk)
    check_editor(request)
    form = ClaimForm(request.POST or None, instance=Claim.objects.get(pk=pk), initial={"version": claim.version})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        values = {name: value for name, value in data.items() if name not in ("needs", "segments", "version")}
        try:
            claims.edit(
                claim,
                by=request.user,
                expected=data["version"] or 0,
                needs=data["needs"],
                only_for=data["segments"],
                **values,
            )
        except (Stale, ValidationError) as error:
            form.add_error(None, error.messages if isinstance(error, ValidationError) else str(error))
        else:
            messages.success(request, _("Claim C%(n)d is changed.") % {"n": claim.pk})
            return redirect(claim)
    return render(request, "crm/claim_form.html", {"form": form, "claim": claim}, status=422 if form.errors else 200)


@login_required
@require_POST
def claim_verb(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Approve, expire or reopen a claim."""
    claim = get_object_or_404(Claim.objects.for_user(request.user), pk=pk)
    check_editor(request)
    seen = request.POST.get("version", "")
    try:
        VERBS[verb](claim, by=request.user, expected=int(seen) if seen.isdecimal() and len(seen) < 16 else 0)
    except (Stale, ValidationError) as error:
        messages.error(request, " ".join(error.messages) if isinstance(error, ValidationError) else str(error))
    else:
        messages.success(request, _("Claim C%(n)d: %(state)s.") % {"n": claim.pk, "state": claim.get_status_display()})
    return redirect(claim)


@login_required
@require_POST
def evidence_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Add evidence to a claim."""
    claim = get_object_or_404(Claim.objects.for_user(request.user), pk=pk)
    check_editor(request)
    form = EvidenceForm(request.POST)
    if not form.is_valid():
        return render(
            request, "crm/claim.html", {"claim": claim, "form": form, **_uses(request.user, claim)}, status=422
        )
    evidence = form.save(commit=False)
    evidence.claim = claim
    evidence.save()
    audit.record("create", evidence, by=request.user, after={"title": evidence.title, "claim": claim.pk})
    messages.success(request, _("Evidence is added."))
    return redirect(claim)


@login_required
@require_POST
def evidence_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Take evidence away."""
    evidence = get_object_or_404(Evidence.objects.filter(claim__in=Claim.objects.for_user(request.user)), pk=pk)
    check_editor(request)
    audit.record("delete", evidence, by=request.user, before={"title": evidence.title, "claim": evidence.claim_id})
    evidence.delete()
    messages.success(request, _("Evidence is removed."))
    return redirect(evidence.claim)
