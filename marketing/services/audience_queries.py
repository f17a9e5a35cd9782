"""How each field of the allow-list becomes a condition of the database. What is put in here has been checked before.

Every condition is true or false, never unknown, so that "none of" means just that for contacts without company or leads.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal
from functools import reduce
from operator import and_, or_
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from core.models import Need, Segment, User
from crm.models import Contact, Lead, Message, Pitch, Requirement, Stage
from marketing.models import Consent, Delivery, Response, Suppression
from marketing.services import signatures
from marketing.services.audience_names import EVERY, NOBODY, Names

Status = Requirement.Status
REACHED = (Delivery.State.SENT, Delivery.State.BOUNCED, Delivery.State.AMBIGUOUS)  # what cannot be called unsent

SIMPLE = ("role", "owner", "language", "country", "industry", "size")  # fields that need no look at other rows


class Query:
    """Conditions for one person: only leads, messages and campaigns `user` may read decide who is in."""

    def __init__(self, user: User, names: Names) -> None:
        self.user, self.names = user, names
        self._suppressed: list[int] | None = None

    def condition(self, field: str, op: str, value: Any) -> Q:
        """Return the condition of a leaf that `check` let through."""
        return COMPILE[field](self, op, value)

    @staticmethod
    def simple(node: Any) -> bool:
        """Return whether a leaf is about the contact and company alone."""
        return node.get("field") in SIMPLE

    def leads(self) -> QuerySet[Lead]:
        """Leads the person may read, with a contact."""
        return Lead.objects.for_user(self.user).order_by()

    def suppressed(self) -> list[int]:
        """Ids of the contacts the person sees whose address is suppressed. Only hashes of those are kept, so each is hashed."""
        if self._suppressed is None:
            barred = set(Suppression.objects.values_list("digest", flat=True))
            rows = Contact.objects.for_user(self.user).exclude(email="").order_by().values_list("pk", "email")
            self._suppressed = (
                [pk for pk, email in rows.iterator(5000) if not barred.isdisjoint(signatures.digests(email))]
                if barred
                else []
            )
        return self._suppressed


def having(rows: QuerySet[Any], path: str = "contact") -> Q:
    """Return the condition that one of `rows` points at the contact.

    PostgreSQL plans an anti-join for EXISTS and may scan a NOT IN row by row; SQLite builds an index of an IN once, where
    EXISTS would be looked up contact by contact. Measured in benchmarks/audience.py.
    """
    if connection.vendor == "postgresql":
        return Q(Exists(rows.filter(**{path: OuterRef("pk")})))
    return Q(pk__in=rows.filter(**{f"{path}__isnull": False}).values(path))


def _signed(op: str, condition: Q) -> Q:
    return ~condition if op == "is_not" or op.startswith("not_") else condition


def _role(query: Query, op: str, value: Sequence[str]) -> Q:
    return _signed(op, Q(role__in=value))


def _owner(query: Query, op: str, value: Sequence[str]) -> Q:
    ids = [int(pk) for pk in value if pk != NOBODY]
    nobody = Q(owner__isnull=True) if NOBODY in value else Q(pk__in=[])
    return _signed(op, Q(owner__in=ids) | nobody)


def _language(query: Query, op: str, value: Sequence[str]) -> Q:
    """The contact's language, else the company's; `zh` stands for `zh-hans` too."""

    def of(path: str) -> Q:
        exact = Q(**{f"{path}__in": [*value, *(code.upper() for code in value)]})
        return reduce(or_, (Q(**{f"{path}__startswith": f"{code}-"}) for code in value), exact)

    return _signed(op, of("language") | (Q(language="") & of("company__language")))


def _country(query: Query, op: str, value: Sequence[str]) -> Q:
    return _signed(op, Q(company__country__in=value))


def _industry(query: Query, op: str, value: Sequence[str]) -> Q:
    return _signed(op, reduce(or_, (Q(company__industry__iexact=name) for name in value)))


def _size(query: Query, op: str, value: int | None) -> Q:
    if op == "unknown":
        return Q(company__employees__isnull=True)
    return Q(**{f"company__employees__{'gte' if op == 'at_least' else 'lte'}": value})


def _segment(query: Query, op: str, value: Sequence[str]) -> Q:
    segments = list(Segment.objects.filter(key__in=query.names.below(value)).values_list("pk", flat=True))
    return _signed(op, having(query.leads().filter(segment__in=segments)))


def _need(query: Query, op: str, value: Sequence[str]) -> Q:
    status = {"confirmed": [Status.CONFIRMED], "met": [Status.MET], "gap": [Status.GAP]}.get(
        op, [one for one in Status if one != Status.DECLINED]
    )
    needs = list(Need.objects.filter(key__in=value).values_list("pk", flat=True))
    rows = Requirement.objects.for_user(query.user).order_by().filter(need__in=needs, status__in=status)
    return _signed(op, having(rows, "lead__contact"))


def _requirement(query: Query, op: str, value: Sequence[str]) -> Q:
    rows = Requirement.objects.for_user(query.user).order_by().filter(status__in=value)
    return _signed(op, having(rows, "lead__contact"))


def _stage(query: Query, op: str, value: Sequence[str]) -> Q:
    return _signed(op, having(query.leads().filter(stage__in=[int(pk) for pk in value])))


def _state(query: Query, op: str, value: Sequence[str]) -> Q:
    stages = list(Stage.objects.filter(kind__in=value).values_list("pk", flat=True))
    return _signed(op, having(query.leads().filter(stage__in=stages)))


def _pipeline(query: Query, op: str, value: Sequence[str]) -> Q:
    return _signed(op, having(query.leads().filter(pipeline__in=[int(pk) for pk in value])))


def _value(query: Query, op: str, value: dict[str, str]) -> Q:
    limit = {f"value__{'gte' if op == 'at_least' else 'lte'}": Decimal(value["amount"])}
    stages = list(Stage.objects.filter(kind=Stage.Kind.OPEN).values_list("pk", flat=True))
    return having(query.leads().filter(stage__in=stages, currency=value["currency"], **limit))


def _touch(query: Query, op: str, value: int | None) -> Q:
    """A message, pitch or campaign mail, either way; a message without a contact counts for that of its lead."""
    after = {"sent_at__isnull": False} if value is None else {"sent_at__gte": timezone.now() - timedelta(days=value)}
    messages = Message.objects.for_user(query.user).order_by().filter(**after)
    touches = [
        (messages, "contact"), (messages.filter(contact__isnull=True), "lead__contact"),
        (Pitch.objects.for_user(query.user).order_by().filter(**after), "contact"),
        (Delivery.objects.for_user(query.user).order_by().filter(**after), "contact"),
    ]  # fmt: skip
    if op in ("not_within", "never"):
        return neither([having(rows, path) for rows, path in touches])
    return among([rows.filter(**{f"{path}__isnull": False}).values(path) for rows, path in touches])


def among(branches: Sequence[QuerySet[Any]]) -> Q:
    """Return that one of these lists of ids has the contact: one list to join, where an OR would be tried row by row."""
    first, *others = branches
    return Q(pk__in=first.union(*others, all=True) if others else first)


def either(simple: Sequence[Q], others: Sequence[Q]) -> Q:
    """Return that one holds; `simple` ones look at the contact and company alone, `others` at rows elsewhere."""
    together = [reduce(or_, simple)] if simple else []
    if len(others) + len(together) == 1 or not others:
        return [*together, *others][0]
    return among([Contact.objects.filter(one).order_by().values("pk") for one in (*together, *others)])


def neither(conditions: Sequence[Q]) -> Q:
    """Return that none holds, each denied by itself: PostgreSQL joins a NOT EXISTS, but not a NOT over several."""
    return reduce(and_, (~one for one in conditions))


def _consent(query: Query, op: str, value: Sequence[str]) -> Q:
    """By the latest word of each contact. The three answers leave no fourth, so two questions tell them all apart."""
    rows = Consent.objects.for_user(query.user).order_by()
    asked, given = having(rows), latest_given(rows)
    found = {
        frozenset(["given"]): given, frozenset(["withdrawn"]): asked & ~given, frozenset(["none"]): ~asked,
        frozenset(["given", "withdrawn"]): asked, frozenset(["withdrawn", "none"]): ~given,
        frozenset(["given", "none"]): given | ~asked,
    }  # fmt: skip
    return _signed(op, found.get(frozenset(value), ~Q(pk__in=[])))


def latest_given(rows: QuerySet[Consent]) -> Q:
    """Return the condition that a contact's latest row says yes.

    SQLite takes one step into the index for each contact it still asks about; PostgreSQL joins the rows nothing came after.
    """
    if connection.vendor == "postgresql":
        newer = Q(at__gt=OuterRef("at")) | Q(at=OuterRef("at"), pk__gt=OuterRef("pk"))
        return having(rows.filter(~Exists(rows.filter(newer, contact=OuterRef("contact"))), given=True))
    latest = rows.filter(contact=OuterRef("pk")).order_by("-at", "-pk").values("given")[:1]
    return Q(Coalesce(Subquery(latest), Value(False)))


def _address(query: Query, op: str, value: None) -> Q:
    if op in ("missing", "present"):
        return Q(email="") if op == "missing" else ~Q(email="")
    return _signed(op, Q(pk__in=query.suppressed()))


def _campaign(query: Query, op: str, value: Sequence[str]) -> Q:
    which = {} if EVERY in value else {"campaign__in": [int(pk) for pk in value]}
    mails = Delivery.objects.for_user(query.user).order_by().filter(**which)
    what = op.removeprefix("not_")
    if what == "sent":
        return _signed(op, having(mails.filter(state__in=REACHED)))
    kind = Response.Kind.CLICK if what == "clicked" else Response.Kind.REPLY
    return _signed(op, having(mails.filter(responses__kind=kind, responses__who=Response.Who.HUMAN)))


COMPILE: dict[str, Callable[[Query, str, Any], Q]] = {
    "role": _role, "owner": _owner, "language": _language, "country": _country, "industry": _industry, "size": _size,
    "segment": _segment, "need": _need, "requirement": _requirement, "stage": _stage, "state": _state,
    "pipeline": _pipeline, "value": _value, "touch": _touch, "consent": _consent, "address": _address,
    "campaign": _campaign,
}  # fmt: skip
