"""How a figure that stands in no claim could be worked out from those that do: in which step, and from whose figures."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from modelhub.engine.verifier.contexts import overlap
from modelhub.engine.verifier.entailment import close, comparable
from modelhub.engine.verifier.operands import Operand, operands, spans, stretches
from modelhub.engine.verifier.quantity import Quantity
from modelhub.engine.verifier.tokens import Statement
from modelhub.engine.verifier.units import MONEY

STEPS = ("direct", "complement", "step", "own", "span", "sum", "listed", "two", "turned")
_MANY = 12
_FEW = 2  # where more figures are unexplained, two steps to each take too long, and would find something by chance
"""More operands than this are cut off: what follows from so many figures says nothing any more."""
_TOTAL = re.compile(
    r"\b(?:total|together|combined|altogether|in all|sum|overall|both|between them|plus|adds? up|make?s?|counting|all|with)\b"
    r"|合计|共|总|加起来|加上|一起|算上|两者|都",
    re.IGNORECASE,
)
_MORE = re.compile(
    r"\b(?:more|ris\w+|rose|up|grew|grow\w*|increas\w+|higher|longer|gain\w*|climb\w*|added?|adds|dearer)\b"
    r"|提高|提升|增|涨|升|多了|高出|[高多]\d",
    re.IGNORECASE,
)
_LESS = re.compile(
    r"\b(?:less|fewer|fell|fall\w*|down|cut\w*|reduc\w+|cheaper|shorter|lower\w*|sav\w+|drop\w*|decreas\w+|shrank|faster|quicker)\b"
    r"|降|减|省|便宜|缩短|少了|低了|跌",
    re.IGNORECASE,
)


class Working(NamedTuple):
    """One way to a figure: the kind of step, and the operands used."""

    step: str
    used: tuple[Operand, ...] = ()


def workings(sentence: Statement, claims: Sequence[Statement], failed: Sequence[Quantity]) -> list[Working | None]:
    """For each figure of the sentence that no claim states, the plainest way to it; None where there is none."""
    failed = [q for q in failed if not q.percentile]
    if not failed:
        return []
    theirs = [o for claim in claims for o in operands(claim)][:_MANY]
    known = {round(o.value, 9) for o in theirs}
    found: list[Working | None] = []
    for figure in failed:
        own = [o for q in sentence.quantities if q is not figure and not q.percentile for o in operands(sentence, [q])]
        own = [o for o in own if round(o.value, 9) not in known][:4] + stretches(sentence.text)
        once = list(_ways(sentence, claims, theirs, own))
        fits = _fitting(once, sentence, figure)
        if not fits and len(failed) <= _FEW:
            fits = _fitting(_second(once, theirs, own), sentence, figure)
        found.append(min(fits, key=lambda w: STEPS.index(w.step), default=None))
    return _excuse(failed, found)


def _fitting(ways: Iterable[tuple[Working, Operand]], sentence: Statement, figure: Quantity) -> list[Working]:
    """The ways that come to the figure; a claim's own figure with another bound leaves none but that."""
    target, fits = _targets(sentence, figure), []
    for way, value in ways:
        if any(_same(t, value, figure) for t in target):
            if _allowed(way, figure):
                fits.append(way)
            elif way.step == "direct":
                return [Working("turned", way.used)]
    return fits


def _targets(sentence: Statement, figure: Quantity) -> list[Operand]:
    """What the figure may mean: its value; per period as a plain count; money where the sentence speaks of money."""
    read = [
        o
        for o in operands(sentence, [figure])
        if o.kind != "n" or o.value == figure.value or o.rate or not figure.extra
    ]
    if figure.extra.get("period"):
        read = operands(sentence, [figure])[:2]
    if figure.dimension == "count" and not figure.per and any(q.dimension in MONEY for q in sentence.quantities):
        read.append(Operand(figure.value, "m"))
    return read


def _excuse(failed: Sequence[Quantity], found: list[Working | None]) -> list[Working | None]:
    """A figure that only served to work out another one is given ("for 20 users that is $120"), not claimed."""
    given = {id(o.quantity) for w in found if w and w.step in ("own", "two") for o in w.used if o.quantity}
    return [
        Working("given") if w is None and id(figure) in given else w for figure, w in zip(failed, found, strict=True)
    ]


