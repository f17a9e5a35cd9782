"""Cuts a sentence into tokens with meanings, figures, dates and names: what every check of the verifier reads."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

from modelhub.engine.verifier.dates import RELATIVE, Date, find_clocks, find_dates
from modelhub.engine.verifier.idioms import normalise
from modelhub.engine.verifier.lexicon import Sense, lexicon
from modelhub.engine.verifier.names import CODES, code_key, is_code, looks_like_name
from modelhub.engine.verifier.quantities import find_quantities
from modelhub.engine.verifier.quantity import Quantity
from modelhub.engine.verifier.units import DAY, HOUR, MONTH, QUARTER, WEEK, YEAR
from modelhub.engine.verifier.words import FUNCTION, stem

_HAN = re.compile(r"[\u4e00-\u9fff]")
_HAN_FUNCTION = frozenset(
    "的了地得着过把被将给对于在从自到向往与和及或跟同由以为按就才再又还也都并而且但若如当时候吗呢吧啊呀么这那些此该各每个名位家张页次条份件台套种款项只仅仅会能可可以要应该须不没未无非"
    "比所其之有是用来去起里中上下内外间前后等即便因使让令请很更最较极太非常十分全整已正在经通过据根据关于对针其他它他她我您你们贵我们之一一二两三四五六七八九十"
)
_SHORT = re.compile(
    r"(?:it|that|there|here|what|who|he|she|let)['’]s|(?:i|you|we|they|it|that)['’](?:m|re|ve|ll|d)"
    r"|(?:is|are|was|were|do|does|did|has|have|had|wo|would|could|should|must|need)n['’]t|ain['’]t"
)
_PIECE = re.compile(
    r"(?P<word>[A-Za-zÀ-ÿ][A-Za-zÀ-ÿ'’]*)|(?P<han>[\u4e00-\u9fff]+)|(?P<punct>[,;:.!?()，。；：！？（）、—–]|\s-\s)"
)
_NOT_IN_FIRM = "家个多所有些某大型该贵我在为与的或及各类国内外三一二两几数百千万上市地方公立民营合作保险商业股份给对向由被把让使从到是于每整全这那你您他它己方客户本新老其另同等级别"
_HAN_FIRM = re.compile(
    rf"(?<=[在为与给被由和、，：；。的])[^{_NOT_IN_FIRM}\W\da-zA-Z]{{2,4}}(?:医院|银行|保险|集团|公司|大学|证券|科技|汽车|电力|航空|物流)|^[^{_NOT_IN_FIRM}\W\da-zA-Z]{{2,4}}(?:医院|银行|保险|集团|公司|大学|证券|科技|汽车|电力|航空|物流)"
)


@dataclass(slots=True)
class Token:
    """One unit of meaning. `kind`: concept, word (unknown), han (unknown), name, function, mark, quantity, date."""

    kind: str
    surface: str
    start: int
    end: int
    senses: tuple[Sense, ...] = ()
    keys: tuple[str, ...] = ()
    sign: int = 1
    clause: int = 0
    segment: int = 0
    general: bool = False
    capital: bool = False
    without: bool = False
    denied: bool = False

    @property
    def content(self) -> bool:
        """Whether the token says something that a claim must carry."""
        return self.kind in ("word", "han", "name") or (self.kind == "concept" and not self.general)


@dataclass(slots=True)
class Statement:
    """A text cut up. `keys` holds every concept with all that it implies, names and unknown stems too."""

    text: str
    chinese: bool
    tokens: list[Token] = field(default_factory=list)
    quantities: list[Quantity] = field(default_factory=list)
    dates: list[Date] = field(default_factory=list)
    clocks: list[int] = field(default_factory=list)
    relative: list[str] = field(default_factory=list)
    denials: dict[int, int] = field(default_factory=dict)
    keys: frozenset[str] = frozenset()
    exact: frozenset[str] = frozenset()
    stems: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()


class _Cutter:
    """Walks over the stretches between figures, dates and codes and turns words into tokens."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.lexicon = lexicon()
        self.tokens: list[Token] = []

    def cut(self, start: int, end: int) -> None:
        pieces = list(_PIECE.finditer(self.text, start, end))
        i = 0
        while i < len(pieces):
            piece = pieces[i]
            if piece["word"]:
                j = i
                while j < len(pieces) and pieces[j]["word"]:
                    j += 1
                self._english(pieces[i:j])
                i = j
                continue
            if piece["han"]:
                self._chinese(piece.start(), piece["han"])
            else:
                self.tokens.append(Token("mark", piece.group().strip(), piece.start(), piece.end()))
            i += 1

    def _english(self, words: list[re.Match[str]]) -> None:
        surfaces = [w.group().lower() for w in words]
        stems = [stem(s) for s in surfaces]
        i = 0
        while i < len(words):
            length, senses = self._phrase(stems, i)
            intends = surfaces[i] == "plan" and (
                surfaces[i + 1 : i + 2] == ["to"] or surfaces[i - 1] in ("we", "i", "to")
            )
            if length == 1 and (surfaces[i] in ("planned", "planning", "plans") or intends):
                self.tokens.append(Token("function", surfaces[i], words[i].start(), words[i].end()))
                i += 1
                continue
            if length == 1 and surfaces[i].endswith("ing"):
                senses = self.lexicon.singles.get(surfaces[i], senses)
            if length == 1 and surfaces[i] in FUNCTION and surfaces[i] not in self.lexicon.singles:
                length = 0
            if length:
                end = words[i + length - 1].end()
                self._add_concept(
                    " ".join(surfaces[i : i + length]), words[i].start(), end, senses, words[i].group()[0].isupper()
                )
                i += length
                continue
            self._word(words[i], surfaces[i], stems[i])
            i += 1

    def _phrase(self, stems: list[str], at: int) -> tuple[int, tuple[Sense, ...]]:
        for phrase, senses in self.lexicon.english.get(stems[at], ()):
            if len(phrase) <= len(stems) - at and all(stems[at + k] == p for k, p in enumerate(phrase)):
                return len(phrase), senses
        return 0, ()

    def _add_concept(self, surface: str, start: int, end: int, senses: tuple[Sense, ...], capital: bool) -> None:
        general = any(self.lexicon.kind(key) == "g" for key, _ in senses)
        token = Token(
            "concept", surface, start, end, senses, tuple(k for k, _ in senses), general=general, capital=capital
        )
        if general and surface in FUNCTION:
            token.kind = "concept"
        self.tokens.append(token)

    def _word(self, piece: re.Match[str], surface: str, stemmed: str) -> None:
        start, end = piece.span()
        if surface in FUNCTION or _SHORT.fullmatch(surface) or (len(surface) == 1 and not piece.group().isupper()):
            self.tokens.append(Token("function", surface, start, end, capital=piece.group()[0].isupper()))
            return
        first = not re.search(r"[^\s\"'“”(]", self.text[:start]) or bool(re.search(r"[.!?:;]\s*$", self.text[:start]))
        name = looks_like_name(piece.group(), first, known=False)
        kind = "name" if name and not first else "word"
        key = surface.removesuffix("'s") if name else stemmed
        self.tokens.append(Token(kind, surface, start, end, keys=(key,), capital=name))

    def _chinese(self, start: int, run: str) -> None:
        i = 0
        longest = self.lexicon.longest
        while i < len(run):
            for length in range(min(longest, len(run) - i), 0, -1):
                senses = self.lexicon.chinese.get(run[i : i + length])
                if senses and not (length == 1 and self._inside_word(run, i)):
                    self._add_concept(run[i : i + length], start + i, start + i + length, senses, False)
                    i += length
                    break
            else:
                kind = "function" if run[i] in _HAN_FUNCTION else "han"
                self.tokens.append(Token(kind, run[i], start + i, start + i + 1, keys=(run[i],)))
                i += 1

    def _inside_word(self, run: str, at: int) -> bool:
        """A one-character entry does not count where it ends an unknown word of two characters."""
        previous = self.tokens[-1] if self.tokens else None
        return bool(
            previous and previous.kind == "han" and previous.end == previous.start + 1 and at > 0 and run[at] != "的"
        )


