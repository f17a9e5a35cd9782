"""Clauses keep exact offsets, and tell whose words they are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelhub.engine import clauses


def shown(text, role=None):
    return [text[c.start : c.end] for c in clauses.split(text) if role in (None, c.role)]


@given(st.text(max_size=400))
def test_any_text_gives_ordered_clauses_inside_their_sentences(text):
    end = 0
    for clause in clauses.split(text):
        assert end <= clause.start < clause.end <= len(text)
        assert clause.sentence[0] <= clause.start
        assert clause.end <= clause.sentence[1]
        end = clause.end


def test_english_is_cut_at_marks_and_joints_but_not_in_figures():
    found = shown("We scan 3.5 million pages a year, and nobody reads them. Dr. Lee wants a price by Friday")
    assert found == ["We scan 3.5 million pages a year", "and nobody reads them", "Dr. Lee wants a price by Friday"]


def test_chinese_is_cut_at_commas_and_at_spaces_between_characters():
    assert shown("客服回不过来，想让机器先顶着。这个咋收费") == ["客服回不过来", "想让机器先顶着", "这个咋收费"]
    assert shown("能不能看图 我们要装在自己机房里") == ["能不能看图", "我们要装在自己机房里"]


def test_greeting_signature_quote_and_disclaimer_are_set_apart():
    text = (
        "Dear Ms Vance,\nwe need minutes of our meetings typed up.\nKind regards\nTom Bell\n\n"
        "-----Original Message-----\n> Shall we talk about forecasting?\n"
        "This e-mail is confidential and meant for the recipient only."
    )
    assert shown(text, "greeting") == ["Dear Ms Vance"]
    assert shown(text, "own") == ["we need minutes of our meetings typed up"]
    assert "Tom Bell" in shown(text, "signature")
    assert "Shall we talk about forecasting" in shown(text, "quoted")
    assert shown(text, "disclaimer")


def test_turns_of_our_rep_are_told_from_the_customers():
    text = "Rep: Do you want a voice bot?\nCustomer: No, a translator for manuals."
    assert shown(text, "rep") == ["Rep", "Do you want a voice bot"] or shown(text, "rep")[-1].endswith("voice bot")
    assert any("translator" in each for each in shown(text, "own"))


@pytest.mark.parametrize("text", ["", "   \n ", "😀😀😀", "…!?", "\u202e\u200b"])
def test_texts_without_a_letter_have_no_clause(text):
    assert clauses.split(text) == []


def test_tags_and_scripts_are_no_words_but_offsets_stay():
    text = "<p>We want <b>subtitles</b> for films.</p><script>ask('price')</script>"
    assert all("script" not in each and "price" not in each for each in shown(text))
    assert text[slice(*clauses.split(text)[0].sentence)].startswith("We want")


def test_a_megabyte_is_cut_in_reasonable_time():
    assert len(clauses.split("we want a price for it, please. " * 32_000)) > 30_000
