"""Take a message in from outside: find or make its company, contact and lead, then store it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from core.models import User
from core.scoping import may
from crm.models import Company, Contact, Lead, Message
from crm.models.leads import LeadQuerySet
from crm.services import companies, contacts, html_text, leads, matching, messages


@dataclass(frozen=True, slots=True)
class CompanyHint:
    """What the sender said of their company."""

    name: str = ""
    domain: str = ""
    industry: str = ""
    employees: int | None = None
    country: str = ""
    region: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class ContactHint:
    """Who wrote."""

    name: str = ""
    email: str = ""
    phone: str = ""
    title: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class IntakeData:
    """A message from outside. With `lead` it goes there; else it is matched, and with `make` what is missing is made."""

    text: str = ""
    html: str = ""
    channel: str = Message.Channel.MAIL
    subject: str = ""
    external_id: str = ""
    sent_at: datetime | None = None
    outgoing: bool = False
    lead: Lead | None = None
    company: CompanyHint = field(default_factory=CompanyHint)
    contact: ContactHint = field(default_factory=ContactHint)
    title: str = ""
    source: str = ""
    make: bool = False
    files: tuple[UploadedFile[Any], ...] = ()


@dataclass(frozen=True, slots=True)
class IntakeResult:
    """The stored message, its lead, and whether the message is new."""

    message: Message
    lead: Lead
    created: bool


class NoLead(ValidationError):
    """Nothing that is there fits the message, and nothing was to be made."""


def take(data: IntakeData, *, by: User | None) -> IntakeResult:
    """Store one message with its files; all or nothing. A known external id is answered with what is stored.

    `by` acts with their own rights (None: the system, with all). Raises ValidationError for texts that cannot be
    stored, NoLead if no lead fits, PermissionDenied if the lead is somebody else's. An id that only messages they may
    not see have is new: ids are unique within a team, so that nobody learns of others' messages by trying.
    """
    known = messages.find(data.external_id.strip(), by)
    if known is not None:
        return IntakeResult(known, known.lead, False)
    if by is not None and not may(by, "sales", "edit"):
        raise PermissionDenied(_("Your role may read messages, not add them."))
    with transaction.atomic():
        text = _text(data)
        company = _company(data, by)
        contact = _contact(data, company, by)
        lead = data.lead or _lead(data, company or (contact.company if contact else None), contact, by)
        stored, created = _store(data, text, lead, contact, by)
        if not created:  # the same id came in a moment ago: the company, contact and lead made for this one go again
            transaction.set_rollback(True)
    return IntakeResult(stored, stored.lead, created)


def _store(data: IntakeData, text: str, lead: Lead, contact: Contact | None, by: User | None) -> tuple[Message, bool]:
    first: tuple[Message, bool] | None = None
    if text.strip() or not data.files:
        first = messages.add(
            lead, text=text, channel=data.channel, by=by, subject=data.subject, contact=contact or lead.contact,
            external_id=data.external_id, sent_at=data.sent_at, outgoing=data.outgoing,
        )  # fmt: skip
        if not first[1]:
            return first
    for number, upload in enumerate(data.files, start=1):
        own_id = f"{data.external_id}#{number}" if data.external_id and first else data.external_id
        kept = messages.add_file(
            lead, upload=upload, by=by, contact=contact or lead.contact, external_id=own_id[:250], sent_at=data.sent_at
        )
        first = first or (kept, True)
    assert first is not None  # noqa: S101 (there was a text or a file)
    return first


def _text(data: IntakeData) -> str:
    if data.html.strip():
        return data.text if data.text.strip() else html_text.text_of(data.html)
    text = html_text.text_of(data.text) if html_text.is_html(data.text) else data.text
    return text if text.strip() or data.files else data.subject


def _company(data: IntakeData, by: User | None) -> Company | None:
    if data.lead is not None:
        return data.lead.company
    hint = data.company
    domain = _domain(hint.domain) or matching.domain_of_email(data.contact.email)
    rows = Company.objects.all() if by is None else Company.objects.for_user(by)
    found = matching.company(rows, domain=domain, name=hint.name)
    if found is not None or not data.make or not (hint.name.strip() or domain):
        return found
    facts = {
        name: value
        for name in ("industry", "employees", "country", "region", "language")
        if (value := getattr(hint, name))
    }
    return companies.create(by=by, name=hint.name.strip() or domain, domain=domain, **facts)


def _domain(address: str) -> str:
    try:
        return companies.domain_of(address)
    except ValueError:
        raise ValidationError({"company": _("“%(text)s” is no web domain.") % {"text": address}}) from None


def _contact(data: IntakeData, company: Company | None, by: User | None) -> Contact | None:
    hint = data.contact
    rows = Contact.objects.all() if by is None else Contact.objects.for_user(by)
    found = matching.contact(rows, email=hint.email, name=hint.name, at=company)
    if found is not None or not data.make or not (hint.name.strip() or hint.email.strip()):
        return found
    name = hint.name.strip() or hint.email.partition("@")[0]
    return contacts.create(
        by=by, name=name[:120], company=company, email=hint.email, phone=hint.phone, title=hint.title,
        language=hint.language,
    )  # fmt: skip


def _lead(data: IntakeData, company: Company | None, contact: Contact | None, by: User | None) -> Lead:
    """The open lead of the contact, else of the company, else a new one in the default pipeline."""
    everyones = Lead.objects.open().order_by("-updated_at", "-id")
    mine: LeadQuerySet = everyones if by is None else everyones.for_user(by, "edit")
    if contact is not None:
        found: Lead | None = mine.filter(contact=contact).first()
        if found is not None:
            return found
        if by is not None and everyones.for_user(by).filter(contact=contact).exists():
            raise PermissionDenied(_("This customer's open lead belongs to a colleague. Ask them to add the message."))
    if company is not None:
        at_company: Lead | None = mine.filter(company=company).first()
        if at_company is not None:
            return at_company
    if not data.make:
        raise NoLead(
            _("No open lead of yours fits this message. Nothing was stored; name a lead, or ask for a new one.")
        )
    return leads.create(
        by=by, title=_title(data, company, contact), company=company, contact=contact, source=data.source
    )


def _title(data: IntakeData, company: Company | None, contact: Contact | None) -> str:
    first_words = " ".join(data.text.split())[:80]
    names = [data.title, data.subject, company.name if company else "", contact.name if contact else "", first_words]
    return next((name.strip()[:200] for name in names if name.strip()), _("New lead"))