def _ways(
    sentence: Statement, claims: Sequence[Statement], theirs: list[Operand], own: list[Operand]
) -> Iterator[tuple[Working, Operand]]:
    for a in theirs:
        yield Working("direct", (a,)), a
        if a.kind == "r" and 0 < a.value < 1:
            yield Working("complement", (a,)), a.become(1 - a.value)
    for claim in claims:
        for length in spans(claim):
            yield Working("span"), length
        for size in _lists(claim.text):
            yield Working("listed"), Operand(float(size), "n")
    both = bool(_MORE.search(sentence.text)) == bool(_LESS.search(sentence.text))
    bases = ("small", "big") if both else ("small",) if _MORE.search(sentence.text) else ("big",)
    once = []
    for at, a in enumerate(theirs):
        for b in theirs[at + 1 :]:
            for step, value in _pair(a, b, bases, bool(_TOTAL.search(sentence.text))):
                once.append((Working(step, (a, b)), value))
    for a in theirs:
        for b in own:
            once += [(Working("own", (a, b)), value) for value in _product(a, b)]
            if a.like(b) and a.kind not in ("r", "pp"):
                once.append((Working("own", (a, b)), a.become(abs(a.value - b.value))))
    yield from once


def _second(
    once: list[tuple[Working, Operand]], theirs: list[Operand], own: list[Operand]
) -> Iterator[tuple[Working, Operand]]:
    """A second step on what the first one gave."""
    for way, a in once:
        if len(way.used) != 2 or way.step == "sum" or a.kind == "none":
            continue
        for b in (*theirs, *own):
            if b is way.used[0] or b is way.used[1]:
                continue
            for value in _product(a, b):
                yield Working("two", (*way.used, b)), value
            if a.like(b) and a.kind not in ("r", "pp"):
                yield Working("two", (*way.used, b)), a.become(a.value + b.value)
                yield Working("two", (*way.used, b)), a.become(abs(a.value - b.value))


def _pair(a: Operand, b: Operand, bases: tuple[str, ...], total: bool) -> Iterator[tuple[str, Operand]]:
    """What one step makes of two figures of the claims."""
    for value in _product(a, b):
        yield ("sum" if a.kind == b.kind == value.kind == "n" else "step"), value
    if a.kind == b.kind == "n" and min(a.value, b.value) > 0:
        yield "step", Operand(1 - min(a.value, b.value) / max(a.value, b.value), "r")
    if a.like(b):
        big, small = max(a.value, b.value), min(a.value, b.value)
        yield ("step" if total else "sum"), a.become(a.value + b.value)
        yield "step", a.become(big - small, "pp" if a.kind in ("r", "pp") else a.kind)
        if small > 0 and a.kind != "pp":
            for base in bases:
                yield "step", Operand((big - small) / (small if base == "small" else big), "r")
    for share, other in ((a, b), (b, a)):
        if share.kind == "r" and 0 < share.value < 1 and other.kind in ("n", "t", "m"):
            yield "step", other.become((1 - share.value) * other.value)
            yield "step", other.become((1 + share.value) * other.value)


def _product(a: Operand, b: Operand) -> Iterator[Operand]:
    """Products and quotients whose units make sense."""
    yield a.times(b)
    if b.value:
        yield a.over(b)
    if a.value:
        yield b.over(a)


def _same(said: Operand, got: Operand, figure: Quantity) -> bool:
    """Whether the figure said is the one worked out, within its bound and the digits it is given in."""
    ratio = got.value / said.value if said.value > 0 else 0.0
    if not 0.69 < ratio < 1.41 or not said.fits(got):
        return False
    if figure.bound in ("le", "lt", "upto"):
        return 0.7 <= ratio <= 1.0001
    if figure.bound in ("ge", "gt"):
        return 0.9999 <= ratio <= 1.4
    if figure.bound == "approx":
        return 0.92 <= ratio <= 1.08
    return abs(ratio - 1) <= (
        0.02 if said.kind == "t" and said.value > 1.7e6 else max(1e-3, min(0.02, _grain(figure, got)))
    )


_SIDE = {"le": -1, "lt": -1, "upto": -1, "ge": 1, "gt": 1}


def _allowed(way: Working, figure: Quantity) -> bool:
    """A figure read off a claim must be bounded as there and per the same things; only small counts count a list."""
    if way.step == "two" and figure.bound not in ("exact", "approx"):
        return False
    if way.step == "listed":
        return figure.dimension == "count" and figure.spelt and not figure.per
    quantity = way.used[0].quantity if way.step == "direct" else None
    if quantity is None:
        return True
    if bool({k for k, _ in quantity.per} ^ {k for k, _ in figure.per}):
        return False
    ours, theirs = _SIDE.get(figure.bound, 0), _SIDE.get(quantity.bound, 0)
    if ours and not theirs:
        return way.used[0].value != figure.value or figure.bound in ("le", "ge", "upto")
    return ours == theirs or quantity.extra.get("whole", 0) == way.used[0].value


