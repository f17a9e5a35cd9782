"""The tree of an audience's conditions: what may stand in it, and how it reads as a sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm.money import CURRENCIES
from marketing.services.audience_fields import FIELDS, Field, Operator
from marketing.services.audience_names import Names

GROUPS = ("all", "any", "none")
DEEPEST, MOST = 4, 50
MANY_VALUES = 50
Path = tuple[int, ...]


def group_of(node: Any) -> str:
    """Return the kind of a group, or "" for a leaf or anything else."""
    return next(iter(node)) if isinstance(node, dict) and len(node) == 1 and next(iter(node)) in GROUPS else ""


def leaves(node: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Give every leaf of a checked tree with its place: numbers from 1, level by level."""
    kind = group_of(node)
    if not kind:
        yield path, node
        return
    for place, child in enumerate(node[kind], 1):
        yield from leaves(child, (*path, place))


def problems(conditions: Any, names: Names | None = None) -> dict[Path, str]:
    """Return what is wrong, by place; `()` is the tree as a whole. Nothing there means it can be asked for."""
    if conditions == {}:
        return {}
    found: dict[Path, str] = {}
    if not group_of(conditions):
        return {(): _("Conditions are a group: all, any or none of a list.")}
    if conditions == {"all": []}:
        return {}
    total = _walk(conditions, (), 1, names or Names(), found)
    if total > MOST:
        found[()] = _("An audience has at most %(n)d conditions; these are %(found)d.") % {"n": MOST, "found": total}
    return found


def _walk(node: Any, path: Path, depth: int, names: Names, found: dict[Path, str]) -> int:
    """Check a node and all below it; returns how many leaves there are."""
    kind = group_of(node)
    if not kind:
        if trouble := leaf_problem(node, names):
            found[path] = trouble
        return 1
    if depth > DEEPEST:
        found[path] = _("Groups stand in groups at most %(n)d deep.") % {"n": DEEPEST}
        return 0
    children = node[kind]
    if not isinstance(children, list):
        found[path] = _("A group holds a list of conditions.")
        return 0
    if not children:
        found[path] = _("This group is empty: add a condition or remove it.")
    if len(children) > MOST:
        return len(children)
    return sum(_walk(child, (*path, place), depth + 1, names, found) for place, child in enumerate(children, 1))


def leaf_problem(node: Any, names: Names) -> str:
    """Return what is wrong with a leaf, or ""."""
    if not isinstance(node, dict) or not set(node) <= {"field", "op", "value"} or not {"field", "op"} <= set(node):
        return _("A condition has a field, an operator and a value.")
    name, op = node["field"], node["op"]
    field = FIELDS.get(name) if isinstance(name, str) else None
    if field is None:
        return _("“%(field)s” is no field of an audience.") % {"field": str(name)[:60]}
    operator = field.operators.get(op) if isinstance(op, str) else None
    if operator is None:
        return _("“%(op)s” is no operator of “%(field)s”.") % {"op": str(op)[:60], "field": field.label}
    return _value_problem(field, operator, node.get("value"), names)


def _value_problem(field: Field, operator: Operator, value: Any, names: Names) -> str:
    if operator.kind == "nothing":
        return "" if value in (None, "", []) else _("This operator takes no value.")
    if operator.kind in ("choices", "codes"):
        return _list_problem(field, operator, value, names)
    if operator.kind == "money":
        return _money_problem(field, value)
    if type(value) is not int or not 0 <= value <= field.most:
        return _("Give a whole number from 0 to %(most)d.") % {"most": field.most}
    return ""


def _list_problem(field: Field, operator: Operator, value: Any, names: Names) -> str:
    if not isinstance(value, list) or not value:
        return _("Choose at least one value.")
    if len(value) > MANY_VALUES:
        return _("Choose at most %(n)d values.") % {"n": MANY_VALUES}
    for one in value:
        if not isinstance(one, str):
            return _("“%(value)s” is no value of “%(field)s”.") % {"value": str(one)[:60], "field": field.label}
        if operator.kind == "codes":
            good = re.fullmatch(field.pattern, one) is not None
        else:
            good = one in names.known(field.choices)
        if not good:
            return _("“%(value)s” is not there, or is no value of “%(field)s”.") % {
                "value": one[:60],
                "field": field.label,
            }
    return ""


