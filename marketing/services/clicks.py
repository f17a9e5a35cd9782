"""Signed links: they lead to the stored address and nowhere else, and tell people from scanners and mail programs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from django.conf import settings
from django.utils import timezone

from crm.models import Activity
from marketing.models import Campaign, Delivery, Link, Response
from marketing.services import responses, signatures

KIND = "click"
Who = Response.Who
SOON = timedelta(seconds=10)  # nobody reads a mail that fast: a gateway tried the links
BURST = timedelta(seconds=10)
MANY = 3  # links of one mail within BURST: a gateway tries them all
SCANNERS = (
    "barracuda", "proofpoint", "mimecast", "safelinks", "microsoft office", "bitdefender", "symantec", "messagelabs",
    "trendmicro", "trend micro", "fireeye", "trellix", "forcepoint", "zscaler", "sophos", "checkpoint", "virustotal",
    "urlscan", "cloudmark", "ironport", "python", "curl", "wget", "go-http-client", "java/", "okhttp", "libwww",
    "headless", "phantomjs", "bot", "crawler", "spider", "scan",
)  # fmt: skip
MACHINES = ("imageproxy", "mailproxy", "mail proxy", "facebookexternalhit", "linkexpanding", "whatsapp", "prefetch")
PREFETCH = ("Purpose", "Sec-Purpose", "X-Purpose", "X-Moz")


def link(delivery: int, link: int) -> str:
    """Return the signed address of a link in the mail of a delivery, by their numbers."""
    return f"{settings.SITE_URL.rstrip('/')}/r/{signatures.token(KIND, delivery, link)}/"


def read(token: str) -> tuple[Delivery, Link]:
    """Return whose link it is and what it is; raises BadToken, also for a link that belongs to another campaign."""
    parts = signatures.read(KIND, token)
    if len(parts) != 2 or not all(part.isdecimal() for part in parts):
        raise signatures.BadToken(KIND)
    delivery = Delivery.objects.select_related("campaign").filter(pk=int(parts[0])).first()
    found = Link.objects.filter(pk=int(parts[1]), campaign_id=delivery.campaign_id).first() if delivery else None
    if delivery is None or found is None:
        raise signatures.BadToken(KIND)
    return delivery, found


def target(link: Link, campaign: Campaign) -> str:
    """Return the stored address with the campaign's UTM parameters; those it has already stay."""
    parts = urlsplit(link.url if "://" in link.url else f"https://{link.url}")
    have = {name for name, _value in parse_qsl(parts.query, keep_blank_values=True)}
    utm = {
        "utm_source": campaign.utm_source, "utm_medium": campaign.utm_medium, "utm_campaign": campaign.utm_campaign,
    }  # fmt: skip
    more = urlencode({name: value for name, value in utm.items() if value and name not in have})
    return urlunsplit(parts._replace(query="&".join(part for part in (parts.query, more) if part)))


def record(delivery: Delivery, link: Link, *, method: str, headers: Mapping[str, str]) -> str:
    """Write down who followed a link (a Response.Who), once for each link and kind of visitor; returns who it was."""
    now = timezone.now()
    who = who_is(delivery, method=method, headers=headers, now=now)
    rows = Response.objects.filter(delivery=delivery, kind=Response.Kind.CLICK)
    if not rows.filter(link=link, who=who).exists():  # looked up first, so that a replay writes and locks nothing
        responses.record(delivery, Response.Kind.CLICK, who, link=link, at=now)
        burst = rows.filter(at__gte=now - BURST).exclude(who=Who.MACHINE)
        if who == Who.HUMAN and burst.values("link").distinct().count() >= MANY:
            burst.update(who=Who.SCANNER)
            _untell(delivery, now - BURST)
            return Who.SCANNER
    return who


def who_is(delivery: Delivery, *, method: str, headers: Mapping[str, str], now: datetime) -> str:
    """Tell a person from a security scanner and from a mail program that fetches ahead."""
    agent = headers.get("User-Agent", "").lower()
    ahead = any(
        "prefetch" in headers.get(name, "").lower() or "preview" in headers.get(name, "").lower() for name in PREFETCH
    )
    if ahead or any(word in agent for word in MACHINES):
        return Who.MACHINE
    early = delivery.sent_at is not None and now - delivery.sent_at < SOON
    under_way = delivery.state in (Delivery.State.CLAIMED, Delivery.State.ATTEMPTING)
    if method == "HEAD" or early or under_way or not agent or any(word in agent for word in SCANNERS):
        return Who.SCANNER
    return Who.HUMAN


def _untell(delivery: Delivery, since: datetime) -> None:
    """Take back from the timeline what was taken for a person's click."""
    if delivery.contact_id is not None:
        entries = Activity.objects.filter(lead__contact_id=delivery.contact_id, at__gte=since)
        entries.filter(data__event="mail-click", data__campaign=delivery.campaign.name).delete()