def _grain(figure: Quantity, got: Operand) -> float:
    """Half a unit of the last digit said, as a share; nothing where the result is a round number itself."""
    digits = re.search(r"\d[\d,]*(?:\.\d+)?", figure.surface)
    scale = got.value * (100 if got.kind in ("r", "pp") else 1)
    if not digits or abs(scale - round(scale)) < 1e-9:
        return 0.012 if figure.spelt and figure.dimension == "ratio" else 0.0
    whole, _, decimals = digits.group().replace(",", "").partition(".")
    unit = 10.0 ** -len(decimals) if decimals else 10.0 ** (len(whole) - len(whole.rstrip("0")))
    return 0.51 * unit / max(float(digits.group().replace(",", "")), unit)


_LIST = re.compile(
    r"[^,;.:()、，。；：（）]{1,40}(?:, [^,;.:()]{1,30}){0,6},? (?:and|or) |[^,;.、，。；]{1,14}(?:、[^、，。；]{1,14}){1,6}|[和及与]"
)


def _lists(text: str) -> Iterator[int]:
    """How many things are named side by side: "law and arts", 网页、微信和电话."""
    for match in _LIST.finditer(text):
        piece = match.group()
        yield (
            2 + piece.count(",") - piece.count(", and ")
            if " " in piece
            else 2 + piece.count("、") - 1 * ("、" in piece)
        )
        if "、" in piece:
            yield 2 + piece.count("、")


def cases(sentence: Statement, claims: Sequence[Statement], failed: Sequence[Quantity]) -> Counter[str]:
    """Figures that are a case under a claim's bound ("a 120-page file" and "up to 200 pages"): inside it or outside."""
    count: Counter[str] = Counter()
    bounded = [q for claim in claims for q in claim.quantities if q.bound in ("upto", "le", "lt", "ge", "gt", "range")]
    for figure in failed:
        near = [
            q for q in bounded
            if q.dimension == figure.dimension and not q.percentile and (q.counted & figure.counted or overlap(q, figure) >= 1)
        ]  # fmt: skip
        if near:
            best = max(near, key=lambda q: (len(q.counted & figure.counted), overlap(q, figure)))
            count["inside" if best.low <= figure.value <= best.high else "outside"] += 1
    return count


def elsewhere(found: Sequence[Working | None], failed: Sequence[Quantity], claims: Sequence[Statement]) -> int:
    """How many figures are worked out from a claim's figure while another of its kind stands nearer in words."""
    pool = [q for claim in claims for q in claim.quantities]
    wrong = 0
    for way, figure in zip(found, failed, strict=True):
        if way is None or way.step not in ("complement", "step", "own"):
            continue
        used = [o.quantity for o in way.used if o.quantity is not None and any(o.quantity is q for q in pool)]
        for q in used:
            rivals = [r for r in pool if r.dimension == q.dimension and not any(r is u for u in used)]
            if max((overlap(r, figure) for r in rivals), default=0) > overlap(q, figure) + 0.9:
                wrong += 1
                break
    return wrong


def bound_changes(sentence: Statement, claims: Sequence[Statement]) -> Counter[str]:
    """Figures that a claim states too, but bounded otherwise: a bound added, dropped, or turned round."""
    count: Counter[str] = Counter()
    pool = [q for claim in claims for q in claim.quantities]
    for said in sentence.quantities:
        alike = [
            q for q in pool if comparable(q, said) and close(q.value, said.value) and q.percentile == said.percentile
        ]
        ours, theirs = _side(said), {_side(q) for q in alike}
        if not alike or ours in theirs or (said.dimension == "count" and said.value <= 1):
            continue
        if -ours in theirs and abs(ours) == 1:
            count["turned"] += 1
        elif 0 in theirs:
            count["added"] += 1
        else:
            count["dropped"] += 1
    return count


def _side(quantity: Quantity) -> int:
    """1 for at least, -1 for at most or within, 2 for about, 0 for a plain figure."""
    if quantity.bound == "exact" and quantity.within:
        return -1
    return 2 if quantity.bound == "approx" else _SIDE.get(quantity.bound, 0)
