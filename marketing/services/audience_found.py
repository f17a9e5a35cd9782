"""What is known of one contact for each field, in a few words: what a condition looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from core.models import User
from crm.models import Contact, Lead, Message, Pitch, Requirement, Stage
from crm.money import Money, exact
from marketing.models import Consent, Delivery, Response
from marketing.services import consents
from marketing.services.audience_names import Names, place, tongue

SHOWN = 6


class Finder:
    """Looks each field up once."""

    def __init__(self, contact: Contact, user: User, names: Names) -> None:
        self.contact, self.user, self.names = contact, user, names
        self._found: dict[str, str] = {}
        self._leads: list[Lead] | None = None

    def found(self, field: str) -> str:
        """Return what is known of the contact for a field."""
        if field not in self._found:
            self._found[field] = FIND[field](self)
        return self._found[field]

    def leads(self) -> list[Lead]:
        """The leads of the contact that the person may read."""
        if self._leads is None:
            rows = Lead.objects.for_user(self.user).filter(contact=self.contact)
            self._leads = list(rows.select_related("segment", "stage", "pipeline")[:50])
        return self._leads

    def requirements(self) -> Iterable[Requirement]:
        """The requirements of those leads."""
        rows = Requirement.objects.for_user(self.user).filter(lead__contact=self.contact)
        return rows.select_related("need")[:50]


def _listed(values: Iterable[Any], nothing: str) -> str:
    words = list(dict.fromkeys(str(value) for value in values if value))
    more = _(" and %(n)d more") % {"n": len(words) - SHOWN} if len(words) > SHOWN else ""
    return _(", ").join(words[:SHOWN]) + more if words else nothing


def _role(of: Finder) -> str:
    return of.contact.get_role_display()


def _owner(of: Finder) -> str:
    return str(of.contact.owner or _("nobody yet"))


def _language(of: Finder) -> str:
    if of.contact.language:
        return tongue(of.contact.language)
    company = of.contact.company
    if company and company.language:
        return _("%(language)s, as the company does") % {"language": tongue(company.language)}
    return _("not known")


def _company(of: Finder, field: str) -> Any:
    return getattr(of.contact.company, field) if of.contact.company else None


def _country(of: Finder) -> str:
    code = _company(of, "country")
    return place(code) if code else _("not known")


def _industry(of: Finder) -> str:
    return _company(of, "industry") or _("not known")


def _size(of: Finder) -> str:
    employees = _company(of, "employees")
    return _("not known") if employees is None else _("%(n)s people") % {"n": f"{employees:,}"}


def _segment(of: Finder) -> str:
    return _listed((lead.segment for lead in of.leads()), _("no lead in a segment") if of.leads() else _("no leads"))


def _need(of: Finder) -> str:
    rows = [f"{row.need.name} ({row.get_status_display()})" for row in of.requirements()]
    return _listed(rows, _("no requirements"))


def _stage(of: Finder) -> str:
    return _listed((f"{lead.pipeline.name} · {lead.stage.name}" for lead in of.leads()), _("no leads"))


def _state(of: Finder) -> str:
    return _listed((lead.stage.get_kind_display() for lead in of.leads()), _("no leads"))


def _pipeline(of: Finder) -> str:
    return _listed((lead.pipeline.name for lead in of.leads()), _("no leads"))


def _value(of: Finder) -> str:
    rows = [lead for lead in of.leads() if lead.stage.kind == Stage.Kind.OPEN]
    language = get_language() or "en"
    return _listed((exact(Money(lead.value, lead.currency), language) for lead in rows), _("no open lead"))


def _touch(of: Finder) -> str:
    """The latest of what the condition looks at."""
    contact, user = of.contact, of.user
    messages = Message.objects.for_user(user)
    found = [
        messages.filter(contact=contact).order_by("-sent_at").values_list("sent_at", flat=True).first(),
        messages.filter(contact__isnull=True, lead__contact=contact).order_by("-sent_at").values_list("sent_at", flat=True).first(),
        Pitch.objects.for_user(user).filter(contact=contact, sent_at__isnull=False).order_by("-sent_at").values_list("sent_at", flat=True).first(),
        Delivery.objects.for_user(user).filter(contact=contact, sent_at__isnull=False).order_by("-sent_at").values_list("sent_at", flat=True).first(),
    ]  # fmt: skip
    last = max((moment for moment in found if moment), default=None)
    if last is None:
        return _("never touched")
    days = (timezone.now() - last).days
    day = timezone.localtime(last).date().isoformat()
    return ngettext("%(day)s, %(n)d day ago", "%(day)s, %(n)d days ago", days) % {"day": day, "n": days}


def _consent(of: Finder) -> str:
    row = Consent.objects.for_user(of.user).filter(contact=of.contact).first()
    if row is None:
        return _("never asked for")
    day = timezone.localtime(row.at).date().isoformat()
    return _("given on %(day)s") % {"day": day} if row.given else _("withdrawn on %(day)s") % {"day": day}


def _address(of: Finder) -> str:
    email = of.contact.email
    if not email:
        return _("no address")
    return _("%(email)s, suppressed") % {"email": email} if consents.suppressed([email]) else email


def _campaign(of: Finder) -> str:
    rows = Delivery.objects.for_user(of.user).filter(contact=of.contact).select_related("campaign").order_by("-pk")[:20]
    answers = Response.objects.for_user(of.user).filter(delivery__in=[row.pk for row in rows], who=Response.Who.HUMAN)
    kinds: dict[int, list[str]] = {}
    for delivery, kind in answers.values_list("delivery", "kind").distinct():
        kinds.setdefault(delivery, []).append(str(Response.Kind(kind).label))
    words = [
        f"{row.campaign.name} ({_(', ').join([str(row.get_state_display()), *kinds.get(row.pk, [])])})" for row in rows
    ]
    return _listed(words, _("no campaign mail"))


FIND: dict[str, Callable[[Finder], str]] = {
    "role": _role, "owner": _owner, "language": _language, "country": _country, "industry": _industry, "size": _size,
    "segment": _segment, "need": _need, "requirement": _need, "stage": _stage, "state": _state, "pipeline": _pipeline,
    "value": _value, "touch": _touch, "consent": _consent, "address": _address, "campaign": _campaign,
}  # fmt: skip
