"""What a sentence binds together: order, places, first words and neighbours of its words against those in its claims."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import pairwise

from modelhub.engine.verifier.lexicon import lexicon
from modelhub.engine.verifier.tokens import Statement, Token
from modelhub.engine.verifier.words import FUNCTION

_EMPTY = frozenset(("be", "please", "can", "have"))


@dataclass(frozen=True, slots=True)
class Item:
    """A word, name, figure or date of a text: what it may mean, and where it stands."""

    keys: frozenset[str]
    place: int
    clause: int
    segment: int
    marks: int  # marks that stand before it in its text
    label: bool  # may be one of several things of a kind: a name, a role, a plan, a figure
    kinds: frozenset[str]


def bindings(said: Sequence[Item], theirs: Sequence[Sequence[Item]], near: int) -> dict[str, float]:
    """Numbers for the words of a sentence against those of its claims, of which `near` shares most."""
    return {
        **_order(said, theirs[near]),
        **_exchanges(said, theirs[near]),
        **_subjects(said, theirs),
        **_siblings(said, theirs),
        **_pairs(said, theirs),
    }


def items_of(statement: Statement) -> tuple[Item, ...]:
    """Words and figures of a statement that things are said of, in order, with the mark before which each stands."""
    found: list[Item] = []
    marks = 0
    for token in statement.tokens:
        marks += token.kind == "mark"
        keys = keys_of(token, statement)
        if keys:
            kinds = _kinds(token, statement)
            label = bool(kinds) or token.kind in ("name", "quantity", "date")
            found.append(Item(keys, len(found), token.clause, token.segment, marks, label, kinds))
    return tuple(found)


def keys_of(token: Token, statement: Statement) -> frozenset[str]:
    """What a token may mean: its concepts, a figure's value with its dimension, a date."""
    if token.kind == "quantity":
        figure = statement.quantities[int(token.surface)]
        return frozenset((f"={figure.dimension}:{figure.value:.6g}",))
    if token.kind == "date":
        return frozenset((f"@{statement.text[token.start : token.end].lower()}",))
    if token.kind in ("mark", "function") or token.surface in FUNCTION:
        return frozenset()
    return frozenset(token.keys) - _EMPTY


def _kinds(token: Token, statement: Statement) -> frozenset[str]:
    if token.kind == "quantity":
        return frozenset((f"={statement.quantities[int(token.surface)].dimension}",))
    if token.kind in ("date", "name"):
        return frozenset((token.kind,))
    return frozenset(w for key in token.keys for w in _wider(key))


@lru_cache(maxsize=4096)
def _wider(key: str) -> frozenset[str]:
    return lexicon().wider(key) - {key}


def met(said: Sequence[Item], theirs: Sequence[Item]) -> int:
    """How many items of a sentence mean something that a claim has too."""
    known = frozenset[str]().union(*(item.keys for item in theirs))
    return sum(bool(item.keys & known) for item in said)


def _once(said: Sequence[Item], theirs: Sequence[Item]) -> list[tuple[Item, Item]]:
    """Items of the sentence with the one item of the claim that means the same, in the sentence's order."""
    found = []
    for item in said:
        same = [other for other in theirs if item.keys & other.keys]
        if len(same) == 1 and sum(bool(item.keys & other.keys) for other in said) == 1:
            found.append((item, same[0]))
    return found


def _order(said: Sequence[Item], theirs: Sequence[Item]) -> dict[str, float]:
    """How far the words that both have stand in another order."""
    met = [(ours, other) for ours, other in _once(said, theirs)]
    places = [other.place for _, other in met]
    pairs = [(a, b) for i, a in enumerate(places) for b in places[i + 1 :]]
    steps = [(a[1], b[1]) for a, b in pairwise(met) if a[0].marks == b[0].marks and a[1].place != b[1].place]
    back = sum(a.place > b.place for a, b in steps)
    return {
        "order turned": sum(a > b for a, b in pairs) / max(1, len(pairs)),
        "steps back": float(min(4, back)),
        "steps back share": back / max(1, len(steps)),
        "steps on": sum(b.place - a.place == 1 for a, b in steps) / max(1, len(steps)),
        "met once": len(met) / max(1, len(said)),
    }


