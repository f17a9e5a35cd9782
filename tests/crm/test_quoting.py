"""Cutting a message for the page never loses or doubles a character."""

from hypothesis import given
from hypothesis import strategies as st

from crm.models import Quote
from crm.services.quoting import Mark, pieces


@given(
    st.text(max_size=60),
    st.lists(st.tuples(st.integers(0, 60), st.integers(1, 30), st.integers(1, 4)), max_size=6),
    st.integers(0, 70),
)
def test_the_pieces_add_up_to_the_text(text, spans, limit):
    marks = {key: Mark(key, key, key % 2 == 0) for key in (1, 2, 3)}
    quotes = [
        Quote(requirement_id=key, start=start, end=min(start + length, len(text)))
        for start, length, key in spans
        if start < len(text)
    ]
    found = pieces(text, quotes, marks, limit=limit)
    assert "".join(piece.text for piece in found) == text[:limit]
    at = 0
    for piece in found:
        here = {
            q.requirement_id
            for q in quotes
            if q.start <= at and q.end >= at + len(piece.text) and q.requirement_id in marks
        }
        assert {mark.requirement for mark in piece.marks} == (
            here if piece.text else {m.requirement for m in piece.marks}
        )
        at += len(piece.text)


def test_cited_lines_and_numbers():
    text = "Yes, fast.\n> old words\n> more\nBye"
    found = pieces(text, [Quote(requirement_id=1, start=5, end=9)], {1: Mark(1, 7, True)})
    assert [(piece.text, piece.cited, [mark.number for mark in piece.ends]) for piece in found] == [
        ("Yes, ", False, []), ("fast", False, [7]), (".\n", False, []), ("> old words\n> more", True, []), ("\nBye", False, []),
    ]  # fmt: skip
