"""The builder's form: a tree as fields of a plain form, read back, changed by a button, laid out again.

A place has a token, `r-2-1`; its fields are `kind:`, `field:`, `op:`, `value:`, `currency:` and `was:` (field and operator as drawn).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from crm.money import CURRENCIES
from marketing.services import audience_tree
from marketing.services.audience_fields import FIELDS, Field, Operator
from marketing.services.audience_names import Names
from marketing.services.audience_tree import DEEPEST, GROUPS, MOST, Path, group_of

ROOT = "r"
FIRST = {"field": "country", "op": "is", "value": []}  # what a new condition starts as
BRANCHES = MOST + 10  # more in one group is never read


@dataclass(slots=True)
class Line:
    """A place of the tree as the page draws it: a group with its lines, or a condition with its inputs."""

    token: str
    joint: str = ""  # the word before it: and, or, nor
    kind: str = ""
    known: Field | None = None
    op: str = ""
    operator: Operator | None = None
    chosen: tuple[str, ...] = ()
    choices: tuple[tuple[str, str], ...] = ()
    words: str = ""
    text: str = ""
    currency: str = ""
    hint: str = ""
    lines: tuple[Line, ...] = ()
    deepest: bool = False


def read(data: QueryDict) -> dict[str, Any]:
    """Return the tree a posted form describes; what is not filled in yet stays in it and fails the check."""
    tree = _group(data, ROOT, 1)
    return tree if isinstance(tree, dict) else {"all": []}


def _group(data: QueryDict, token: str, depth: int) -> dict[str, Any]:
    kind = data.get(f"kind:{token}", "all")
    children: list[Any] = []
    places = {int(hit[1]) for key in data if (hit := re.fullmatch(rf"(?:kind|field):{token}-([0-9]{{1,3}})", key))}
    for place in sorted(places)[:BRANCHES]:
        below = f"{token}-{place}"
        if f"field:{below}" in data:
            children.append(_leaf(data, below))
        elif depth <= DEEPEST:
            children.append(_group(data, below, depth + 1))
    return {kind if kind in GROUPS else "all": children}


def _leaf(data: QueryDict, token: str) -> dict[str, Any]:
    """Read a condition. A value belongs to the field and operator it was chosen for, and goes when they change."""
    name, op = data[f"field:{token}"], data.get(f"op:{token}", "")
    known = FIELDS.get(name)
    if known is None:
        return {"field": name, "op": op, "value": None}
    was_field, _space, was_op = data.get(f"was:{token}", "").partition(" ")
    if op not in known.operators:
        op = next(iter(known.operators))
    before = FIELDS[was_field].operators.get(was_op) if was_field in FIELDS else None
    kind = known.operators[op].kind
    same = not was_field or (was_field == name and before is not None and before.kind == kind)
    return {"field": name, "op": op, "value": _value(data, token, kind) if same else _nothing(kind)}


def _nothing(kind: str) -> Any:
    if kind == "money":
        return {"amount": "", "currency": "EUR"}
    return [] if kind in ("choices", "codes") else None


def _value(data: QueryDict, token: str, kind: str) -> Any:
    values = data.getlist(f"value:{token}")[: audience_tree.MANY_VALUES + 1]
    first = (values[-1] if values else "").strip()
    if kind in ("choices", "codes"):
        return [value for value in dict.fromkeys(values) if value]
    if kind == "money":
        return {"amount": first.replace(",", "")[:30], "currency": data.get(f"currency:{token}", "EUR")}
    if kind == "nothing":
        return None
    return int(first) if re.fullmatch(r"[0-9]{1,15}", first) else first or None


def change(tree: dict[str, Any], do: str) -> dict[str, Any]:
    """Do what a button says to the tree: add or group at a place, or remove one. What it does not know changes nothing."""
    verb, _colon, token = do.partition(":")
    if not re.fullmatch(rf"{ROOT}(-[0-9]{{1,3}})*", token):
        return tree
    path = tuple(int(part) for part in token.split("-")[1:])
    if verb in ("add", "group") and (group := _at(tree, path)) is not None and (kind := group_of(group)):
        new: dict[str, Any] = {**FIRST, "value": []}
        if verb == "group" and len(path) + 1 < DEEPEST:
            new = {"any": [new]}
        group[kind].append(new)
    elif verb == "remove" and path and (group := _at(tree, path[:-1])) is not None and (kind := group_of(group)):
        if 0 < path[-1] <= len(group[kind]):
            del group[kind][path[-1] - 1]
        if not group[kind] and path[:-1]:
            return change(tree, f"remove:{token.rpartition('-')[0]}")
    return tree


def _at(tree: Any, path: Path) -> Any:
    for place in path:
        kind = group_of(tree)
        if not kind or not 0 < place <= len(tree[kind]):
            return None
        tree = tree[kind][place - 1]
    return tree


def lay_out(tree: Any, names: Names, hints: Mapping[Path, str]) -> Line:
    """Return the lines to draw; `hints` says what is missing, by place."""
    return _line(tree if group_of(tree) else {"all": []}, (), names, hints, "")


def _line(node: Any, path: Path, names: Names, hints: Mapping[Path, str], joint: str) -> Line:
    token = "-".join([ROOT, *map(str, path)])
    hint = hints.get(path, "") if path else ""
    kind = group_of(node)
    if not kind:
        return _condition(node if isinstance(node, dict) else {}, token, names, hint, joint)
    children = node[kind] if isinstance(node[kind], list) else []
    lines = tuple(
        _line(child, (*path, place), names, hints, _joint(kind) if place > 1 else "")
        for place, child in enumerate(children, 1)
    )
    return Line(token, joint, kind, hint=hint, lines=lines, deepest=len(path) + 1 >= DEEPEST)


def _joint(kind: str) -> str:
    words = {"all": pgettext("between conditions", "and"), "any": pgettext("between conditions", "or")}
    return words.get(kind, pgettext("between conditions", "nor"))


def _condition(leaf: dict[str, Any], token: str, names: Names, hint: str, joint: str) -> Line:
    name, op, value = leaf.get("field"), leaf.get("op"), leaf.get("value")
    known = FIELDS.get(name) if isinstance(name, str) else None
    operator = known.operators.get(op) if known and isinstance(op, str) else None
    line = Line(
        token, joint, known=known, op=op if operator and isinstance(op, str) else "", operator=operator, hint=hint
    )
    if known is None or operator is None:
        return line
    if operator.kind in ("choices", "codes"):
        line.chosen = tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()
        offered = names.choices(known.choices)
        gone = [(one, names.label(known.choices, one)) for one in line.chosen if one not in names.known(known.choices)]
        line.choices = (*offered, *gone)
        line.words = audience_tree.joined([names.label(known.choices, one) for one in line.chosen[:3]], _("or"))
        if len(line.chosen) > 3:
            line.words += f" +{len(line.chosen) - 3}"
    elif operator.kind == "money":
        amount = value if isinstance(value, dict) else {}
        line.text, line.currency = str(amount.get("amount", "")), str(amount.get("currency", "EUR"))
        line.choices = tuple((code, code) for code in CURRENCIES)
    elif operator.kind != "nothing":
        line.text = "" if value is None else str(value)
    return line
