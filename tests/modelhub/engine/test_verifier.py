"""The verifier on sentences a salesperson might write: what follows from a claim passes, what does not is told why."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.core.management import call_command

from modelhub.engine.failures import DatasetError
from modelhub.engine.types import ClaimText
from modelhub.engine.verifier import RuleVerifier
from modelhub.engine.verifier.rows import read_rows
from modelhub.engine.verifier.tokens import parse
from modelhub.engine.verifier.training import SHOWN

TRAIN = Path(__file__).resolve().parents[3] / "modelhub" / "corpus" / "verify_train"
FAST = "Answers within 200 ms at the 95th percentile on a single A10 GPU."
PRICE = "The Professional plan costs €480 per month, billed yearly."
PILOT = "In a pilot with a Dutch insurer, Claro cut the average handling time of claims from 12 minutes to 9 minutes."


def judge(sentence: str, *claims: str) -> tuple[str, str]:
    verdict = RuleVerifier().judge(sentence, [ClaimText(f"c{i}", text) for i, text in enumerate(claims)])
    return verdict.verdict, " / ".join(verdict.reasons)


@pytest.mark.parametrize(
    ("sentence", "claim"),
    [
        ("95 of 100 answers arrive within a fifth of a second on one A10 GPU.", FAST),
        ("On a single A10 GPU, 95 % of answers take less than a quarter of a second.", FAST),
        ("Billed yearly, the Professional plan comes to €5,760 a year.", PRICE),
        ("In a pilot with a Dutch insurer, Claro saved three minutes of handling time per claim on average.", PILOT),
        ("A pilot with a Dutch insurer showed that Claro lowered average claim handling time by 25 %.", PILOT),
        ("没有贵司的书面同意，我们不会拿贵司的数据去训练模型。", "未经客户书面同意，我们不会用客户数据训练模型。"),
        ("在单张A10显卡上，95%的回答在0.2秒内返回。", FAST),
    ],
)
def test_what_follows_is_supported(sentence: str, claim: str) -> None:
    assert judge(sentence, claim)[0] == "supported"


@pytest.mark.parametrize(
    ("sentence", "claim", "verdict", "reason"),
    [
        ("Answers within 20 ms at the 95th percentile on a single A10 GPU.", FAST, "contradicted", "20 ms"),
        ("Answers within 200 ms at the 95th percentile.", FAST, "unsupported", "A10"),
        ("Every answer arrives within 200 ms on a single A10 GPU.", FAST, "unsupported", "scope"),
        ("The Professional plan costs $480 per month, billed yearly.", PRICE, "contradicted", "€480"),
        ("The Enterprise plan costs €480 per month, billed yearly.", PRICE, "contradicted", "enterprise"),
        ("Claro will always cut your handling time by a quarter.", PILOT, "unsupported", ""),
        ("Customer data is used to train our models.", "Customer data is never used to train our models.", "contradicted", "reverse"),
        ("Datapool has passed a SOC 2 audit.", "A SOC 2 audit of Datapool is planned for 2027.", "contradicted", "planned"),
        ("Kestrel reads 4,000 pages an hour.", "Kestrel reads up to 4,000 pages an hour.", "unsupported", "bound"),
        ("Kestrel is the fastest reader on the market.", "Kestrel reads 4,000 pages an hour.", "unsupported", "superlative"),
        ("备份保留300天。", "本产品每晚自动备份，备份保留30天。", "contradicted", "300"),
    ],
)  # fmt: skip
def test_what_does_not_follow_is_refused_with_its_reason(sentence: str, claim: str, verdict: str, reason: str) -> None:
    found, reasons = judge(sentence, claim)
    assert found in ("unsupported", "contradicted")
    assert reason in reasons
    assert found == verdict


@pytest.mark.parametrize(
    "sentence",
    ["Dear Ms Petersen,", "You need answers in less than 50 ms.", "Would Thursday at 10 suit you?", "您提到贵司有220名坐席。",
     "You also asked for Polish; we do not have an answer to that today.", "Kind regards, Martin", "", "…"],
)  # fmt: skip
def test_what_asserts_nothing_about_us_needs_no_claim(sentence: str) -> None:
    assert judge(sentence, FAST)[0] == "no-claim-needed"


def test_the_customers_words_do_not_hide_an_assertion() -> None:
    assert judge("You asked for speed: our answers arrive in 20 ms.", FAST)[0] in ("unsupported", "contradicted")
    assert judge("Did you know that answers arrive within 20 ms?", FAST)[0] in ("unsupported", "contradicted")


def test_an_assertion_without_claims_is_unsupported() -> None:
    assert judge("Our assistant reads invoices.")[0] == "unsupported"


def test_the_claims_it_rests_on_are_named() -> None:
    claims = [ClaimText("a", "Heron needs 24 GB of GPU memory."), ClaimText("b", "Backups are kept for 30 days.")]
    assert RuleVerifier().judge("Backups are kept for 30 days.", claims).claims == ("b",)


def test_odd_input_is_judged_and_does_not_raise() -> None:
    for sentence in ("\x00\x01", "😀😀", "ًٌٍ مرحبا", "9" * 5000, "a " * 20000, "一" * 3000, "<b>200 ms</b>", "½ ⅓ ∞ €"):
        assert judge(sentence, FAST)[0] in ("supported", "unsupported", "contradicted", "no-claim-needed")


@pytest.mark.parametrize(
    ("text", "value", "dimension"),
    [
        ("a quarter of a second", 0.25, "time"), ("4k pages", 4000, "count"), ("1.2万份", 12000, "count"), ("九成", 0.9, "ratio"),
        ("95 of 100", 0.95, "ratio"), ("two million subscribers", 2e6, "count"), ("480 euros", 480, "eur"), ("0.48万元", 4800, "cny"),
        ("六个月", 15_778_800, "time"), ("13 percentage points", 0.13, "pp"), ("每5分钟", 1 / 300, "often"),
    ],
)  # fmt: skip
def test_figures_are_read(text: str, value: float, dimension: str) -> None:
    quantity = parse(text).quantities[0]
    assert (round(quantity.value, 6), quantity.dimension) == (round(value, 6), dimension)


def test_the_development_set_is_held() -> None:
    """A floor under the rules where they were made: at least 97 of 100 false ones caught, at most 8 of 100 true refused."""
    files = [path for path in sorted(TRAIN.glob("*.jsonl")) if path.stem.partition("-")[2] in SHOWN]
    rows = [row for path in files for row in read_rows(path)]
    bad = ("unsupported", "contradicted")
    verdicts = RuleVerifier().verify([(row.sentence, row.claims) for row in rows])
    caught = [v.verdict in bad for r, v in zip(rows, verdicts, strict=True) if r.verdict in bad]
    refused = [v.verdict in bad for r, v in zip(rows, verdicts, strict=True) if r.verdict not in bad]
    assert len(rows) >= 500
    assert sum(caught) / len(caught) >= 0.97
    assert sum(refused) / len(refused) <= 0.08


def test_rows_of_a_file_are_checked(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps({"id": "1", "sentence": "x", "claims": [{"id": "c", "text": "y"}]}) + "\n{\n")
    with pytest.raises(DatasetError, match="row 2"):
        read_rows(path)
    path.write_text(json.dumps({"id": "1", "sentence": "x", "claims": [{"id": "c"}]}) + "\n")
    with pytest.raises(DatasetError, match="row 1"):
        read_rows(path)


def test_ids_come_back_as_given_and_odd_rows_are_judged(tmp_path: Path) -> None:
    path, out = tmp_path / "rows.jsonl", tmp_path / "out.jsonl"
    rows = [
        {"id": 7, "sentence": "Half a pair \ud800 stands here.", "claims": []},
        {"id": "b", "sentence": "", "claims": []},
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    call_command("verify_sentences", str(path), "--out", str(out))
    assert [json.loads(line)["id"] for line in out.read_text().splitlines()] == [7, "b"]
    path.write_text("[" * 100_000 + "\n")
    with pytest.raises(DatasetError, match="row 1"):
        read_rows(path)
