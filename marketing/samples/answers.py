"""What came back: clicks of people and of machines, replies that stand on the leads, unsubscribes, bounces."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from crm.models import Activity, Lead, Message
from crm.services import messages
from marketing.models import Campaign, Consent, Delivery, Link, Response
from marketing.services import responses

REPLIES: dict[str, dict[str, str]] = json.loads((Path(__file__).parent / "replies.json").read_text(encoding="utf-8"))
Kind, Who = Response.Kind, Response.Who
UNKNOWN_USER = "550 5.1.1 User unknown"
AWAY = "Out of office until Monday"
CLICKS, SCANS, FETCHES = (
    0.34,
    0.18,
    0.12,
)  # shares of the mails that people, scanners and mail programs follow a link of


def come_back(campaign: Campaign, links: Mapping[str, Link], replies: Sequence[str]) -> None:
    """Record it by the same service as real mails, and date it hours or days after each mail. `replies` are domains."""
    dice = Random(campaign.utm_campaign)  # seeded: the same sample each time
    rows = list(campaign.deliveries.filter(state=Delivery.State.SENT).select_related("contact").order_by("pk"))
    silent = [row for row in rows if row.domain not in replies]
    bounced, *others = dice.sample(silent, min(6, len(silent)))
    _happen(bounced, Kind.BOUNCE, 0.05, who=Who.MACHINE, detail=UNKNOWN_USER, hard=True)
    left, away = others[:2], others[2:4]
    for row in left:
        _happen(row, Kind.UNSUBSCRIBE, dice.uniform(1, 30))
    for row in away:
        _happen(row, Kind.AUTO_REPLY, 0.02, who=Who.MACHINE, detail=AWAY)
    for row in rows:
        if row != bounced:
            _clicks(row, [link for url, link in links.items() if url in _words(row)], row.domain in replies, dice)
    for row in rows:
        if row.domain in replies:
            _reply(row, REPLIES[campaign.utm_campaign][row.domain], dice)


def _words(row: Delivery) -> str:
    return " ".join(sentence.text for sentence in row.copy.sentences.all()) if row.copy else ""


def _clicks(row: Delivery, links: Sequence[Link], keen: bool, dice: Random) -> None:
    if dice.random() < SCANS:  # a gateway tries every link at once
        for link in links:
            _happen(row, Kind.CLICK, 0.0008, who=Who.SCANNER, link=link)
    if links and dice.random() < FETCHES:
        _happen(row, Kind.CLICK, dice.uniform(0.1, 3), who=Who.MACHINE, link=links[0])
    if links and (keen or dice.random() < CLICKS):
        _happen(row, Kind.CLICK, dice.choice([0.3, 0.7, 1.5, 4, 20, 27]) + dice.random(), link=links[0])
        if len(links) > 1 and dice.random() < 0.4:
            _happen(row, Kind.CLICK, 28 + dice.random(), link=links[1])


def _reply(row: Delivery, text: str, dice: Random) -> None:
    """A reply counts as one, and stands as a message on the contact's lead, to be read for needs."""
    lead = Lead.objects.filter(contact=row.contact, sample=True).order_by("stage__kind", "-pk").first()
    response = _happen(row, Kind.REPLY, dice.uniform(3, 60))
    if lead is None or response is None:
        return
    moved = lead.updated_at
    message, _new = messages.add(
        lead, text=text, channel=Message.Channel.MAIL, contact=row.contact, sent_at=response.at,
        subject=_subject(row), external_id=f"sample:{row.message_id}",
    )  # fmt: skip
    Message.objects.filter(pk=message.pk).update(created_at=response.at, sample=True)
    Lead.objects.filter(pk=lead.pk).update(updated_at=max(moved, response.at))


def _subject(row: Delivery) -> str:
    return (
        f"Re: {row.copy.subjects[0]}" if row.copy and row.copy.subjects and "{{" not in row.copy.subjects[0] else "Re:"
    )


def _happen(row: Delivery, kind: str, hours: float, **more: Any) -> Response | None:
    """Record one thing `hours` after the mail went out, with what it wrote elsewhere dated the same."""
    if row.sent_at is None:
        return None
    at: datetime = row.sent_at + timedelta(hours=hours)
    before = Activity.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    response, _new = responses.record(row, kind, more.pop("who", Who.HUMAN), at=at, **more)
    Activity.objects.filter(pk__gt=before, data__campaign=row.campaign.name).update(at=at)
    if kind == Kind.UNSUBSCRIBE:
        Consent.objects.filter(contact=row.contact, given=False, source="unsubscribe").update(at=at)
    return response
