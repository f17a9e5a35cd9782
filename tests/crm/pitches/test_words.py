"""Words of a pitch as text, and what became of the draft."""

import pytest

from crm.models import PitchSentence
from crm.services import wording


def rows(*texts):
    return [PitchSentence(text=text, paragraph=paragraph) for paragraph, text in texts]


class Copy:
    drafted_text = "Dear Ms Petersen,\nHelm drafts replies."
    language = "en"


def test_a_body_has_a_blank_line_between_paragraphs():
    english = rows((0, "Dear A,"), (1, "One."), (1, "Two."))
    assert wording.body(Copy, english) == "Dear A,\n\nOne. Two."
    chinese = Copy()
    chinese.language = "zh"
    assert wording.body(chinese, rows((0, "您好："), (1, "一。"), (1, "二。"))) == "您好：\n\n一。二。"


def test_words_are_counted_in_both_languages():
    assert wording.count(rows((0, "Helm's 2 drafts, well-made."), (1, "本地部署"))) == 8


def test_the_share_of_changed_characters():
    same = rows((0, "Dear Ms Petersen,"), (1, "Helm drafts replies."))
    assert wording.edit_distance(Copy, same) == 0
    assert wording.edit_distance(Copy, []) == 1
    other = rows((0, "Dear Ms Petersen,"), (1, "Helm drafts answers."))
    assert 0.1 < wording.edit_distance(Copy, other) < 0.25


def test_changes_pair_what_resembles_each_other():
    before = "Dear A,\nHelm drafts replies in German.\nIt costs 39 euros.\nBye"
    after = "Dear A,\nHelm drafts replies in German and Polish.\nMay we show it?\nBye"
    found = wording.changes(before, after)
    assert [change.kind for change in found] == ["same", "changed", "in", "out", "same"]
    assert "".join(piece.text for piece in found[1].pieces if piece.kind == "in") == " and Polish"


@pytest.mark.parametrize("text", ["", "一", "a\nb", "x" * 5000])
def test_changes_of_anything_add_up(text):
    found = wording.changes(text, text[::-1])
    assert "".join(p.text for c in found for p in c.pieces if p.kind != "out").replace("\n", "") == text[::-1].replace(
        "\n", ""
    )
