"""The composer and questions: what the customer asked, what they only wrote, and names in another script."""

from __future__ import annotations

import pytest

from modelhub.engine.drafters.composed import Composer
from modelhub.engine.drafters.names import proper
from modelhub.engine.drafters.quotes import take_up
from modelhub.engine.types import ClaimText, DraftRequest, RequirementText


def texts(language: str, *wanted: RequirementText, claims: tuple[ClaimText, ...] = ()) -> list[str]:
    """The drafts of eight seeds."""
    drafts = [
        Composer().draft(
            DraftRequest(
                language, "mail", "plain", "long", "Hanseatic", "Anke", "other", "Mira", wanted, claims, seed=s
            )
        )
        for s in range(8)
    ]
    return [" ".join(sentence.text for sentence in draft.sentences) for draft in drafts]


@pytest.mark.parametrize(
    ("quote", "language", "kind", "text"),
    [
        ("What we would like is something that drafts replies", "en", "words", "What we would like is something that drafts replies"),
        ("What counts is the time until a reply", "en", "words", "What counts is the time until a reply"),
        ("What languages does it speak", "en", "question", "What languages does it speak?"),
        ("How we do it today is by hand", "en", "words", "How we do it today is by hand"),
        ("Do not send our data abroad", "en", "words", "Do not send our data abroad"),
        ("How would you prove that it does not invent arrival times", "en", "question", "How would you prove that it does not invent arrival times?"),
        ("Which of our languages does it speak", "en", "question", "Which of our languages does it speak?"),
        ("how much per page?", "en", "question", "How much per page?"),
        ("We have 40 agents in two ports. Can it help?", "en", "clause", "you have 40 agents in two ports"),
        ("Can it help our agents? We have forty", "en", "question", "Can it help our agents?"),
        ("能不能读手写的单据？", "zh", "question", "能不能读手写的单据"),
        ("我们有四十个坐席。能帮上忙吗？", "zh", "words", "我们有四十个坐席"),
        ("能帮上忙吗？我们有四十个坐席。", "zh", "question", "能帮上忙吗"),
        ("想要个能帮坐席写回复的", "zh", "words", "想要个能帮坐席写回复的"),
    ],
)  # fmt: skip
def test_only_a_question_was_asked(quote: str, language: str, kind: str, text: str) -> None:
    found = take_up(quote, language)
    assert found is not None
    assert (found.kind, found.text) == (kind, text)


def test_a_statement_was_written_and_a_question_keeps_its_mark() -> None:
    said = "What we would like is something that drafts replies"
    asked = "How would you prove that it does not invent arrival times"
    for text in texts("en", RequirementText("own-data", said, "gap")):
        assert f"“{said}.”" in text
        assert "asked:" not in text
        assert "You also asked" not in text
    for text in texts("en", RequirementText("hallucination-control", asked, "gap")):
        assert f"You also asked: “{asked}?”" in text


def test_in_chinese_too_a_statement_was_not_asked() -> None:
    for text in texts("zh", RequirementText("customer-service", "想要个能帮坐席写回复的", "gap")):
        assert "“想要个能帮坐席写回复的。”" in text
        assert "您还问" not in text
    for text in texts("zh", RequirementText("customer-service", "能不能读手写的单据？", "gap")):
        assert "您还问：“能不能读手写的单据？”" in text


def test_a_chinese_name_in_an_english_draft_is_told_in_english_or_quoted() -> None:
    claims = (
        ClaimText("c1", "Assist is certified to ISO 27001.", "en", "Assist", ("security-compliance",)),
        ClaimText("c2", "Assist answers in German.", "en", "Assist", ("languages",)),
    )
    wanted = (RequirementText("security-compliance", "要过等保三级"), RequirementText("languages", "粤语也要能用"))
    for text in texts("en", *wanted, claims=claims):
        assert "“等保三级” we" in text
        assert "Cantonese we" in text
        assert "粤" not in text
    assert [proper(name) for name in ("polish", "上海", "纽约")] == ["Polish", "Shanghai", "“纽约”"]
    assert proper("等保三级", "zh") == "等保三级"
