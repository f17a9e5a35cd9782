"""Audiences: who is in one, why, and how they are made, changed and removed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from operator import and_
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import BooleanField, Case, Q, QuerySet, Value, When
from django.db.models.deletion import ProtectedError
from django.utils.translation import gettext as _

from core.models import User
from core.services import audit, edits
from crm.models import Contact
from marketing.models import Audience, Campaign
from marketing.services import audience_tree
from marketing.services.audience_found import Finder
from marketing.services.audience_names import Names
from marketing.services.audience_queries import Query, either, having, neither
from marketing.services.audience_tree import Path, check, group_of

__all__ = ["Node", "check", "contacts", "count", "create", "delete", "duplicate", "edit", "why"]

EDITABLE = ("name", "description", "conditions", "owner")


@dataclass(frozen=True, slots=True)
class Node:
    """A place of the tree for one contact: what it asks for, whether it holds, and what was found. `kind` is "" for a leaf."""

    kind: str
    text: str
    holds: bool
    found: str
    children: tuple[Node, ...] = ()


def contacts(conditions: Any, *, user: User, names: Names | None = None) -> QuerySet[Contact]:
    """Return the contacts `user` may read that the conditions hold for. Raises ValidationError."""
    names = names or Names(user)
    check(conditions, names)
    rows = Contact.objects.for_user(user)
    return rows.filter(_where(conditions, Query(user, names))) if conditions else rows


def count(conditions: Any, *, user: User, names: Names | None = None) -> int:
    """Return how many contacts of `user` are in. Raises ValidationError."""
    return contacts(conditions, user=user, names=names).order_by().count()


def _where(node: Any, query: Query) -> Q:
    kind = group_of(node)
    if not kind:
        return query.condition(node["field"], node["op"], node.get("value"))
    children = node[kind]
    if not children:
        return Q()
    if kind == "any":
        simple = [_where(child, query) for child in children if query.simple(child)]
        return either(simple, [_where(child, query) for child in children if not query.simple(child)])
    parts = [_where(child, query) for child in children]
    if kind == "all":
        return reduce(and_, parts)
    groups = [bool(group_of(child)) for child in children]
    return neither(
        [
            having(Contact.objects.filter(part), "pk") if group else part
            for part, group in zip(parts, groups, strict=True)
        ]
    )


def why(conditions: Any, contact: Contact, *, user: User) -> Node:
    """Return the tree for one contact, each leaf asked of the database as the count asks it.

    Raises ValidationError, and Contact.DoesNotExist if `user` may not read the contact.
    """
    names = Names(user)
    check(conditions, names)
    query, finder = Query(user, names), Finder(contact, user, names)
    asked = list(audience_tree.leaves(conditions)) if conditions else []
    answers = {
        f"leaf_{place}": Case(
            When(query.condition(leaf["field"], leaf["op"], leaf.get("value")), then=Value(True)),
            default=Value(False), output_field=BooleanField(),
        )
        for place, (_path, leaf) in enumerate(asked)
    }  # fmt: skip
    row = Contact.objects.for_user(user).order_by().annotate(**answers).get(pk=contact.pk)
    holds = {path: bool(getattr(row, f"leaf_{place}")) for place, (path, _leaf) in enumerate(asked)}
    return _node(conditions or {"all": []}, (), holds, finder, names)


def _node(node: Any, path: Path, holds: Mapping[Path, bool], finder: Finder, names: Names) -> Node:
    kind = group_of(node)
    if not kind:
        return Node("", audience_tree.phrase(node, names), holds[path], finder.found(node["field"]))
    children = tuple(_node(child, (*path, place), holds, finder, names) for place, child in enumerate(node[kind], 1))
    good = [child.holds for child in children]
    held = all(good) if kind == "all" else any(good) if kind == "any" else not any(good)
    words = {"all": _("All of these hold"), "any": _("At least one of these holds"), "none": _("None of these holds")}
    return Node(kind, words[kind], held, "", children)


def create(*, by: User, name: str, description: str = "", conditions: Any = None) -> Audience:
    """Make an audience. Raises ValidationError for a name that is taken and for conditions that cannot stand."""
    conditions = {} if conditions is None else conditions
    check(conditions, Names(by))
    row = Audience(name=name.strip(), description=description.strip(), conditions=conditions, owner=by)
    row.clean_fields(exclude=["owner"])
    try:
        with transaction.atomic():
            row.save()
            audit.record("make", row, by=by, after={"name": row.name, "conditions": conditions})
    except IntegrityError:
        raise _taken(row.name) from None
    return row


def edit(audience: Audience, *, by: User, expected: int | None, **values: Any) -> Audience:
    """Change fields of EDITABLE. Raises ValidationError (nothing is written) and Stale."""
    if unknown := set(values) - set(EDITABLE):
        raise TypeError(f"not editable: {', '.join(sorted(unknown))}")
    values = {name: value.strip() if isinstance(value, str) else value for name, value in values.items()}
    if "conditions" in values:
        check(values["conditions"], Names(by))
    probe = Audience(name=audience.name, description=audience.description, conditions=audience.conditions)
    for name, value in values.items():
        setattr(probe, name, value)
    probe.clean_fields(exclude=["owner"])
    try:
        with transaction.atomic():
            if probe.conditions != audience.conditions:  # as with the campaign itself: who changed it cannot approve it
                Campaign.objects.filter(audience=audience, state=Campaign.State.REVIEW).update(asked_by=by)
            return edits.change(audience, by=by, expected=expected, **values)
    except IntegrityError:
        raise _taken(values["name"]) from None


def _taken(name: str) -> ValidationError:
    return ValidationError({"name": _("There is an audience named “%(name)s” already.") % {"name": name}})


def duplicate(audience: Audience, *, by: User) -> Audience:
    """Make a copy under a name that is free; it may hold conditions whose values are gone, to be mended."""
    base = _("%(name)s (copy)") % {"name": audience.name[:100]}
    taken = set(Audience.objects.filter(name__startswith=base).values_list("name", flat=True))
    name = next(one for n in range(1, len(taken) + 2) if (one := base if n == 1 else f"{base} {n}") not in taken)
    row = Audience(name=name, description=audience.description, conditions=audience.conditions, owner=by)
    try:
        with transaction.atomic():
            row.save()
            audit.record("make", row, by=by, after={"name": name, "copy of": audience.name})
    except IntegrityError:
        raise _taken(name) from None
    return row


def delete(audience: Audience, *, by: User, expected: int | None) -> None:
    """Remove an audience no campaign uses. Raises ValidationError, naming the campaigns, and Stale."""
    with transaction.atomic():
        row = Audience.objects.select_for_update().filter(pk=audience.pk).first()
        if row is None or (expected is not None and row.version != expected):
            raise edits.Stale(_("Somebody changed this audience while you had it open. Nothing was removed."))
        audit.record("remove", row, by=by, before={"name": row.name, "conditions": row.conditions})
        try:
            row.delete()
        except ProtectedError:
            used = ", ".join(row.campaigns.values_list("name", flat=True)[:5])
            raise ValidationError(
                _("This audience is used by %(campaigns)s. It was not removed.") % {"campaigns": used}
            ) from None
