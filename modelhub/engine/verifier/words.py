"""English word forms: a light stemmer and the words that carry no content of their own."""

from __future__ import annotations

from functools import lru_cache

_IRREGULAR_FORMS = """
take took taken|give gave given|go went gone goes|write wrote written|keep kept|hold held|find found|run ran|send sent
build built|fall fell fallen|rise rose risen|grow grew grown|begin began begun|speak spoke spoken|say said|tell told
pay paid|buy bought|sell sold|meet met|get got gotten|have has had having|do did done does|make made|come came
become became|see saw seen|know knew known|bring brought|teach taught|feel felt|hide hid hidden|choose chose chosen
drive drove driven|lose lost|win won|mean meant|understand understood|stand stood|sit sat|hang hung|lie lay lain
spend spent|draw drew drawn|break broke broken|shrink shrank shrunk|use used using uses|sink sank sunk|throw threw thrown
lead led|show showed shown|sleep slept|catch caught|think thought|deal dealt|leave leaving leaves left|learn learnt learned
person people|child children|die died|tie tied|is are was were been being am be|lay laid|beat beaten|get getting
"""

IRREGULAR = {
    form: group.split()[0] for group in _IRREGULAR_FORMS.replace("\n", "|").split("|") for form in group.split()[1:]
}
IRREGULAR |= {"are": "be", "was": "be", "were": "be", "been": "be", "being": "be", "am": "be", "is": "be"}
IRREGULAR |= {"centre": "center", "centres": "center", "analyses": "analysis", "data": "data", "us": "us"}

FUNCTION = frozenset(
    [
        "a",
        "an",
        "the",
        "of",
        "to",
        "in",
        "on",
        "at",
        "by",
        "for",
        "from",
        "with",
        "within",
        "into",
        "onto",
        "over",
        "under",
        "up",
        "out",
        "off",
        "through",
        "during",
        "between",
        "among",
        "across",
        "about",
        "against",
        "per",
        "via",
        "and",
        "or",
        "but",
        "nor",
        "so",
        "as",
        "than",
        "that",
        "which",
        "who",
        "whom",
        "whose",
        "what",
        "when",
        "where",
        "how",
        "if",
        "then",
        "this",
        "these",
        "those",
        "it",
        "its",
        "they",
        "them",
        "him",
        "us",
        "can",
        "able",
        "single",
        "their",
        "he",
        "she",
        "his",
        "her",
        "i",
        "me",
        "my",
        "mine",
        "be",
        "do",
        "will",
        "would",
        "shall",
        "should",
        "may",
        "might",
        "must",
        "could",
        "not",
        "no",
        "never",
        "none",
        "without",
        "neither",
        "cannot",
        "is",
        "are",
        "was",
        "were",
        "been",
        "being",
        "am",
        "has",
        "have",
        "had",
        "any",
        "all",
        "every",
        "each",
        "only",
        "more",
        "most",
        "less",
        "least",
        "very",
        "much",
        "quite",
        "too",
        "such",
        "there",
        "here",
        "while",
        "whereas",
        "because",
        "since",
        "until",
        "till",
        "before",
        "after",
        "once",
        "unless",
        "although",
        "though",
        "whether",
        "yet",
        "both",
        "either",
        "own",
        "ever",
        "always",
        "whenever",
        "wherever",
        "whatever",
        "s",
        "t",
        "re",
        "ve",
        "ll",
        "d",
        "don",
        "doesn",
        "isn",
        "aren",
        "won",
        "can't",
        "let",
        "upon",
        "toward",
        "towards",
        "per",
        "than",
        "along",
        "around",
        "beyond",
        "below",
        "above",
        "again",
        "further",
        "same",
        "other",
        "another",
        "way",
        "ways",
        "kind",
        "rather",
        "even",
        "also",
        "just",
        "everything",
        "everyone",
        "anything",
        "something",
        "nothing",
        "nobody",
        "anybody",
        "somebody",
    ]
)


@lru_cache(maxsize=20000)
def stem(word: str) -> str:
    """The stem of a lower-case English word; equal for its inflections, not meant to be read."""
    word = word.removesuffix("'s").removesuffix("'")
    word = IRREGULAR.get(word, word)
    if len(word) <= 3:
        return word
    if word.endswith("ies") and len(word) > 4:
        word = word[:-3] + "y"
    elif word.endswith(("sses", "xes", "ches", "shes", "zes")):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    if word.endswith("ing") and len(word) > 5:
        word = word[:-3]
    elif word.endswith("ied") and len(word) > 4:
        word = word[:-3] + "y"
    elif word.endswith("ed") and len(word) > 4:
        word = word[:-2]
    word = word.replace("isation", "ization")
    if len(word) > 5 and word.endswith(("ise", "is")):
        word = word.removesuffix("e").removesuffix("s") + "z"
    if len(word) > 3:
        word = word.removesuffix("e")
    if len(word) > 3 and word[-1] == word[-2] and word[-1] != "s":
        word = word[:-1]
    return word[:-1] + "i" if word.endswith("y") and len(word) > 2 else word
