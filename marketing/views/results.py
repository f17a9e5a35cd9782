"""The tab Results, the rows behind its figures, and the mails that came in and matched none of ours."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from core.models import Need, Segment
from crm import keyset
from crm.models import Claim
from marketing.models import Campaign, Delivery, InboundMail
from marketing.services import attribution, result_rows, results
from marketing.services.result_rows import Selection
from marketing.views.campaign_page import campaign_or_404, check_reader, editable, of_campaign
from marketing.views.result_charts import intervals, lines

PAGE = 50
NEWEST = keyset.Order("id", descending=True, parse=int)
MOST_WON = 20
WORDS = {
    "": _("All mails"), "sent": _("Sent"), "bounced": _("Came back"), "failed": _("Failed"), "skipped": _("Skipped"),
    "ambiguous": _("Unknown whether sent"), "waiting": _("Waiting"), "clicked": _("Clicked by a person"),
    "replied": _("Answered"), "unsubscribed": _("Unsubscribed"), "complained": _("Complained"),
    "auto-replied": _("Answered automatically"), "delayed": _("Delayed"), "scanned": _("Links tried by a scanner"),
    "prefetched": _("Links fetched by a mail program"),
}  # fmt: skip
RATES = ("clicked", "replied", "unsubscribed", "complained", "bounced")
LEADS = {
    "touched": _("Leads touched"),
    "open": _("Open leads touched"),
    "won": _("Won leads touched"),
    "lost": _("Lost leads touched"),
}
BY_WORDS = {"segment": _("Segment"), "need": _("Need"), "claim": _("Claim")}


@login_required
@require_GET
def results_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything about what a campaign brought."""
    campaign = campaign_or_404(request, pk)
    by = request.GET.get("by", "segment")
    by = by if by in results.BYS else "segment"
    worth, found = attribution.worth(campaign, request.user), results.outcome(campaign)
    context = {
        "found": found, "rates": lines(found, ((show, WORDS[show]) for show in RATES)), "worth": worth, "won": worth.credits[:MOST_WON], "by": by,
        "contests": [(contest, intervals(contest)) for contest in results.contests(campaign)],
        "names": attribution.campaign_names(worth.credits[:MOST_WON]),
        "groups": results.breakdown(campaign, request.user, by, worth.credits), "bys": BY_WORDS.items(),
        "unmatched": keyset.capped_count(InboundMail.objects.for_user(request.user).filter(delivery=None)),
    }  # fmt: skip
    return render(request, "marketing/campaign_results.html", of_campaign(request, campaign, **context))


@login_required
@require_GET
def result_mails(request: HttpRequest, pk: int) -> HttpResponse:
    """The mails behind a figure."""
    campaign = campaign_or_404(request, pk)
    chosen = _selection(request.GET)
    rows = result_rows.deliveries(campaign, request.user, chosen)
    page = keyset.page(
        rows.select_related("contact__company", "copy").prefetch_related("responses"), NEWEST,
        cursor=request.GET.get("cursor", ""), size=PAGE,
    )  # fmt: skip
    seen = result_rows.visible([row.contact_id for row in page.rows], request.user)
    context = {
        "page": page, "count": rows.order_by().count(), "title": WORDS[chosen.show], "chips": _chips(campaign, chosen),
        "mails": [(row, row.contact_id in seen, result_rows.subject_of(row)) for row in page.rows],
        "query": _query(request.GET), "file_url": "campaign-results-mails-file",
    }  # fmt: skip
    return render(request, "marketing/campaign_result_mails.html", of_campaign(request, campaign, **context))


