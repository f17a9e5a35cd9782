"""Who does what, in which order, measured by whom: what the verifier's head is told of it, and what the rules make of near misses."""

from __future__ import annotations

import pytest

from modelhub.engine.types import ClaimText
from modelhub.engine.verifier import RuleVerifier
from modelhub.engine.verifier.roles import roles
from modelhub.engine.verifier.tokens import parse


def _told(sentence: str, *claims: str) -> dict[str, float]:
    return roles(parse(sentence), [parse(claim) for claim in claims])


def _verdict(sentence: str, *claims: str) -> str:
    texts = [ClaimText(str(i), text, "") for i, text in enumerate(claims)]
    return RuleVerifier().verify([(sentence, texts)])[0].verdict


@pytest.mark.parametrize(
    ("sentence", "same", "claim"),
    [
        (
            "Support is free in the Silver plan and costs €30 a month in the Gold plan.",
            "Support is free in the Gold plan and costs €30 a month in the Silver plan.",
            "Support is free in the Gold plan and costs €30 a month in the Silver plan.",
        ),
        ("报价由销售审核、经理起草。", "报价由销售起草、经理审核。", "报价由销售起草、经理审核。"),
    ],
)
def test_words_in_each_others_place_are_told(sentence: str, same: str, claim: str) -> None:
    told, kept = _told(sentence, claim), _told(same, claim)
    assert told["exchanged"] or told["moved only"] > 0
    assert not kept["exchanged"]
    assert not kept["moved"]


@pytest.mark.parametrize(
    ("turned", "kept", "claim"),
    [
        (
            "The draft is sent before the lawyer has confirmed it.",
            "Before the draft is sent, the lawyer confirms it.",
            "The draft is sent after the lawyer has confirmed it.",
        ),
        ("录音先归档,再由主管确认。", "主管先确认,再归档录音。", "录音经主管确认后归档。"),
    ],
)
def test_what_comes_first_is_told(turned: str, kept: str, claim: str) -> None:
    assert _told(turned, claim)["sequence reversed"] == 1
    assert _told(kept, claim)["sequence reversed"] == 0


@pytest.mark.parametrize(
    ("ours", "theirs", "claim"),
    [
        (
            "In a test of our own, 92 % of the letters were sorted correctly.",
            "A university tested it: 92 % of the letters were sorted correctly.",
            "92 % of the letters were sorted correctly, as measured by the university of Turku.",
        ),
        ("我们自己抽样测得准确率为 92%。", "第三方机构抽样测得准确率为 92%。", "准确率为 92%,由第三方机构抽样测得。"),
    ],
)
def test_another_who_measured_is_told(ours: str, theirs: str, claim: str) -> None:
    assert _told(ours, claim)["tester turned"] == 1
    assert _told(theirs, claim)["tester turned"] == 0


def test_a_figure_beside_the_wrong_thing_is_told() -> None:
    claim = "Copper answers in 2 seconds, Nickel in 9 seconds."
    assert _told("Nickel answers in 2 seconds.", claim)["figure beside another"] >= 1
    assert _told("Copper answers in 2 seconds.", claim)["figure beside another"] == 0


def test_a_version_may_be_called_one() -> None:
    claims = ("Harrow Serve 3.4 added JSON output.", "Version 3.2 is supported until June 2027.")
    assert _verdict("Version 3.4 added JSON output.", *claims) == "supported"
    assert _verdict("Version 3.5 added JSON output.", *claims) != "supported"


def test_only_in_one_claim_leaves_the_others_alone() -> None:
    claims = ("Only calls with consent are recorded.", "The consent announcement is played at the start of calls.")
    assert _verdict("The consent announcement is played at the start.", *claims) == "supported"


def test_short_forms_are_no_new_words() -> None:
    assert _verdict("It's the clerk who signs each letter.", "The clerk signs each letter.") == "supported"