def _codes(text: str) -> list[tuple[int, int, tuple[str, ...]]]:
    found = [(*m.span(), code_key(m)) for m in CODES.finditer(text) if is_code(m)]
    return found + [(*m.span(), (m.group(),)) for m in _HAN_FIRM.finditer(text) if _is_firm(m.group())]


def _is_firm(text: str) -> bool:
    """A name and a kind of firm, unless what stands before the kind is a known word (试点医院)."""
    known = lexicon().chinese
    return not any(text[:size] in known for size in (2, 3, 4) if size < len(text))


def _counted(tokens: list[Token], statement: Statement) -> None:
    """Give every plain count the nouns it counts: what follows it, up to a function word or a mark."""
    for at, token in enumerate(tokens):
        if token.kind != "quantity":
            continue
        quantity = statement.quantities[int(token.surface)]
        if quantity.dimension not in ("count", "ratio"):
            continue
        found: list[str] = list(quantity.counted)
        for following in tokens[at + 1 : at + 5]:
            if following.kind in ("mark", "quantity", "date") or (
                following.kind == "function" and following.surface not in ("of", "the", "out", "的", "个", "种")
            ):
                break
            found.extend(following.keys)
        quantity.counted = frozenset(found)


def _quiet_rates(statement: Statement) -> None:
    """The words of a rate ("per hour", 每月) belong to the figure and say nothing of their own."""
    for quantity in statement.quantities:
        spans = [
            (quantity.extra.get("per_start"), quantity.start),
            (quantity.extra.get("rate_start"), quantity.extra.get("rate_end")),
        ]
        for start, end in spans:
            if start is None or end is None:
                continue
            for token in statement.tokens:
                if start <= token.start and token.end <= end and token.kind in ("concept", "word", "han"):
                    if "per_start" in quantity.extra and token.kind == "concept" and not _period_word(token):
                        continue
                    if token.kind == "concept" and any(lexicon().kind(k) == "c" for k in token.keys):
                        continue
                    token.kind, token.senses, token.keys = "function", (), ()


