"""The mails behind each figure: figures count, and lists show, by the very same conditions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from core.models import User
from core.services import audit
from crm.models import Contact, Lead, Requirement
from marketing.models import Campaign, CopySentence, Delivery, Response
from marketing.services import ledger
from marketing.services.audience_export import lines

State, Kind, Who = Delivery.State, Response.Kind, Response.Who
BATCH = 1000
_NO_SEGMENT: dict[str, Any] = {"of_segment__isnull": True}


def did(kind: str, who: str = "") -> Q:
    """Whether something came back of a mail."""
    rows = Response.objects.filter(delivery=OuterRef("pk"), kind=kind)
    return Q(Exists(rows.filter(who=who) if who else rows))


def _of_sent(kind: str, who: str = "") -> Callable[[], Q]:
    return lambda: Q(state=State.SENT) & did(kind, who)


# What came back, of what was sent.
FIGURES: dict[str, Callable[[], Q]] = {
    "clicked": _of_sent(Kind.CLICK, Who.HUMAN),
    "replied": _of_sent(Kind.REPLY, Who.HUMAN),
    "unsubscribed": _of_sent(Kind.UNSUBSCRIBE),
    "complained": _of_sent(Kind.COMPLAINT),
    "auto-replied": _of_sent(Kind.AUTO_REPLY),
    "delayed": _of_sent(Kind.DELAYED),
    "scanned": _of_sent(Kind.CLICK, Who.SCANNER),
    "prefetched": _of_sent(Kind.CLICK, Who.MACHINE),
}
SHOWS = {**ledger.PARTS, **FIGURES}


@dataclass(frozen=True, slots=True)
class Selection:
    """Which mails of a campaign; what is None or "" does not narrow. `segment` 0: contacts without one."""

    show: str = ""
    reason: str = ""
    copy: int | None = None
    variant: int | None = None
    segment: int | None = None
    need: int | None = None
    claim: int | None = None


def with_segment(rows: QuerySet[Delivery], user: User) -> QuerySet[Delivery]:
    """Add `of_segment`: the segment of the contact's lead that moved last, of those `user` may read."""
    latest = Lead.objects.for_user(user).filter(contact=OuterRef("contact")).order_by("-updated_at", "-pk")
    return rows.annotate(of_segment=Subquery(latest.values("segment")[:1]))


def voiced(user: User) -> QuerySet[Requirement]:
    """Requirements that stand, on leads `user` may read."""
    return Requirement.objects.standing().filter(lead__in=Lead.objects.for_user(user))


def deliveries(campaign: Campaign, user: User, chosen: Selection) -> QuerySet[Delivery]:
    """Return the mails of a selection."""
    rows: QuerySet[Delivery] = Delivery.objects.for_user(user).filter(campaign=campaign)
    if chosen.show in SHOWS:
        rows = rows.filter(SHOWS[chosen.show]())
    simple = {"reason": chosen.reason or None, "copy": chosen.copy, "variant": chosen.variant}
    rows = rows.filter(**{name: value for name, value in simple.items() if value is not None})
    if chosen.segment is not None:
        rows = with_segment(rows, user).filter(**{"of_segment": chosen.segment} if chosen.segment else _NO_SEGMENT)
    if chosen.need is not None:
        rows = rows.filter(Exists(voiced(user).filter(lead__contact=OuterRef("contact"), need=chosen.need)))
    if chosen.claim is not None:
        rows = rows.filter(Exists(CopySentence.objects.filter(copy=OuterRef("copy"), claims=chosen.claim)))
    return rows


def visible(contacts: list[int | None], user: User) -> set[int]:
    """Return which of these contacts `user` may read; the others are not named."""
    known = [pk for pk in contacts if pk]
    return set(Contact.objects.for_user(user).filter(pk__in=known).values_list("pk", flat=True))


def mails_file(campaign: Campaign, rows: QuerySet[Delivery], *, by: User) -> Iterator[str]:
    """Write down that `by` took the file, and return its lines: one for each mail."""
    audit.record("export", campaign, by=by, after={"mails": rows.order_by().count()})
    head = [_("Name"), _("Company"), _("To"), _("State"), _("Why"), _("Subject"), _("Sent"), _("What came back")]
    return lines(head, _mail_cells(rows.select_related("contact__company", "copy").order_by("pk"), by))


def _mail_cells(rows: QuerySet[Delivery], by: User) -> Iterator[list[str]]:
    for batch in _batches(rows):
        seen = visible([row.contact_id for row in batch], by)
        for row in batch:
            contact = row.contact if row.contact_id in seen else None
            back = sorted({str(one.get_kind_display()) for one in row.responses.all() if _counts(one)})
            yield [
                contact.name if contact else "", str(contact.company or "") if contact else "",
                row.address if contact else "", str(row.get_state_display()),
                str(row.get_reason_display() or "") if row.reason else row.error, subject_of(row),
                row.sent_at.isoformat(timespec="minutes") if row.sent_at else "", ", ".join(back),
            ]  # fmt: skip


def _counts(response: Response) -> bool:
    """Clicks of machines say nothing about the recipient."""
    return response.kind != Kind.CLICK or response.who == Who.HUMAN


def subject_of(row: Delivery) -> str:
    """Return the subject line a mail was sent with, as it was written."""
    subjects = row.copy.subjects if row.copy else []
    return str(subjects[row.variant]) if row.variant < len(subjects) else ""


def leads_file(campaign: Campaign, rows: Any, *, by: User) -> Iterator[str]:
    """Write down that `by` took the file, and return its lines: one for each lead."""
    audit.record("export", campaign, by=by, after={"leads": rows.order_by().count()})
    head = [_("Lead"), _("Company"), _("Contact"), _("Stage"), _("Value"), _("Currency"), _("Owner"), _("Closed")]
    return lines(head, _lead_cells(rows.with_related().order_by("pk")))


def _lead_cells(rows: Any) -> Iterator[list[str]]:
    for lead in rows.iterator(BATCH):
        yield [
            lead.title, str(lead.company or ""), str(lead.contact or ""), lead.stage.name, f"{lead.value:.2f}", lead.currency,
            str(lead.owner or ""), lead.closed_at.date().isoformat() if lead.closed_at else "",
        ]  # fmt: skip


def _batches(rows: QuerySet[Delivery]) -> Iterator[list[Delivery]]:
    last = 0
    while batch := list(rows.filter(pk__gt=last).prefetch_related("responses")[:BATCH]):
        last = batch[-1].pk
        yield batch
