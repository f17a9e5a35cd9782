"""Figures that no claim states: how they are read, and whether they can be worked out from those that it states."""

import pytest

from modelhub.engine.verifier.figures import check_figures, margin
from modelhub.engine.verifier.idioms import normalise
from modelhub.engine.verifier.tokens import parse
from modelhub.engine.verifier.verdict import look
from modelhub.engine.verifier.workings import bound_changes, workings


def steps(sentence, *claims):
    seen = look(sentence, claims)
    found = workings(seen.statement, [parse(claim) for claim in claims], seen.findings.figures.failed)
    return [way.step if way else "none" for way in found]


@pytest.mark.parametrize(
    ("text", "value", "bound"),
    [
        ("The export never takes more than 40 seconds.", 40.0, "le"),
        ("The export takes more than 40 seconds.", 40.0, "gt"),
        ("An export is there after an hour and a half.", 5400.0, "exact"),
        ("It took two and a half hours.", 9000.0, "exact"),
        ("The share rose by half a percentage point.", 0.005, "exact"),
        ("Usage more than doubled.", 2.0, "gt"),
        ("处理时间不足三秒半。", 3.5, "lt"),
        ("每页折合一毛五。", 0.15, "exact"),
        ("节省四个多小时。", 14400.0, "gt"),
        ("退货率降了一半还多。", 0.5, "gt"),
        ("老客户享八五折。", 0.85, "exact"),
        ("六成出头的门店在用。", 0.6, "gt"),
        ("上传不会超过20秒。", 20.0, "le"),
        ("The model answers about one question in nine.", 1 / 9, "approx"),
        ("Of every twenty letters, it sorts nineteen.", 0.95, "exact"),
        ("消费者协会的评测得91分。", 91.0, "exact"),
        ("全年处理2.4万亿条。", 2.4e12, "exact"),
        ("用量涨到原来的两倍半以上。", 2.5, "ge"),
    ],
)
def test_a_figure_is_read_with_its_bound(text, value, bound):
    (figure,) = parse(normalise(text)).quantities
    assert figure.value == pytest.approx(value)
    assert figure.bound == bound


def test_a_share_of_percent_and_count_stays_two_figures():
    share, count = parse("It answered 58 percent of 1,000 questions.").quantities
    assert (share.value, count.value) == (pytest.approx(0.58), 1000.0)


CALLS = "Osier answers 6 of the 24 lines without an agent."
PRICE = "Osier costs 0.30 euros per 1,000 lines."
OPEN = "The desk is open from 8 a.m. to 6 p.m."


@pytest.mark.parametrize(
    ("sentence", "claim", "expected"),
    [
        ("Osier leaves 18 of the lines to an agent.", CALLS, "step"),
        ("Osier leaves 17 of the lines to an agent.", CALLS, "none"),
        ("Osier costs 600 euros for two million lines.", PRICE, "two"),
        ("Osier costs 700 euros for two million lines.", PRICE, "none"),
        ("The desk is open ten hours a day.", OPEN, "span"),
        ("The desk is open eleven hours a day.", OPEN, "none"),
        ("Osier grew by 50 %.", "Osier grew from 40 to 60 customers.", "step"),
        ("Osier grew by 70 %.", "Osier grew from 40 to 60 customers.", "none"),
        ("还有十五家门店没有用上。", "旗下四十家门店中，二十五家已经用上。", "step"),
        ("还有十六家门店没有用上。", "旗下四十家门店中，二十五家已经用上。", "none"),
        ("全年一共需要960元。", "服务费每月80元。", "own"),
        ("全年一共需要860元。", "服务费每月80元。", "none"),
    ],
)
def test_arithmetic_comes_out_or_does_not(sentence, claim, expected):
    found = steps(sentence, claim)
    assert expected in found or (expected != "none" and not found)


def test_a_bound_turned_round_is_no_working():
    assert steps("An export takes at least 40 seconds.", "An export takes at most 40 seconds.") == ["turned"]


def test_the_price_before_takes_the_unit_of_the_price_beside_it():
    prices = parse("Prices fell by 20 %; a seat now costs 0.40 dollars instead of 0.50.").quantities
    assert [(q.value, q.dimension) for q in prices if q.value < 1][1:] == [(0.4, "usd"), (0.5, "usd")]


@pytest.mark.parametrize(
    ("sentence", "claim", "change"),
    [
        ("It stores at least 90 days of logs.", "It stores at most 90 days of logs.", "turned"),
        ("It stores up to 90 days of logs.", "It stores 90 days of logs.", "added"),
        ("It stores 90 days of logs.", "It stores at least 90 days of logs.", "dropped"),
        ("日志最多保存90天。", "日志至少保存90天。", "turned"),
        ("It stores at least 90 days of logs.", "It stores at least 90 days of logs.", None),
    ],
)
def test_a_bound_that_changes_is_seen(sentence, claim, change):
    assert dict(bound_changes(parse(sentence), [parse(claim)])) == ({change: 1} if change else {})


def test_figures_that_stand_nearer_to_another_are_seen():
    claims = [parse("The Lite plan stores 20 GB, the Pro plan stores 60 GB.")]

    def gap(sentence):
        said = parse(sentence)
        return margin(said, claims, check_figures(said, claims))

    assert gap("The Pro plan stores 60 GB.") > gap("The Lite plan stores 60 GB.")
