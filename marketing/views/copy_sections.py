"""What the copy page shows; the page, its fragments and its refused forms all draw from here."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from core.models import User
from crm.services import wording
from crm.views import sentence_editor
from crm.views.sentence_editor import Editor, lines, number
from marketing.forms.copies import CopyForm
from marketing.models import Campaign, CampaignCopy, CopySentence
from marketing.services import approval, copies, copy_verdicts, copywriting, personal
from marketing.services.copy_verdicts import Standing
from marketing.views.campaign_page import check_editor, check_reader, of_campaign

ROWS = CampaignCopy.objects.select_related(
    "campaign__audience", "campaign__need", "campaign__segment", "campaign__approved_by", "campaign__asked_by",
    "segment", "edited_by",
)  # fmt: skip


def copy_or_404(request: HttpRequest, pk: int, *, edit: bool = False) -> CampaignCopy:
    """Return a copy; raises PermissionDenied to who may not read it (or change it, with `edit`), else Http404."""
    (check_editor if edit else check_reader)(request.user)
    return get_object_or_404(ROWS.for_user(request.user), pk=pk)


def sentence_or_404(request: HttpRequest, pk: int, *, edit: bool = False) -> CopySentence:
    """Return a sentence with its copy, guarded as the copy is."""
    (check_editor if edit else check_reader)(request.user)
    seen = CampaignCopy.objects.for_user(request.user)
    rows = CopySentence.objects.select_related("copy__campaign__segment", "copy__segment")
    return get_object_or_404(rows.filter(copy__in=seen), pk=pk)


def context(request: HttpRequest, campaign: Campaign, copy: CampaignCopy | None, **extra: Any) -> dict[str, Any]:
    """Everything the page shows; `extra` holds what was refused, so that it stays where it happened."""
    found = of_campaign(request, campaign)
    found |= {"tabs": tabs(campaign), "copy": copy, "here": page_of(campaign, copy), "known": known_parts()}
    found |= approvals(campaign, request.user)
    if copy is None:  # the page is where one begins, so that “Write the mail” need not be pressed a second time
        can = found["may_edit"] and campaign.open
        begun = {"aside": "preflight", "editable": can, "form": CopyForm(campaign=campaign) if can else None}
        return found | begun | extra
    standings = copy_verdicts.of(copy)
    found |= {
        "editable": found["may_edit"] and campaign.open and copy.state == CampaignCopy.State.DRAFT,
        "editor": editor_of(copy), "lines": lines(standings, copy.language, partial(copywriting.claims_for, copy)),
        "waiting": copy.state == CampaignCopy.State.DRAFTING,
        "stuck": [one for one in standings if one.unsupported], "checking": [one for one in standings if one.waiting],
        "words": wording.count([one.sentence for one in standings]),  # type: ignore[misc]
        "subject_rows": [*copy.subjects, *[""] * (copywriting.SUBJECTS - len(copy.subjects))],
        "editing": number(request.GET.get("edit")), "open_part": request.GET.get("edit", ""), "adding": bool(request.GET.get("add")),
    }  # fmt: skip
    return found | aside(request, copy, standings) | extra


def tabs(campaign: Campaign) -> list[CampaignCopy]:
    """Return the campaign's copies, each with the name of its tab."""
    rows = list(campaign.copies.select_related("segment").order_by("language", "id"))
    for row in rows:
        row.tab = copies.LANGUAGES.get(row.language, row.language)  # type: ignore[attr-defined]
    return rows


def page_of(campaign: Campaign, copy: CampaignCopy | None) -> str:
    """Return the address of the page with this copy open."""
    return f"{reverse('campaign-copy', args=[campaign.pk])}{f'?copy={copy.pk}' if copy else ''}"


def known_parts() -> list[str]:
    """Return the personal parts as they are typed."""
    return ["{{ " + f"{group}.{name}" + " }}" for group, names in personal.FIELDS.items() for name in names]


def approvals(campaign: Campaign, person: User) -> dict[str, Any]:
    """Return how the campaign stands with approval, and what `person` may do about it."""
    state = campaign.state
    review = state == Campaign.State.REVIEW
    holds = state != Campaign.State.PLANNING and approval.holds(campaign)
    return {
        "review": review, "holds": holds, "void": state == Campaign.State.APPROVED and not holds,
        "objection": approval.objection(campaign, person) if review else "",
        "seen": approval.content_hash(campaign) if review else "",
    }  # fmt: skip


def editor_of(copy: CampaignCopy) -> Editor:
    """Return where the copy's sentences are edited."""
    return Editor(
        here=page_of(copy.campaign, copy), target="copy", language=copy.language, version=copy.version,
        add=reverse("copy-sentence-add", args=[copy.pk]), verbs="copy-sentence", poll="copy-sentence",
        used="marketing/_copy_used.html", help="marketing/_copy_parts.html",
    )  # fmt: skip


def aside(request: HttpRequest, copy: CampaignCopy, standings: list[Standing]) -> dict[str, Any]:
    """Return what stands at the right: a claim with its evidence, claims to pick from, or the list before sending."""
    found = sentence_editor.beside(request, editor_of(copy), standings, partial(copywriting.claims_for, copy))
    if found is None:
        return {"aside": "preflight"}
    if found["aside"] == "claim":
        cites = CampaignCopy.objects.for_user(request.user).filter(sentences__claims=found["claim"])
        found["n_copies"] = cites.distinct().count()
    return found


def answer(request: HttpRequest, copy: CampaignCopy, *, status: int = 200, **extra: Any) -> HttpResponse:
    """Answer an action: htmx gets the editor, others the page, by a redirect if all went well."""
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "marketing/_copy.html", context(request, copy.campaign, copy, **extra), status=status)
    if status == 200:
        return redirect(page_of(copy.campaign, copy))
    return render(request, "marketing/copy.html", context(request, copy.campaign, copy, **extra), status=status)
