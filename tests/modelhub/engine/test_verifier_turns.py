"""Denials, opposites and small words that turn a statement: what the rules read of them."""

import pytest

from modelhub.engine.verifier.comparison import check_claims_of_rank
from modelhub.engine.verifier.tokens import parse
from modelhub.engine.verifier.turns import turns
from modelhub.engine.verifier.verdict import look


def ranked(sentence: str, claim: str) -> bool:
    """Whether the check for superlatives objects."""
    findings = look(sentence, (claim,)).findings
    assert findings is not None
    return findings.checks["rank"] > 0


@pytest.mark.parametrize(
    ("sentence", "claim"),
    [
        ("手写单据，系统目前不支持。", "手写单据不在支持范围内。"),
        ("核对库存这件事，小仓不做。", "小仓不核对库存。"),
        ("Neither photos nor videos are stored.", "Photos and videos are not stored."),
    ],
)
def test_a_denial_reaches_what_it_denies(sentence: str, claim: str) -> None:
    assert look(sentence, (claim,)).verdict == "supported"


def test_a_fronted_object_that_is_denied_contradicts_what_the_claim_affirms() -> None:
    assert look("手写单据，系统目前不支持。", ("系统支持手写单据。",)).verdict == "contradicted"


@pytest.mark.parametrize(
    ("sentence", "claim"),
    [
        ("Most of the nurses liked it.", "83 % of the nurses liked it."),
        ("Most planners use the map daily.", "Most planners use the map every day."),
        ("The depot is due to open in May 2027.", "The depot is to open in May 2027."),
        ("When the first provider fails, a second one answers.", "A second provider answers when the first fails."),
        ("这批门店最迟6月底上线。", "这批门店6月底前上线。"),
        ("第一稿由小笔写。", "初稿由小笔写。"),
    ],
)
def test_a_share_a_bound_and_an_order_are_no_superlative(sentence: str, claim: str) -> None:
    assert not ranked(sentence, claim)


@pytest.mark.parametrize(
    ("sentence", "claim"),
    [
        ("It is the most advanced planner.", "It is a planner."),
        ("Most planners use the map daily.", "The map has been used daily since May 2025."),
        ("A most powerful tool.", "A tool."),
        ("我们的系统最准。", "我们的系统准确率为90%。"),
    ],
)
def test_a_superlative_that_no_claim_carries_is_still_refused(sentence: str, claim: str) -> None:
    assert ranked(sentence, claim)


def test_a_sentence_about_the_scene_is_not_taken_for_talk() -> None:
    assert look("现场录音也会一并分析。", ("现场录音不作分析。",)).verdict == "contradicted"


@pytest.mark.parametrize(
    ("sentence", "claim", "number"),
    [
        ("It reads plans too.", "It reads maps.", "also added"),
        ("它还能读图纸。", "它能读地图。", "also added"),
        ("Orders are kept even if the buyer objects.", "Orders are kept unless the buyer objects.", "even added"),
        ("The tool must run on your server.", "The tool can run on your server.", "must added"),
        ("It no longer writes CSV.", "It writes CSV and XML.", "ended added"),
        ("The limit has been raised.", "The limit will be raised.", "future lost"),
        ("主机故障时需要手动切换。", "主机故障时自动切换。", "opposites"),
        ("Clerks left 5 % of the drafts alone.", "Clerks deleted 5 % of the drafts.", "odd turns"),
    ],
)
def test_small_words_that_turn_a_statement_are_numbers(sentence: str, claim: str, number: str) -> None:
    assert turns(parse(sentence), [parse(claim)])[number] > 0
    assert turns(parse(claim), [parse(claim)])[number] == 0


def test_an_opposite_denied_is_no_turn() -> None:
    found = turns(parse("The fee is not higher."), [parse("The fee is lower.")])
    assert found["opposite of denial"] == 1
    assert found["odd turns"] == 0


@pytest.mark.parametrize(
    ("sentence", "claim"),
    [
        ("Most of the nurses liked it.", "23 % of the nurses liked it."),
        ("Most banks use it.", "Many banks use it."),
        ("Most clerks sign it.", "3 of 20 clerks sign it."),
        ("It is the first tool for dentists.", "A second dentist can use the tool."),
    ],
)
def test_most_needs_more_than_half_and_first_its_own_second(sentence: str, claim: str) -> None:
    assert look(sentence, (claim,)).verdict in ("unsupported", "contradicted")


@pytest.mark.parametrize(
    ("sentence", "claim"),
    [
        ("Most of the nurses liked it.", "83 % of the nurses liked it."),
        ("Most clerks sign it.", "18 of 20 clerks sign it."),
        ("Most banks use it.", "The majority of banks use it."),
    ],
)
def test_most_follows_from_more_than_half(sentence: str, claim: str) -> None:
    assert not check_claims_of_rank(parse(sentence), [claim], False)
