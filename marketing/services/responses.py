"""What came back of a delivery: recorded once, told on the contact's leads, and heeded: no more mail where it should end."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from crm.models import Activity, Contact, Lead
from crm.services import activities
from marketing.models import Campaign, Delivery, Link, Response, Suppression
from marketing.services import consents

Kind, Who, State = Response.Kind, Response.Who, Delivery.State
ONCE = (Kind.UNSUBSCRIBE, Kind.BOUNCE, Kind.COMPLAINT)  # a second one says nothing new
BY_PEOPLE = (Kind.CLICK, Kind.REPLY)  # these a lead's timeline tells only if a person did them, and once
UNCLEAR = (State.AMBIGUOUS, State.ATTEMPTING)
RUNNING = (Campaign.State.SCHEDULED, Campaign.State.SENDING, Campaign.State.PAUSED)


def record(
    delivery: Delivery,
    kind: str,
    who: str = Who.HUMAN,
    *,
    link: Link | None = None,
    detail: str = "",
    hard: bool = False,
    at: datetime | None = None,
    ip: str | None = None,
) -> tuple[Response, bool]:
    """Write down one thing that happened to a delivery, and do what follows from it; True if it was new.

    Clicks count once for each link and `who`; unsubscribes, bounces and complaints once. A hard bounce and a complaint
    suppress the address, an unsubscribe and a complaint withdraw consent, a person's reply stops what still waits.
    """
    with transaction.atomic():
        delivery = Delivery.objects.select_for_update().get(pk=delivery.pk)
        known = _known(delivery, kind, who, link)
        if known is not None:
            return known, False
        tell = _worth_telling(delivery, kind, who)
        response = Response.objects.create(
            delivery=delivery, kind=kind, who=who, link=link, detail=_line(detail), at=at or timezone.now()
        )
        _settle(delivery, kind, response)
        _heed(delivery, kind, who, hard=hard, ip=ip)
        if tell:
            _tell(delivery, kind, response)
    return response, True


def _known(delivery: Delivery, kind: str, who: str, link: Link | None) -> Response | None:
    rows = Response.objects.filter(delivery=delivery, kind=kind)
    if kind == Kind.CLICK:
        return rows.filter(who=who, link=link).first()
    return rows.first() if kind in ONCE else None


def _worth_telling(delivery: Delivery, kind: str, who: str) -> bool:
    """Asked before the row is written."""
    if kind in BY_PEOPLE:
        rows = Response.objects.filter(delivery=delivery, kind=kind, who=Who.HUMAN)
        return who == Who.HUMAN and not rows.exists()
    return kind in ONCE


def _settle(delivery: Delivery, kind: str, response: Response) -> None:
    """A bounce says that the mail did not arrive; anything else, a delay apart, that it did.

    Either may be faster than the worker that writes down what the server answered; that one then changes nothing more.
    """
    this = Delivery.objects.filter(pk=delivery.pk)
    if kind == Kind.BOUNCE:
        this.filter(state__in=[State.SENT, *UNCLEAR]).update(
            state=State.BOUNCED, error=response.detail, lease_until=None
        )
    elif kind != Kind.DELAYED:
        this.filter(state__in=UNCLEAR).update(
            state=State.SENT, sent_at=delivery.sent_at or response.at, lease_until=None
        )


def _heed(delivery: Delivery, kind: str, who: str, *, hard: bool, ip: str | None) -> None:
    if kind == Kind.BOUNCE and hard:
        consents.suppress(delivery.address, Suppression.Reason.BOUNCED)
    elif kind == Kind.COMPLAINT:
        consents.suppress(delivery.address, Suppression.Reason.COMPLAINED)
        _withdraw(delivery.contact, "complaint", ip)
    elif kind == Kind.UNSUBSCRIBE:
        consents.suppress(delivery.address, Suppression.Reason.UNSUBSCRIBED)
        _withdraw(delivery.contact, "unsubscribe", ip)
    elif kind == Kind.REPLY and who == Who.HUMAN:
        _stop_waiting(delivery)


def _withdraw(contact: Contact | None, source: str, ip: str | None) -> None:
    if contact is not None:
        consents.withdraw(contact, source=source, ip=ip)


def _stop_waiting(delivery: Delivery) -> None:
    """Who answered is in talks: what still waits for them in running campaigns is not sent."""
    person = Q(person=delivery.person) | Q(contact_id=delivery.contact_id, contact__isnull=False)
    Delivery.objects.filter(person, campaign__state__in=RUNNING, state__in=[State.PLANNED, State.CLAIMED]).update(
        state=State.SKIPPED, reason=Delivery.Skipped.REPLIED, lease_until=None, lease_token=""
    )


def _tell(delivery: Delivery, kind: str, response: Response) -> None:
    if delivery.contact_id is None:
        return
    campaign = Campaign.objects.only("name").get(pk=delivery.campaign_id)
    data = {"event": f"mail-{kind}", "campaign": campaign.name, "detail": response.detail}
    entry = Activity(kind=Activity.Kind.CHANGE, data=data)
    for lead in Lead.objects.filter(contact_id=delivery.contact_id):
        activities.log(lead, Activity.Kind.CHANGE, activities.describe(entry), by=None, data=data)


def _line(text: str) -> str:
    return " ".join(text.replace("\x00", "").split())[:300]
