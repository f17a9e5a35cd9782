"""The language of a message: script first, then py3langid; honest about short and mixed texts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from modelhub.engine.passages import blank

HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
KANA = re.compile(r"[\u3041-\u30fa\u30fc-\u30ff\uff66-\uff9d]")
HANGUL = re.compile(r"[\uac00-\ud7af\u1100-\u11ff]")
LATIN_WORD = re.compile(r"[A-Za-z\u00c0-\u024f]+")
LETTER = re.compile(r"[^\W\d_]")
ADDRESS = re.compile(r"https?://\S+|\S+@\S+\.\w+")
# Characters that are written in one of the two Chinese scripts only.
TRADITIONAL = frozenset(
    "們個來這對時會說國學問題應該還沒麼樣點開關見買賣寫讀聽話電腦網數據機語翻譯認識辦費價單請謝謝貴復處務過運進選項業產質範圍項資訊號碼錄"
)
SIMPLIFIED = frozenset(
    "们个来这对时会说国学问题应该还没么样点开关见买卖写读听话电脑网数据机语翻译认识办费价单请谢谢贵复处务过运进选项业产质范围项资讯号码录"
)
LONG_ENOUGH = 4000
COMMON_ENGLISH = frozenset(
    [
        "the",
        "a",
        "an",
        "and",
        "or",
        "of",
        "to",
        "in",
        "is",
        "are",
        "we",
        "you",
        "i",
        "it",
        "for",
        "on",
        "with",
        "do",
        "does",
        "can",
        "could",
        "need",
        "want",
        "how",
        "what",
        "our",
        "your",
        "my",
        "this",
        "that",
        "have",
        "has",
        "not",
        "no",
        "please",
        "pls",
        "hi",
        "hello",
        "price",
        "quote",
        "demo",
        "trial",
        "be",
        "would",
        "like",
        "any",
        "if",
        "at",
        "from",
        "per",
        "will",
        "just",
        "about",
        "u",
        "ur",
        "thx",
    ]
)
TRAINED = frozenset({"en", "zh"})


@dataclass(frozen=True, slots=True)
class Language:
    """ISO 639-1 code ("" if there are no words), its probability, the Chinese script if any, and whether readers know it."""

    code: str
    probability: float
    script: str = ""

    @property
    def sure(self) -> bool:
        """True for a language the readers are trained on, recognised with some confidence."""
        return self.code in TRAINED and self.probability >= 0.5


def detect(text: str) -> Language:
    """The language most of the text is written in; Chinese in either script is `zh`."""
    words = ADDRESS.sub(" ", blank(text[:LONG_ENOUGH]))
    han, kana, hangul = (len(kind.findall(words)) for kind in (HAN, KANA, HANGUL))
    latin = LATIN_WORD.findall(words)
    total = len(LETTER.findall(words))
    if not total:
        return Language("", 0.0)
    if hangul > han and hangul > len(latin):
        return Language("ko", hangul / total)
    if kana and kana * 6 >= han and kana + han > len(latin):
        return Language("ja", min(0.99, (kana + han) / total))
    # A Chinese character carries about as much as two thirds of a Latin word.
    if han and 0.65 * han >= 0.6 * len(latin):
        share = 0.65 * han / (0.65 * han + len(latin))
        return Language("zh", min(0.99, 0.5 + 0.5 * share), _script(words))
    return _spaced(words, latin, han, total)


def _script(words: str) -> str:
    traditional = sum(c in TRADITIONAL and c not in SIMPLIFIED for c in words)
    simplified = sum(c in SIMPLIFIED and c not in TRADITIONAL for c in words)
    return "hant" if traditional > simplified else "hans"


def _spaced(words: str, latin: list[str], han: int, total: int) -> Language:
    """Alphabetic scripts. Few words give few letters of evidence, so the model's posterior is tempered by length."""
    lowered = [word.lower() for word in latin]
    hits = sum(word in COMMON_ENGLISH for word in lowered)
    ranked = dict(_identifier().rank(words.lower()))
    if lowered and han == 0 and sum(map(len, latin)) >= 0.8 * total:
        plain = all(word.isascii() for word in lowered)
        share = hits / len(lowered)
        # Product names and typing errors mislead the model; function words do not.
        if share >= 0.25 or (plain and len(lowered) < 6 and ranked.get("en", 0.0) >= 0.02):
            return Language("en", min(0.99, max(ranked.get("en", 0.0), 0.55 + share)))
    code, top = max(ranked.items(), key=lambda pair: pair[1])
    trust = min(1.0, 0.4 + total / 60)
    return Language(code, round(float(top) * trust, 4))


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
