"""Clarity names what a message tells, with quotes, and the questions fill what it leaves open."""

import pytest

from modelhub.engine import clarity, questions
from modelhub.engine.types import NeedScore, Span

FACETS = {
    "speech-recognition": "capability", "private-deployment": "constraint", "cost-control": "constraint",
    "throughput-scale": "constraint", "pricing-request": "intent", "not-a-lead": "intent",
}  # fmt: skip


def need(key, text, quote):
    start = text.index(quote)
    return NeedScore(key, 0.9, (Span(start, start + len(quote), quote),))


def test_parts_are_quoted_from_needs_and_from_the_words():
    text = "We want calls typed up, 4,000 calls a day, on our own servers, budget 20k, by Friday, my boss asks."
    needs = [need("speech-recognition", text, "calls typed up"), need("private-deployment", text, "on our own servers")]
    found = clarity.assess(text, needs, FACETS)
    assert set(found.known) == {"task", "volume", "constraints", "budget", "time", "people"}
    assert found.score == pytest.approx(1.0)
    assert all(text[s.start : s.end] == s.text for s in found.known.values())


def test_chinese_parts():
    text = "每天大概三千通电话，预算十万以内，下个月上线，领导很着急"
    known = clarity.assess(text, [], FACETS).known
    assert set(known) == {"volume", "budget", "time", "people"}


def test_a_limit_is_no_volume_and_no_constraint_twice():
    text = "at most 500 a month please"
    found = clarity.assess(text, [need("cost-control", text, "at most 500 a month")], FACETS)
    assert found.known["budget"].text == "at most 500 a month"
    assert "constraints" not in found.known


def test_no_lead_asks_nothing():
    text = "I look for a job"
    needs = [need("not-a-lead", text, text)]
    found = clarity.assess(text, needs, FACETS)
    assert (found.score, found.missing) == (0.0, ())
    assert questions.ask(found, needs, "en") == ()


def test_questions_are_for_the_dearest_gaps_in_the_customers_language():
    text = "把录音转成文字"
    needs = [need("speech-recognition", text, text)]
    found = clarity.assess(text, needs, FACETS)
    asked = questions.ask(found, needs, "zh")
    assert [q.part for q in asked] == ["constraints", "volume", "budget"]
    assert [q.gain for q in asked] == sorted((q.gain for q in asked), reverse=True)
    assert "录音" in asked[0].text
    assert questions.ask(found, needs, "fr")[0].text.isascii()


def test_wording_depends_on_the_need():
    nothing = clarity.assess("hello", [], FACETS)
    priced = [NeedScore("pricing-request", 0.9)]
    told = clarity.Clarity(0.5, {}, ("budget",))
    assert questions.ask(told, priced, "en") != questions.ask(told, [], "en")
    assert questions.ask(nothing, [], "en")[0].part == "task"
