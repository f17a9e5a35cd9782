"""Sentences that once slipped through: a shared name and chance synonyms are no support, and a boast is no small talk."""

import pytest

from modelhub.engine.types import ClaimText
from modelhub.engine.verifier import RuleVerifier

CLAIMS = [
    ClaimText("1", "Helm drafts replies to customer enquiries and your staff approve them."),
    ClaimText("2", "Helm is billed per seat at €39 a month, whatever the number of messages."),
]


@pytest.mark.parametrize(
    "sentence",
    [
        "Under every draft Helm names the page it rests on.",
        "Helm reads invoices.",
        "Nobody else comes close.",
        "业内无人能比。",
    ],
)
def test_it_is_refused(sentence):
    assert RuleVerifier().judge(sentence, CLAIMS).verdict in ("unsupported", "contradicted")


def test_what_the_claim_says_still_stands():
    assert RuleVerifier().judge("Each seat costs €39 a month.", CLAIMS).verdict == "supported"
