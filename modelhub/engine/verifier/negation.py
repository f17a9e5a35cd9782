"""Clauses, and what a "not", a "no" or a "without" in them covers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from modelhub.engine.verifier.lexicon import lexicon
from modelhub.engine.verifier.words import stem

if TYPE_CHECKING:
    from modelhub.engine.verifier.tokens import Statement, Token

_PHRASES = re.compile(
    r"(?P<next>\b(?:without|except|unless|instead of|rather than|(?:with|at|of|in|for|by|through|under) no)\b|未经|不需要|无需|免(?=[绑签押装费])|无须|不必|不用|"
    r"无(?![论限需须法线锡界人])|除非|脱离)"
    r"|(?P<after>\b(?:cannot|can't|won't|don't|doesn't|isn't|aren't|wasn't|not|never|nor|refuses? to|fails? to|lacks?|"
    r"stops? short of|no longer|free (?:of|from)|forbidden to|dispenses? with|does without|do without)\b|绝不|从不|从未|不会|不能|不可|"
    r"不得|无法|禁止|尚未|还没|没有|不再|不是|并非|并不|不|没|未(?!来)|拒绝|杜绝|避免)"
    r"|(?P<whole>\b(?:no|none|nobody|nothing|neither|no one)\b|零(?!售|件|部|食|钱))",
    re.IGNORECASE,
)
_EXCEPTION = re.compile(r"unless|except|instead|rather|除非", re.IGNORECASE)
_NOT_NEGATION = re.compile(
    r"no (?:more|less|\w+er) than|not (?:more|less|later|longer) than|not exceed\w*|never exceed\w*|not go beyond|not surpass\w*|not only|(?:instead of|rather than) \d|nothing but|no later|no matter|no problem|no doubt|no wonder|no\.? ?\d|not least|never (?:more|less|fewer|below|above) than|(?:not|never) (?:below|above|under|over) \d|(?<![,;.] )\bnor\b|without (?:any )?(?:limit|problem|difficulty|trouble|delay)"
    r"|不会超过|不超过|不少于|不低于|不高于|不大于|不小于|不到|用不了|不足|不同|不断|不仅|不但|不只|不管|不论|无论|无限|不限|差不多|不错|不变|不间断|没问题|毫无问题|不可或缺|不久|无异|不止|不等(?!于|同)|不少|不时|不妨|不难|不乏|不菲|不定期|不得(?:少|低|高|多|大|小|超|晚|早)[于过]|不会(?:少|低|高|多|大|小|晚)于|无[缝忧损]",
    re.IGNORECASE,
)
_BREAK_WORDS = frozenset(
    (
        "but",
        "that",
        "while",
        "whereas",
        "although",
        "though",
        "because",
        "if",
        "when",
        "who",
        "which",
        "before",
        "after",
        "但",
        "unless",
        "so",
        "until",
        "once",
    )
)
GENERAL_VERBS = frozenset(("use", "have", "give", "support", "show", "run", "do", "build"))


def _verb(token: Token) -> bool:
    if token.kind == "function":
        return token.surface in (
            "is",
            "are",
            "was",
            "were",
            "can",
            "will",
            "does",
            "do",
            "may",
            "must",
            "has",
            "it",
            "we",
            "you",
            "they",
            "not",
            "never",
            "no",
        )
    return (
        token.kind == "concept"
        and any(lexicon().kind(k) in "vg" for k in token.keys)
        and not any(k in ("customer", "thing", "please", "us", "system") for k in token.keys)
    )


def mark_clauses(statement: Statement) -> None:
    """Number the clauses and segments of a statement and set the sign of every token."""
    tokens = statement.tokens
    clause = segment = 0
    for i, token in enumerate(tokens):
        rest = tokens[i + 1 : i + 8]
        hard = token.kind == "mark" and token.surface in (";", "。", ".", ":", "!", "?", "(", ")", "—", "–")
        soft = token.kind == "mark" or (token.kind == "function" and token.surface in ("and", "or", "而", "且", "并"))
        if token.surface in _BREAK_WORDS and token.kind in ("function", "concept") and i:
            hard = True
        if statement.chinese and token.surface in ("则", "就", "便") and i:
            hard = True
        if hard or (soft and token.surface != "、" and _starts_clause(rest)):
            clause += 1
        if hard or soft:
            segment += 1
        token.clause, token.segment = clause, segment
        if (
            statement.chinese
            and token.surface in ("时", "后", "之后", "以后", "的时候")
            and rest
            and rest[0].kind != "mark"
        ):
            clause += 1
    _mark_signs(statement)


def _starts_clause(rest: list[Token]) -> bool:
    for token in rest:
        if token.kind == "mark" or (token.kind == "function" and token.surface in ("and", "or")):
            return False
        if _verb(token):
            return True
    return False


def negators(text: str) -> list[re.Match[str]]:
    """Every word that negates, those inside bounds and set phrases left out."""
    harmless = [m.span() for m in _NOT_NEGATION.finditer(text)]
    return [m for m in _PHRASES.finditer(text) if not any(s <= m.start() < e for s, e in harmless)]


def _mark_signs(statement: Statement) -> None:
    for match in negators(statement.text):
        if any(
            t.kind == "concept"
            and t.start <= match.start()
            and t.end >= match.end()
            and t.end - t.start > len(match.group())
            for t in statement.tokens
        ):
            continue
        here = next((t.clause for t in statement.tokens if t.end > match.start()), 0)
        statement.denials[here] = statement.denials.get(here, 0) + 1
        following = [t for t in statement.tokens if t.start >= match.end() and t.clause == here]
        topic = _fronted(statement, here, match.end()) if statement.chinese and match["after"] else []
        if match["whole"]:
            covered = _from_verb(statement, here, match.start())
        elif statement.chinese and match["after"]:
            covered = [t for t in statement.tokens if t.clause == here]
        elif match["next"]:
            covered = _phrase(statement, match.end())
        elif _passive(statement, match):
            covered = [t for t in statement.tokens if t.clause == here]
        else:
            covered = _predicate(following)
        for token in (*topic, *covered):
            token.sign = -token.sign
            token.without = token.without or bool(match["next"] and not _EXCEPTION.match(match.group()))
        head = next((t for t in covered if t.start >= match.end() and _can_be_denied(t)), None)
        if head is not None and match["after"]:
            head.denied = True


_MATTER = re.compile(r"(?:这件事|的事情?|一事|方面|这块|这类|这些|功能)[,，]?$")


def _fronted(statement: Statement, clause: int, end: int) -> list[Token]:
    """The object that stands as a clause of its own before a denied verb (手写收据，目前不支持)."""
    own = [t for t in statement.tokens if t.clause == clause and t.kind != "mark"]
    objects = [t for t in own if t.start >= end and t.content and not _verb(t)]
    before = [t for t in statement.tokens if t.clause == clause - 1]
    if objects or not before or not own:
        return []
    text = statement.text[before[0].start : own[0].start].strip()
    thing = text.endswith((",", "，")) and not any(_verb(t) for t in before)
    return before if thing or _MATTER.search(text) else []


_AUXILIARY = frozenset(("is", "are", "was", "were", "will", "gets", "get"))


def _passive(statement: Statement, match: re.Match[str]) -> bool:
    """ "Scrapes are not used", "cannot be read": the subject is denied as well."""
    before, after = (
        statement.text[max(0, match.start() - 6) : match.start()],
        statement.text[match.end() : match.end() + 4],
    )
    passive = (
        bool(re.search(r"\b(?:is|are|was|were)\s$", before))
        or after.startswith(" be ")
        or match.group().lower() in ("isn't", "aren't", "wasn't")
    )
    participle = re.match(r"\s(?:be\s)?(?:\w+ly\s)?(\w+)", statement.text[match.end() :])
    word = participle.group(1) if participle else ""
    return passive and (word.endswith("ed") or stem(word) != word)


def _predicate(following: list[Token]) -> list[Token]:
    """What follows "not" up to the verb of the main clause ("credit that you have not used | is refunded")."""
    content = False
    for at, token in enumerate(following):
        if content and token.kind == "function" and token.surface in _AUXILIARY:
            return following[:at]
        content = content or token.content or bool(set(token.keys) & GENERAL_VERBS)
    return following


def _can_be_denied(token: Token) -> bool:
    keys = set(token.keys)
    return token.content or bool(keys & GENERAL_VERBS and not keys & {"do"})


def _from_verb(statement: Statement, clause: int, at: int) -> list[Token]:
    """What "no" covers: the verb before it and all that follows, or the whole clause where "no" begins it."""
    tokens = [t for t in statement.tokens if t.clause == clause]
    before = [t for t in tokens if t.end <= at]
    verb = next((t for t in reversed(before) if _verb(t) and t.kind == "concept"), None)
    subject = any(t.content for t in before if verb is None or t.end <= verb.start)
    if not subject:
        return tokens
    return [t for t in tokens if t.start >= (verb.start if verb else at)]


def _phrase(statement: Statement, start: int) -> list[Token]:
    """The noun phrase after "without": up to the next preposition, mark or five words."""
    covered: list[Token] = []
    for token in statement.tokens:
        if token.start < start:
            continue
        stop = token.kind == "mark" or (
            token.kind == "function"
            and token.surface in ("in", "on", "at", "for", "with", "from", "by", "when", "if", "也", "即", "就")
        )
        if stop or len(covered) >= 6:
            break
        covered.append(token)
    return covered


def conditional(statement: Statement) -> bool:
    """Whether two negations make a condition ("never … unless", 未经…不会): it then says "only if"."""
    found = negators(statement.text)
    return (
        len(found) >= 2
        and any(m["next"] or m.group() == "没有" for m in found)
        and any(m["after"] or m["whole"] for m in found)
    )