_FREQUENCY = {
    "daily": DAY,
    "nightly": DAY,
    "hourly": HOUR,
    "weekly": WEEK,
    "monthly": MONTH,
    "quarterly": QUARTER,
    "yearly": YEAR,
}
_PRICE_WORD = re.compile(
    r"\s+(?:\w+\s+)?(?:price|fee|cost|charge|rate|subscription|licence|license|bill|payment|basis|billing)s?\b",
    re.IGNORECASE,
)


def _frequencies(statement: Statement) -> None:
    """Words such as "nightly" become figures ("once a day"), so that 每天 and "every 24 hours" meet."""
    for at, token in enumerate(statement.tokens):
        key = next((k for k in token.keys if k in _FREQUENCY), None)
        if token.kind != "concept" or key is None:
            continue
        if (
            (token.surface.startswith("按") and _HAN_PAY.search(statement.text))
            or _PRICE_WORD.match(statement.text[token.end :])
            or _BILLED.search(statement.text[: token.start])
        ):
            token.kind, token.senses, token.keys = "function", (), ()
            continue
        value = 1 / _FREQUENCY[key]
        quantity = Quantity(token.start, token.end, value, "often", surface=token.surface).close()
        statement.quantities.append(quantity)
        statement.tokens[at] = Token("quantity", str(len(statement.quantities) - 1), token.start, token.end)


_HAN_PAY = re.compile(r"付费|计费|收费|付款|结算|缴费")
_BILLED = re.compile(r"(?:billed|paid|payable|charged|按)\s*(?:on a )?$", re.IGNORECASE)


def _period_word(token: Token) -> bool:
    return any(k in ("monthly", "yearly", "daily", "hourly", "weekly", "quarterly", "nightly") for k in token.keys)


def _all_keys(tokens: list[Token]) -> frozenset[str]:
    lex = lexicon()
    found: set[str] = set()
    for token in tokens:
        for key in token.keys:
            found |= lex.wider(key) if token.kind == "concept" else {key}
    return frozenset(found)


