"""The learned verdict: free wording passes, quiet falsehoods do not, and without its encoder or head the rules judge."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from modelhub.engine.failures import ArtifactError
from modelhub.engine.types import ClaimText
from modelhub.engine.verifier import RuleVerifier, head
from modelhub.engine.verifier.learned import LearnedVerifier, RulesFirst, best
from modelhub.engine.verifier.training import Examples, fit

CLAIMS = [
    ClaimText("a", "Marlow proposes a reply to each complaint; a clerk checks it before it is sent."),
    ClaimText("b", "Complaints are kept in Vienna and deleted after 60 days."),
]
FALSE = ("unsupported", "contradicted")


@pytest.fixture(scope="module")
def verifier(packs: Path) -> LearnedVerifier:
    return LearnedVerifier.load(packs)


@pytest.mark.parametrize(
    "sentence",
    [
        "Every reply that Marlow puts forward is looked at by one of your clerks before it goes out.",
        "For each complaint Marlow suggests an answer, which a clerk looks over before it goes out.",
        "After two months your complaints are gone.",
        "Your complaints stay in Vienna and are gone after 60 days.",
    ],
)
def test_free_wording_of_a_claim_passes(verifier: LearnedVerifier, sentence: str) -> None:
    assert verifier.verify([(sentence, CLAIMS)])[0].verdict == "supported"


@pytest.mark.parametrize(
    "sentence",
    [
        "Marlow sends its replies without anybody looking at them.",
        "Complaints are kept in Vienna and encrypted.",
        "Marlow reads invoices and contracts.",
        "Complaints are deleted after 16 days.",
        "Marlow is the best complaint system on the market.",
        "The tunnel was dug through soft rock.",
    ],
)
def test_what_the_claims_do_not_say_is_refused_with_a_reason(verifier: LearnedVerifier, sentence: str) -> None:
    verdict = verifier.verify([(sentence, CLAIMS)])[0]
    assert verdict.verdict in FALSE
    assert verdict.reasons


def test_it_passes_what_the_rules_alone_refuse(verifier: LearnedVerifier) -> None:
    claims = [ClaimText("t", "Tessa is certified to ISO 27001 since May 2023.")]
    sentence = "ISO 27001 certification has been in place since May 2023."
    assert RuleVerifier().judge(sentence, claims).verdict == "unsupported"
    assert verifier.verify([(sentence, claims)])[0].verdict == "supported"


def test_a_claim_in_its_own_words_passes_beside_many_others(verifier: LearnedVerifier) -> None:
    others = [ClaimText(f"c{i}", f"Report {i} is printed on {i + 2} pages.") for i in range(8)]
    for claim in CLAIMS:
        assert verifier.verify([(claim.text, [*others, claim])])[0].claims == (claim.id,)


def test_verdicts_come_in_order_and_talk_needs_no_claim(verifier: LearnedVerifier) -> None:
    items = [("Dear Ms Berg,", CLAIMS), (CLAIMS[1].text, CLAIMS), ("Our tool reads invoices.", []), ("", [])]
    found = [verdict.verdict for verdict in verifier.verify(items)]
    assert found == ["no-claim-needed", "supported", "unsupported", "no-claim-needed"]


def test_odd_input_is_judged_and_does_not_raise(verifier: LearnedVerifier) -> None:
    odd = ["\x00\x01", "😀😀", "مرحبا", "9" * 3000, "a " * 4000, "一" * 1500, "½ ∞", "\ud800 half a pair"]
    assert len(verifier.verify([(sentence, CLAIMS) for sentence in odd])) == len(odd)
    assert len(verifier.verify([("Marlow proposes replies.", [ClaimText("x", text)]) for text in [*odd, ""]])) == 9


def test_without_the_pack_the_rules_judge(tmp_path: Path) -> None:
    assert isinstance(best(tmp_path), RuleVerifier)


def test_a_changed_head_is_not_loaded(packs: Path, tmp_path: Path) -> None:
    folder = tmp_path / "head"
    shutil.copytree(head.SHIPPED, folder)
    settings = folder / "settings.json"
    settings.write_text(settings.read_text().replace('"en": 0', '"en": 1'))
    with pytest.raises(ArtifactError, match=r"settings.json"):
        LearnedVerifier.load(packs, folder)


def test_a_composer_s_sentence_that_the_rules_support_does_not_ask_the_model() -> None:
    class Unwilling:
        def verify(self, items: object) -> list[object]:
            raise AssertionError("asked")

    assert RulesFirst(Unwilling()).verify([(CLAIMS[1].text, CLAIMS)])[0].verdict == "supported"  # type: ignore[arg-type]
    with pytest.raises(AssertionError, match="asked"):
        RulesFirst(Unwilling()).verify([("Marlow brews coffee.", CLAIMS)])  # type: ignore[arg-type]


def test_the_stored_model_gives_what_the_trained_one_gives(tmp_path: Path) -> None:
    from sklearn.ensemble import GradientBoostingClassifier

    chance = np.random.default_rng(0)
    values = chance.normal(size=(200, 5))
    false = values[:, 0] * values[:, 1] > 0
    none, flat = np.zeros(200, bool), np.ones(200)
    names = tuple("abcde")
    examples = Examples(names, values, false, np.array(["x"] * 200), none, flat, none, none, none)
    made = fit(examples, ~none, np.zeros((3, 4), np.float32), "print")
    grown = GradientBoostingClassifier(
        n_estimators=150, learning_rate=0.08, max_depth=3, subsample=0.5, max_features=0.2, min_samples_leaf=15,
        random_state=0, init="zero",
    ).fit(values, false)  # fmt: skip
    assert np.allclose(made.trees.score(values), grown.decision_function(values), atol=1e-9)
    made.save(tmp_path / "head", {})
    assert np.allclose(head.load(tmp_path / "head").scores(values, []), made.scores(values, []))
