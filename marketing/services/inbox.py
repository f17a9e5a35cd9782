"""Take in what comes back: each mail once, matched, recorded, and a reply put on the contact's lead to be read."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import structlog
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.models import Job, User
from core.services import jobs
from crm.models import Contact, Lead
from crm.services import intake, leads, mailbox
from marketing.engine.bounces import Finding, classify
from marketing.engine.inbound import Mail, addresses, open_mail
from marketing.models import Delivery, InboundMail, Response
from marketing.services import mail_folders, matching, responses

log = structlog.get_logger(__name__)
Kind, Who = Response.Kind, Response.Who


@dataclass(slots=True)
class Fetched:
    """What one look into the folders brought."""

    taken: int = 0
    known: int = 0
    matched: int = 0
    kinds: Counter[str] = field(default_factory=Counter)


def fetch(going: Callable[[int], bool] = lambda done: True, *, maildir: Path | None = None) -> Fetched:
    """Take every mail that waits in `maildir`, or else the folders of the settings; `going` hears how many, False ends it.

    A mail is marked as seen only after it is committed; killed in between, it is known by its digest the next time.
    """
    result = Fetched()
    for folder in [mail_folders.Maildir(maildir)] if maildir else mail_folders.configured():
        for raw in folder.mails():
            row, new = take_safely(raw)
            result.taken, result.known = result.taken + new, result.known + (not new)
            if new:
                result.matched += row.delivery_id is not None
                result.kinds[row.kind] += 1
            if not going(result.taken + result.known):
                return result
    return result


def take_safely(raw: bytes) -> tuple[InboundMail, bool]:
    """Take a mail; one that breaks us is kept by name and passed over, so that it does not hold up the others."""
    try:
        return take(raw)
    except DatabaseError:
        raise  # not the mail's fault: it is tried again
    except Exception as error:
        log.exception("inbound mail not understood")
        return InboundMail.objects.get_or_create(
            digest=digest(raw), defaults={"kind": "other", "detail": f"{type(error).__name__}: {error}"[:300]}
        )


def take(raw: bytes) -> tuple[InboundMail, bool]:
    """Take one mail in, all or nothing; False if it is known by its digest."""
    mail = open_mail(raw)
    finding = _unless_ours(mail, classify(mail))
    with transaction.atomic():
        row, new = InboundMail.objects.get_or_create(
            digest=digest(raw),
            defaults={"subject": mail.header("subject")[:300], "sender": _sender(mail)[:254], "detail": finding.detail},
        )
        if not new:
            return row, False
        found = matching.match(mail, finding)
        row.kind = _kind(finding, found)
        row.delivery, row.matched_by = found.delivery, found.by
        row.detail = (found.note or row.detail)[:300]
        if found.delivery is not None:
            _record(row, found.delivery, finding, raw)
        row.save()
    return row, True


def digest(raw: bytes) -> str:
    """Return what a mail is known by, whatever its line ends."""
    return hashlib.sha256(raw.replace(b"\r\n", b"\n").rstrip(b"\n")).hexdigest()


def _sender(mail: Mail) -> str:
    return next(iter(addresses(mail.headers("from"))), "")


def _unless_ours(mail: Mail, finding: Finding) -> Finding:
    """What a colleague writes in a thread is no customer's reply."""
    ours = finding.personal and User.objects.filter(email__iexact=_sender(mail)).exists()
    return Finding("other") if ours else finding


def _kind(finding: Finding, found: matching.Match) -> str:
    """A mail at the address that ends our mails unsubscribes; an ordinary one that is about ours is a reply."""
    if found.unsubscribe and finding.kind not in matching.REPORTS:
        return Kind.UNSUBSCRIBE
    return Kind.REPLY if finding.personal and found.delivery else finding.kind


def _record(row: InboundMail, delivery: Delivery, finding: Finding, raw: bytes) -> None:
    if row.kind not in Kind.values:
        return
    who = Who.HUMAN if row.kind in (Kind.REPLY, Kind.UNSUBSCRIBE, Kind.COMPLAINT) else Who.MACHINE
    hard = finding.hard and row.matched_by != "fields"  # anybody can name an address: too little to shut it for ever
    responses.record(delivery, row.kind, who, detail=finding.detail or row.subject, hard=hard)
    if row.kind == Kind.REPLY:
        row.detail = _put_on_lead(delivery, raw, row)[:300]


def _put_on_lead(delivery: Delivery, raw: bytes, row: InboundMail) -> str:
    """Store a reply as a message, to be read for needs; returns what kept it from being stored, or ""."""
    if delivery.contact is None:
        return _("The contact was erased, so the reply was put on no lead.")
    try:
        with transaction.atomic():
            data = mailbox.parse(raw)
            lead = _lead(delivery.contact, row.subject)
            known_by = data.external_id or f"inbound:{row.digest}"
            intake.take(replace(data, lead=lead, external_id=known_by, outgoing=False, source="campaign"), by=None)
    except (ValidationError, ValueError, LookupError, RecursionError) as error:
        words = " ".join(error.messages) if isinstance(error, ValidationError) else str(error)
        return _("The reply could not be put on the lead: %(why)s") % {"why": words}
    return ""


def _lead(contact: Contact, subject: str) -> Lead:
    """The open lead of the contact that moved last; without one a new lead of whoever keeps the contact."""
    known: Lead | None = Lead.objects.open().filter(contact=contact).order_by("-updated_at", "-id").first()
    if known is not None:
        return known
    return leads.create(
        by=None, title=(subject or contact.name)[:200], company=contact.company, contact=contact, owner=contact.owner,
        team=contact.team, source="campaign",
    )  # fmt: skip


def queue() -> Job | None:
    """Queue a look into the folders; None if none are configured."""
    return jobs.enqueue("marketing.fetch", {}, dedupe_key="fetch") if mail_folders.configured() else None


def work(rows: Sequence[Job]) -> None:
    """Fetch; a cancelled job stops after the mail in hand. One slow mail does not cost the lease."""
    with jobs.held(rows):
        for job in rows:
            result = fetch(lambda done, job=job: jobs.progress(job, done))  # type: ignore[misc]
            with jobs.finishing(job, note=words(result), result={"taken": result.taken, "matched": result.matched}):
                pass


def words(result: Fetched) -> str:
    """Say what a look brought."""
    kinds = ", ".join(f"{label_of(kind)} {n}" for kind, n in result.kinds.most_common())
    found = ngettext("%(n)d mail taken", "%(n)d mails taken", result.taken) % {"n": result.taken}
    none = result.taken - result.matched
    parts = [f"{found} ({kinds})" if kinds else found]
    if none:
        parts.append(ngettext("%(n)d matched none of ours", "%(n)d matched none of ours", none) % {"n": none})
    return ", ".join(parts)[:200]


def label_of(kind: str) -> str:
    """Return what people read for the kind of a mail."""
    return str(Kind(kind).label) if kind in Kind.values else _("Something else")