@login_required
@require_POST
def result_mails_file(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    """The same mails as CSV; who took it is written down."""
    campaign = editable(request, pk)
    chosen = _selection(request.GET)
    rows = result_rows.deliveries(campaign, request.user, chosen)
    return _file(result_rows.mails_file(campaign, rows, by=request.user), campaign, chosen.show or "mails")


@login_required
@require_GET
def result_leads(request: HttpRequest, pk: int) -> HttpResponse:
    """The leads behind a figure."""
    campaign = campaign_or_404(request, pk)
    show = _show_leads(request)
    rows = attribution.leads({campaign.pk}, request.user, show)
    page = keyset.page(rows.with_related(), NEWEST, cursor=request.GET.get("cursor", ""), size=PAGE)
    context = {
        "page": page, "count": rows.order_by().count(), "title": LEADS[show], "chips": [], "query": _query(request.GET),
        "tabs": LEADS.items(), "show": show, "file_url": "campaign-results-leads-file",
    }  # fmt: skip
    return render(request, "marketing/campaign_result_leads.html", of_campaign(request, campaign, **context))


@login_required
@require_POST
def result_leads_file(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    """The same leads as CSV; who took it is written down."""
    campaign = editable(request, pk)
    show = _show_leads(request)
    rows = attribution.leads({campaign.pk}, request.user, show)
    return _file(result_rows.leads_file(campaign, rows, by=request.user), campaign, f"leads-{show}")


@login_required
@require_GET
def inbound(request: HttpRequest) -> HttpResponse:
    """Mails that came in: those that matched none of ours first of all, since somebody may know better."""
    check_reader(request.user)
    show = "all" if request.GET.get("show") == "all" else ""
    rows = InboundMail.objects.for_user(request.user).select_related("delivery__campaign")
    chosen = rows if show else rows.filter(delivery=None)
    page = keyset.page(chosen, NEWEST, cursor=request.GET.get("cursor", ""), size=PAGE)
    counts = [
        ("", _("Matched none"), keyset.capped_count(rows.filter(delivery=None))),
        ("all", _("All"), keyset.capped_count(rows)),
    ]
    seen = result_rows.visible([row.delivery.contact_id for row in page.rows if row.delivery], request.user)
    mails = [(row, row.delivery is None or row.delivery.contact_id in {None, *seen}) for row in page.rows]
    context = {
        "page": page,
        "mails": mails,
        "show": show,
        "tabs": counts,
        "query": _query(request.GET),
        "cap": keyset.COUNT_CAP,
    }
    return render(request, "marketing/inbound.html", context)


def _selection(query: QueryDict) -> Selection:
    show, reason = query.get("show", ""), query.get("reason", "")
    if show not in WORDS or (reason and reason not in Delivery.Skipped.values):
        raise Http404
    numbers = {
        name: _number(query[name]) for name in ("copy", "variant", "segment", "need", "claim") if query.get(name)
    }
    return replace(Selection(show=show, reason=reason), **numbers)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 15):
        raise Http404
    return int(text)


def _show_leads(request: HttpRequest) -> str:
    show = request.GET.get("show", "touched")
    if show not in LEADS:
        raise Http404
    return show


def _chips(campaign: Campaign, chosen: Selection) -> list[str]:
    """What narrows the list, in words."""
    words = [str(Delivery.Skipped(chosen.reason).label)] if chosen.reason else []
    if chosen.copy is not None:
        copy = get_object_or_404(campaign.copies, pk=chosen.copy)
        place = chosen.variant or 0
        words.append(
            str(copy.subjects[place]) if chosen.variant is not None and place < len(copy.subjects) else str(copy)
        )
    models: tuple[tuple[int | None, Any], ...] = ((chosen.segment, Segment), (chosen.need, Need), (chosen.claim, Claim))
    for key, model in models:
        if key is not None:
            words.append(results.name_of(get_object_or_404(model, pk=key)) if key else str(_("No segment")))
    return words


def _query(query: QueryDict) -> str:
    kept = query.copy()
    kept.pop("cursor", None)
    return kept.urlencode()


def _file(lines: Any, campaign: Campaign, what: str) -> StreamingHttpResponse:
    name = f"{slugify(campaign.name) or f'campaign-{campaign.pk}'}-{what}"
    return StreamingHttpResponse(
        lines,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )
