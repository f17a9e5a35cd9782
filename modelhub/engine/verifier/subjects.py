"""Who or what a statement is about: new names, and what belongs to one product said of another."""

from __future__ import annotations

import re

from modelhub.engine.verifier.lexicon import lexicon
from modelhub.engine.verifier.negation import negators
from modelhub.engine.verifier.similarity import Cover, carries, claim_stems
from modelhub.engine.verifier.tokens import Statement, Token, parse

_EXCLUSIVE = re.compile(r"\b(?:only|solely|exclusively|nothing but)\b|仅|只有|只(?!需|要)", re.IGNORECASE)
_SIBLINGS = ("plan", "language", "cert:", "code:")


def new_names(cover: Cover) -> tuple[list[str], list[Token]]:
    """Reasons for names and one-of-a-kind things that no claim mentions, and their tokens."""
    lex = lexicon()
    found = [
        t for t, _ in cover.new if t.kind == "name" or (t.kind == "concept" and all(lex.kind(k) == "h" for k in t.keys))
    ]
    return [f'names "{token.surface}", which no claim does' for token in found], found


def replaced(token: Token, claims: list[Statement]) -> str:
    """The thing of the same kind that the claims name where the sentence names another, or ""."""
    lex = lexicon()
    kinds = {w for k in token.keys for w in lex.wider(k)} - set(token.keys)
    certificate = any(k.startswith("cert:") for k in token.keys)
    for claim in claims:
        for other in claim.tokens:
            if certificate and any(k.startswith("cert:") for k in other.keys):
                return other.surface
            if other.kind == "concept" and kinds and any(kinds & lex.wider(k) - {k} for k in other.keys):
                return other.surface
            if token.kind == "concept" and other.kind == "concept" and _frequency(token) and _frequency(other):
                return other.surface
    return ""


def _frequency(token: Token) -> bool:
    return any(k in ("nightly", "daily", "hourly", "weekly", "monthly", "quarterly", "yearly") for k in token.keys)


def _names(tokens: list[Token]) -> set[str]:
    lex = lexicon()
    return {
        k
        for t in tokens
        for k in t.keys[:1]
        if (t.kind == "name" and not k.startswith(("cert:", "code:", "ver:")))
        or (t.kind == "concept" and "plan" in lex.wider(k) and k != "plan")
    }


_PROPOSITIONS = re.compile(r"(?<=[;.!])\s+|[；。;]|[,，](?=[\u4e00-\u9fff]{2,12}版)")


def _units(claim: Statement) -> list[Statement]:
    """The self-standing parts of a claim, each cut up on its own."""
    texts = [text for text in _PROPOSITIONS.split(claim.text) if text.strip()]
    return [parse(text) for text in texts] if len(texts) > 1 else [claim]


def crossed(sentence: Statement, claims: list[Statement]) -> list[str]:
    """Reasons: a clause names A but its content stands only in a claim about B."""
    units = [unit for claim in claims for unit in _units(claim)]
    if len(units) < 2:
        return []
    stems = [claim_stems(unit) for unit in units]
    named = [_names(unit.tokens) for unit in units]
    reasons = []
    clauses: dict[int, list[Token]] = {}
    for token in sentence.tokens:
        clauses.setdefault(token.clause, []).append(token)
    subject: set[str] = set()
    for tokens in clauses.values():
        subject = _names(tokens) or subject
        owners: dict[int, float] = {}
        total = 0.0
        for token in tokens:
            if not token.content or set(token.keys[:1]) & subject:
                continue
            carriers = [i for i, unit in enumerate(units) if carries(token, unit, stems[i])]
            total += 1
            if len(carriers) == 1:
                owners[carriers[0]] = owners.get(carriers[0], 0.0) + 1
        for owner, weight in owners.items():
            foreign = bool(subject) and bool(named[owner]) and not (named[owner] & subject)
            known = any(subject & names for names in named)
            if foreign and known and weight >= max(1.0, 0.34 * total):
                reasons.append(
                    f"says of {', '.join(sorted(subject))} what a claim says of {', '.join(sorted(named[owner]))}"
                )
    return reasons


def excluded(sentence: Statement, claims: list[Statement]) -> list[str]:
    """Reasons: a claim says "only X"; the sentence says the same of something that is not X."""
    lex = lexicon()
    reasons: list[str] = []
    if negators(sentence.text):
        return reasons
    for claim in claims:
        match = _EXCLUSIVE.search(claim.text)
        shares = len(sentence.exact & claim.exact)
        if not match or any(len(sentence.exact & other.exact) > shares + 1 for other in claims):
            continue
        part = _part_at(claim, match.start())
        after = [t for t in part if t.start >= match.end() and t.content][:2]
        before = [t for t in part if t.end <= match.start() and t.content][-2:]
        limits = [t for t in (after or before) if any(lex.kind(k) == "h" for k in t.keys) or t.kind == "name"] or (
            after[:1] or before[-1:]
        )
        limit = {k for t in limits for k in t.keys}
        rest = [t for t in part if t.content and not set(t.keys) & limit]
        shared = [t for t in rest if any(k in sentence.keys for k in t.keys)]
        here = {k for t in part for k in t.keys}
        elsewhere = {
            k
            for t in claim.tokens
            if t.content and t.kind != "name"
            for k in t.keys
            if lex.kind(k) != "h" or k not in lex.concepts
        } - here
        if elsewhere & sentence.exact:
            continue
        if limit and shared and len(shared) >= 0.5 * len(rest) and not limit & sentence.keys:
            reasons.append(f"the claim says this of {'/'.join(t.surface for t in limits)} only")
    return reasons


def _part_at(claim: Statement, at: int) -> list[Token]:
    """The tokens between the marks around an offset."""
    part: list[Token] = []
    for token in claim.tokens:
        if token.kind == "mark" and token.surface in (",", ";", ".", "，", "；", "。", ":", "("):
            if token.start > at:
                break
            part = []
        else:
            part.append(token)
    return part


def mixed_up(sentence: Statement, claims: list[Statement]) -> list[str]:
    """Reasons: what one part of a claim says of its subject is said of the subject of another part."""
    lex = lexicon()
    parts = [p for claim in claims for p in _all_parts(claim)]
    content = [t for t in sentence.tokens if t.content]
    if len(parts) < 2 or not content or len({t.clause for t in content}) > 1:
        return []
    head = content[0]
    homes = [i for i, p in enumerate(parts) if _in_part(head, p)]
    if len(homes) != 1:
        return []
    for token in content[1:]:
        if not (token.kind == "concept" and all(lex.kind(k) == "h" for k in token.keys)):
            continue
        places = [i for i, p in enumerate(parts) if _in_part(token, p)]
        if len(places) == 1 and places != homes:
            first = next((t for t in parts[places[0]] if t.content), None)
            if (
                first
                and first is not parts[places[0]][-1]
                and not any(_in_part(t, [first]) for t in content)
                and _noun(first)
            ):
                return [f'says "{token.surface}" of {head.surface}, the claim says it of {first.surface}']
    return []


def _noun(token: Token) -> bool:
    return token.kind == "name" or (token.kind == "concept" and all(lexicon().kind(k) in "nh" for k in token.keys))


def _all_parts(claim: Statement) -> list[list[Token]]:
    """The clauses of a claim."""
    parts: dict[int, list[Token]] = {}
    for token in claim.tokens:
        if token.kind not in ("mark", "function"):
            parts.setdefault(token.clause, []).append(token)
    return list(parts.values())


def _in_part(token: Token, part: list[Token]) -> bool:
    return any(set(token.keys) & set(t.keys) for t in part if t.content)


def unnamed(text: str, claims: list[str]) -> list[str]:
    """Languages, places and certificates that a text names and none of the claims does, as they are written there."""
    lex = lexicon()
    known = frozenset[str]().union(*(parse(c).keys for c in claims)) if claims else frozenset[str]()
    said = parse(text)
    kinds = {"language", "europe", "china", "usa", "eu"}
    found = []
    for token in said.tokens:
        place = token.kind == "concept" and any(lex.kind(k) == "h" and (kinds & lex.wider(k)) for k in token.keys)
        certificate = token.keys[:1] and token.keys[0].startswith("cert:")
        if (place or certificate) and not set(token.keys) & known:
            article = "the " if said.text[: token.start].lower().endswith("the ") else ""
            found.append(article + said.text[token.start : token.end])
    return list(dict.fromkeys(found))


_ACTOR = re.compile(
    r"^(?:and |but |so )?(?:(?P<us>we\b)|(?P<them>you\b|the customer\b(?!'s)|customers (?=can|may|must|choose|decide|set|pick)))"
    r"|(?:^|由)(?:(?P<wo>我们|我方|本公司)|(?P<ke>客户(?!数据)|贵司(?!的)|您|用户))",
    re.IGNORECASE,
)


def actors_swapped(sentence: Statement, claims: list[Statement]) -> list[str]:
    """Reasons: we are said to do what the customer does according to the claim, or the other way round."""
    for clause in _clauses(sentence):
        mine = _actor(sentence, clause)
        if not mine:
            continue
        for claim in claims:
            for other in _clauses(claim):
                theirs = _actor(claim, other)
                if theirs and theirs != mine and _deed(clause) & _deed(other):
                    return [f"says that {mine} do what {theirs} do in the claim"]
    return []


_GENERAL_DEEDS = frozenset(("use", "have", "give", "support", "show", "run", "do", "build"))


def _deed(clause: list[Token]) -> frozenset[str]:
    """The main verb of a clause, if it is one whose doer matters."""
    lex = lexicon()
    for token in clause:
        verbs = frozenset(k for k in token.keys if lex.kind(k) == "v" or k == "choose")
        if token.kind == "concept" and verbs:
            return verbs
        if token.kind == "concept" and any(k in _GENERAL_DEEDS for k in token.keys):
            break
    return frozenset()


def _clauses(statement: Statement) -> list[list[Token]]:
    clauses: dict[int, list[Token]] = {}
    for token in statement.tokens:
        if token.kind != "mark":
            clauses.setdefault(token.clause, []).append(token)
    return list(clauses.values())


def _actor(statement: Statement, clause: list[Token]) -> str:
    match = _ACTOR.search(statement.text[clause[0].start : clause[-1].end])
    if not match:
        return ""
    return "we" if match["us"] or match["wo"] else "customers"