def _money_problem(field: Field, value: Any) -> str:
    if not isinstance(value, dict) or set(value) != {"amount", "currency"} or not isinstance(value["amount"], str):
        return _("Give an amount and a currency.")
    if value["currency"] not in CURRENCIES:
        return _("“%(code)s” is no currency we know.") % {"code": str(value["currency"])[:10]}
    try:
        amount = Decimal(value["amount"])
    except InvalidOperation:
        return _("“%(amount)s” is no amount.") % {"amount": value["amount"][:30]}
    if not amount.is_finite() or not 0 <= amount <= field.most:
        return _("Give an amount from 0 to %(most)d.") % {"most": field.most}
    return ""


def check(conditions: Any, names: Names | None = None) -> None:
    """Raise ValidationError, naming each leaf that cannot stand, unless all of the tree can."""
    if found := problems(conditions, names):
        raise ValidationError([_named(conditions, path, text) for path, text in sorted(found.items())])


def _named(conditions: Any, path: Path, text: str) -> str:
    if not path:
        return text
    node = conditions
    for place in path:
        node = node[group_of(node)][place - 1]
    name = node.get("field") if isinstance(node, dict) else None
    field = FIELDS.get(name) if isinstance(name, str) else None
    place_words = ".".join(map(str, path))
    if field:
        return _("Condition %(place)s (%(field)s): %(text)s") % {
            "place": place_words,
            "field": field.label,
            "text": text,
        }
    return _("Condition %(place)s: %(text)s") % {"place": place_words, "text": text}


def pruned(node: Any, bad: dict[Path, str], path: Path = ()) -> Any:
    """Return the tree without its bad places and without groups that have nothing left; None if that is all of it."""
    if path in bad and path:
        return None
    kind = group_of(node)
    if not kind:
        return node
    kept = [one for place, child in enumerate(node[kind], 1) if (one := pruned(child, bad, (*path, place))) is not None]
    return {kind: kept} if kept else None


def phrase(leaf: dict[str, Any], names: Names) -> str:
    """Return a leaf as part of a sentence about contacts: “work in Germany or Austria”."""
    field = FIELDS[leaf["field"]]
    operator = field.operators[leaf["op"]]
    if operator.kind == "nothing":
        return str(operator.phrase)
    told: dict[str, Any] = {"value": value_words(field, operator, leaf["value"], names), "n": leaf["value"]}
    return str(operator.phrase % told)


def value_words(field: Field, operator: Operator, value: Any, names: Names) -> str:
    """Return a value in words: names of choices, a number, an amount."""
    if operator.kind == "money":
        return f"{Decimal(value['amount']):,.0f} {value['currency']}"
    if operator.kind in ("number", "days"):
        return f"{value:,}"
    words = [names.label(field.choices, one) for one in value]
    if len(words) > 4:
        rest = len(words) - 3
        words = [*words[:3], ngettext("%(n)d more", "%(n)d more", rest) % {"n": rest}]
    return joined(words, _("or"))


def sentence(conditions: Any, names: Names) -> str:
    """Return a checked tree as a sentence."""
    if not conditions or not conditions[group_of(conditions)]:
        return _("All contacts")
    return _("Contacts who %(conditions)s") % {"conditions": _clause(conditions, names)}


def _clause(node: Any, names: Names) -> str:
    kind = group_of(node)
    if not kind:
        return phrase(node, names)
    parts = [f"({_clause(child, names)})" if group_of(child) else _clause(child, names) for child in node[kind]]
    if kind == "none":
        return _("are not among those who %(parts)s") % {"parts": joined(parts, _("or"))}
    return joined(parts, _("and") if kind == "all" else _("or"))


def joined(parts: list[str], word: str) -> str:
    """Join parts with a word: “a, b and c”."""
    if len(parts) < 2:
        return "".join(parts)
    return _("%(first)s %(word)s %(last)s") % {"first": _(", ").join(parts[:-1]), "word": word, "last": parts[-1]}