def _per_keys(statement: Statement) -> frozenset[str]:
    """Meanings of what figures are counted per ("a user and month")."""
    lex = lexicon()
    units = {unit for q in statement.quantities for kind, unit in q.per if kind == "count"}
    return frozenset(
        key
        for unit in units
        for key in (
            *(k for p, found in lex.english.get(unit, ()) if len(p) == 1 for k, _ in found),
            *(k for k, _ in lex.chinese.get(unit, ())),
            unit,
        )
    )


def surface_stems(statement: Statement) -> frozenset[str]:
    """The words as they were written: stems in English, pairs of characters in Chinese."""
    if statement.chinese:
        return frozenset(
            statement.text[i : i + 2]
            for i in range(len(statement.text) - 1)
            if _HAN.match(statement.text[i]) and _HAN.match(statement.text[i + 1])
        )
    return frozenset(stem(w) for w in re.findall(r"[a-z]+", statement.text.lower()) if w not in FUNCTION)


def _subject_name(tokens: list[Token]) -> None:
    """A capital at the start of a sentence is a name where a verb in the third person follows ("Ibis needs")."""
    lex = lexicon()
    for token, following in pairwise(tokens):
        if token.kind == "word" and token.capital:
            verb = following.surface in ("is", "can", "has", "was", "will", "does", "may", "must", "never", "had", "might", "also") or (
                following.kind == "concept" and following.surface.split()[0].endswith("s")
                and any(lex.kind(k) in "vg" or k in ("answer", "record", "question") for k in following.keys)
            ) or following.capital  # fmt: skip
            if verb or token.surface.endswith("'s"):
                token.kind, token.keys = "name", (token.surface.removesuffix("'s"),)


@lru_cache(maxsize=8192)
def parse(text: str) -> Statement:
    """Cut a sentence or a claim; the result is shared, so nothing may change it."""
    from modelhub.engine.verifier.contexts import contexts
    from modelhub.engine.verifier.negation import mark_clauses

    text = normalise(text)
    statement = Statement(text, chinese=len(_HAN.findall(text)) > 0.2 * max(1, len(text)))
    codes = _codes(text)
    dates = [d for d in find_dates(text) if not any(s < d.end and d.start < e for s, e, _ in codes)]
    clocks = [c for c in find_clocks(text) if not any(s < c[1] and c[0] < e for s, e, _ in codes)]
    relative = list(RELATIVE.finditer(text))
    taken = (
        [(s, e) for s, e, _ in codes]
        + [(d.start, d.end) for d in dates]
        + [(s, e) for s, e, _ in clocks]
        + [m.span() for m in relative]
    )
    statement.quantities = find_quantities(text, lambda a, b: any(s < b and a < e for s, e in taken))
    statement.dates, statement.clocks = dates, [minute for _, _, minute in clocks]
    statement.relative = [m.group().lower() for m in relative]
    fixed: list[tuple[int, int, Token]] = [
        (s, e, Token("name", text[s:e].lower(), s, e, keys=keys, capital=True)) for s, e, keys in codes
    ]
    fixed += [(q.start, q.end, Token("quantity", str(i), q.start, q.end)) for i, q in enumerate(statement.quantities)]
    fixed += [(s, e, Token("date", text[s:e], s, e)) for s, e in taken[len(codes) :]]
    cutter = _Cutter(text)
    at = 0
    for start, end, token in sorted(fixed, key=lambda f: (f[0], -f[1])):
        if start < at and end <= at:
            continue
        cutter.cut(at, max(at, start))
        cutter.tokens.append(token)
        at = max(at, end)
    cutter.cut(at, len(text))
    statement.tokens = cutter.tokens
    _quiet_rates(statement)
    _frequencies(statement)
    _subject_name(statement.tokens)
    _counted(statement.tokens, statement)
    mark_clauses(statement)
    statement.keys = _all_keys(statement.tokens) | _per_keys(statement)
    statement.stems = surface_stems(statement)
    statement.exact = frozenset(k for t in statement.tokens for k in t.keys)
    contexts(statement)
    statement.names = frozenset(k for t in statement.tokens if t.kind == "name" for k in t.keys[:1])
    return statement
