"""Readings as a reader gives them, for tests of what happens to a reading afterwards."""

from modelhub.interface import Clarity, NeedScore, Question, Reading, ReadResult, Reason, Serving, Span


def span(text, words):
    start = text.index(words)
    return Span(start, start + len(words), words)


def reading(message, *found, language="en", sure=True, score=0.4, known=(), missing=("volume",), prediction=None):
    """`found` are (need, words or "", probability) of this message's text."""
    text = message.text
    needs = tuple(
        NeedScore(
            need, probability, (span(text, words),) if words else (), (Reason(words.split()[0] if words else "x", 1.2),)
        )
        for need, words, probability in found
    )
    clarity = Clarity(score, {part: span(text, words) for part, words in known}, tuple(missing))
    questions = tuple(Question(part, f"What about {part}?", 0.15) for part in missing)
    return ReadResult(
        message.source, Reading(language, 0.99, sure, clarity, needs, questions), prediction,
        Serving("reader-1", "reader v1", None),
    )  # fmt: skip
