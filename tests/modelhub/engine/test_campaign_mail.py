"""The campaign form of the composer: a mail to many, whose personal parts stay open."""

import itertools
from dataclasses import replace

import pytest

from modelhub.engine.drafters import campaign_en, campaign_zh
from modelhub.engine.drafters.composed import Composer
from modelhub.engine.drafters.topics import WORDS
from modelhub.engine.types import ClaimText, DraftRequest, RequirementText

PARTS = {
    "en": ("{{ contact.first_name }}", "{{ company.name }}", "{{ sender.name }}"),
    "zh": ("{{ contact.name }}", "{{ company.name }}", "{{ sender.name }}"),
}
CLAIM = {
    "en": "Helm runs entirely on servers in your own data centre, without a connection to us.",
    "zh": "Helm 可完全部署在贵司自己的机房，无需连接我方。",
}


def request(language, need, tone="plain", seed=0):
    contact, company, sender = PARTS[language]
    return DraftRequest(
        language=language, form="campaign", tone=tone, length="medium", company=company, contact=contact, role="",
        sender=sender, requirements=(RequirementText(need),), seed=seed,
        claims=(ClaimText("C1", CLAIM[language], language, "Helm", (need,)),),
    )  # fmt: skip


@pytest.mark.parametrize(("language", "said"), [("en", campaign_en), ("zh", campaign_zh)])
def test_every_need_has_its_own_question_and_name(language, said):
    assert set(said.ASK) == set(said.TOPICS) == set(WORDS[language])
    assert len(set(said.ASK.values())) == len(said.ASK)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("tone", ["plain", "warm", "formal"])
def test_nothing_of_the_frame_is_lost_to_the_verifier(language, tone):
    said = campaign_zh if language == "zh" else campaign_en
    for need, seed in itertools.product(said.ASK, (0, 1)):
        draft = Composer().draft(request(language, need, tone, seed))
        texts = [sentence.text for sentence in draft.sentences]
        assert texts[1] == said.ASK[need]
        openings = [[line.format(company=PARTS[language][1]) for line in lines] for lines in said.PIVOT[tone]]
        assert texts[2:4] in openings
        assert any(texts[-1 - len(lines) : -1] == list(lines) for lines in said.NEXT[tone])
        assert PARTS[language][0] in texts[0]
        assert texts[-1].endswith(PARTS[language][2])
        assert [sentence.claims for sentence in draft.sentences if sentence.claims] == [("C1",)]


def test_three_subjects_one_a_line_and_the_same_for_the_same_seed():
    first = Composer().draft(request("en", "private-deployment"))
    lines = first.subject.split("\n")
    assert len(set(lines)) == 3
    assert lines[0] == "AI on your own servers"
    assert lines[2] == "For {{ company.name }}: AI on your own servers"
    assert first == Composer().draft(request("en", "private-deployment"))


def test_a_need_that_an_admin_added_goes_by_its_name():
    draft = Composer().draft(request("en", "tea-making"))
    assert draft.sentences[1].text == "How do you deal with tea making today?"
    assert draft.subject.startswith("Tea making\n")


def test_it_stands_only_where_the_product_was_named_before():
    claims = (
        ClaimText("C1", "A search over 4 million pages returns in 380 ms.", "en", "Helm", ("latency",)),
        ClaimText("C2", "Helm shows a draft within 2 seconds.", "en", "Helm", ("latency",)),
        ClaimText("C3", "Helm answers a question within 3 seconds.", "en", "Helm", ("latency",)),
    )
    draft = Composer().draft(replace(request("en", "latency"), claims=claims))
    said = {sentence.claims[0]: sentence.text for sentence in draft.sentences if sentence.claims}
    assert said["C2"].startswith("Helm shows")


def test_what_a_reader_asks_next_has_a_paragraph_of_its_own_and_nobody_made_a_point():
    claims = tuple(
        ClaimText(f"C{n}", text, "en", "Helm", (need,))
        for n, (need, text) in enumerate(
            [
                ("languages", "Helm answers in German, English and Mandarin."),
                ("integration-api", "Helm connects to Zendesk and Salesforce."),
                ("cost-control", "Helm costs €39 per seat a month."),
            ]
        )
    )
    wanted = tuple(RequirementText(need) for need in ("languages", "integration-api", "cost-control"))
    for seed in range(6):
        draft = Composer().draft(replace(request("en", "languages", seed=seed), claims=claims, requirements=wanted))
        said = [sentence for sentence in draft.sentences if sentence.claims]
        assert [sentence.claims for sentence in said] == [("C0",), ("C1",), ("C2",)]
        assert len({sentence.paragraph for sentence in said}) == 3
        assert said[0].text == claims[0].text
        assert all(sentence.text.startswith(("On ", "As for ")) for sentence in said[1:])