def _exchanges(said: Sequence[Item], theirs: Sequence[Item]) -> dict[str, float]:
    """Words that stand in each other's place: what an edit takes away here it puts in there."""
    known: dict[str, str] = {}
    names = [[_first(item, known) for item in side] for side in (theirs, said)]
    blocks = [
        (set(names[0][a:b]), set(names[1][c:d]))
        for kind, a, b, c, d in SequenceMatcher(None, names[0], names[1], autojunk=False).get_opcodes()
        if kind != "equal"
    ]
    moved = set[str]()
    exchanged = 0
    for i, (gone, come) in enumerate(blocks):
        for j, (other_gone, other_come) in enumerate(blocks):
            if i != j:
                moved |= gone & other_come
                exchanged += bool(gone & other_come) and bool(come & other_gone) and i < j
    fresh = {name for _, come in blocks for name in come} - set(names[0])
    size = max(1, len(said))
    return {
        "exchanged": float(min(3, exchanged)),
        "moved": len(moved) / size,
        "moved only": len(moved) / size if not fresh else 0.0,
        "fresh": len(fresh) / size,
        "same words": float(set(names[1]) <= set(names[0])),
    }


def _first(item: Item, known: dict[str, str]) -> str:
    """One name for all items that share a meaning."""
    name = next((known[key] for key in sorted(item.keys) if key in known), min(item.keys))
    for key in item.keys:
        known.setdefault(key, name)
    return name


def _lead(items: Sequence[Item]) -> dict[int, Item]:
    """For each clause the first word in it: mostly its subject."""
    leads: dict[int, Item] = {}
    for item in items:
        leads.setdefault(item.clause, item)
    return leads


def _subjects(said: Sequence[Item], theirs: Sequence[Sequence[Item]]) -> dict[str, float]:
    """Whether what a clause says is said in the claims behind the same first word."""
    leads, known = _lead(said), frozenset[str]().union(*(i.keys for items in theirs for i in items))
    claim_leads = [_lead(items) for items in theirs]
    kept = other = behind = 0
    for item in said:
        lead = leads[item.clause]
        if lead is item or not lead.keys & known:
            continue
        homes = [(n, i) for n, items in enumerate(theirs) for i in items if i.keys & item.keys]
        if not homes:
            continue
        if any(claim_leads[n][i.clause].keys & lead.keys for n, i in homes):
            kept += 1
        elif any(claim_leads[n][i.clause] is i for n, i in homes):
            behind += 1
        else:
            other += 1
    total = max(1, kept + other + behind)
    return {"lead kept": kept / total, "lead other": other / total, "lead behind": behind / total}


def _siblings(said: Sequence[Item], theirs: Sequence[Sequence[Item]]) -> dict[str, float]:
    """Whether each word stands nearest to the one of several like things that it stands nearest to in the claims."""
    right = wrong = figures = 0
    labels = [item for item in said if item.label]
    for items in theirs:
        for item in said:
            home = [i for i in items if i.keys & item.keys]
            if len(home) != 1:
                continue
            for label in labels:
                if label is item or label.keys & item.keys or _gap(label, item) > 6:
                    continue
                if any(x.kinds & label.kinds and _gap(x, item) < _gap(label, item) for x in labels if x is not item):
                    continue
                own = [i for i in items if i.keys & label.keys and i is not home[0]]
                rivals = [
                    i for i in items if i.kinds & label.kinds and not i.keys & label.keys and not i.keys & item.keys
                ]
                if not own or not rivals:
                    continue
                nearer = min(_gap(i, home[0]) for i in own) > min(_gap(i, home[0]) for i in rivals)
                wrong += nearer
                right += not nearer
                figures += nearer and any(k[0] == "=" for k in label.keys | item.keys)
    return {
        "beside another": float(min(6, wrong)),
        "beside another share": wrong / max(1, wrong + right),
        "figure beside another": float(min(4, figures)),
    }


def _gap(one: Item, other: Item) -> int:
    return abs(one.place - other.place) + 3 * abs(one.marks - other.marks) + 2 * (one.segment != other.segment)


def _pairs(said: Sequence[Item], theirs: Sequence[Sequence[Item]]) -> dict[str, float]:
    """Words that stand side by side in the sentence: side by side, in one clause, one claim or different claims there."""
    count = {"side": 0, "turned": 0, "part": 0, "claim": 0, "apart": 0}
    for a, b in pairwise(said):
        if a.marks != b.marks or a.keys & b.keys:
            continue
        homes = [([i for i in items if i.keys & a.keys], [i for i in items if i.keys & b.keys]) for items in theirs]
        both = [(i, j) for first, second in homes for i in first for j in second if i is not j]
        if any(j.place - i.place == 1 for i, j in both):
            count["side"] += 1
        elif any(i.place - j.place == 1 for i, j in both):
            count["turned"] += 1
        elif any(i.segment == j.segment for i, j in both):
            count["part"] += 1
        elif both:
            count["claim"] += 1
        elif any(first for first, _ in homes) and any(second for _, second in homes):
            count["apart"] += 1
    total = max(1, sum(count.values()))
    return {f"pairs {name}": n / total for name, n in count.items()}
