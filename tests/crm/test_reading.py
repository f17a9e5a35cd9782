"""What a reading leaves behind: proposals with quotes, clarity, questions; and what it never touches."""

import pytest
from django.utils import translation

from core.models import Job, Need
from core.services import jobs
from crm.models import Message, Quote, Requirement
from crm.services import clarity, messages, reading, requirements
from modelhub.interface import ReadResult

from .readings import reading as said

pytestmark = pytest.mark.django_db
TEXT = "It must run in our own data centre. Answers in German and Polish. What does it cost?"


@pytest.fixture
def message(lead, needs):
    return messages.add(lead, text=TEXT, channel="mail")[0]


def keep(message, *found, **values):
    reading.keep(message, said(message, *found, **values), {need.key: need for need in Need.objects.all()})
    message.refresh_from_db()


def statuses(lead):
    return dict(Requirement.objects.filter(lead=lead).values_list("need__key", "status"))


def test_a_reading_proposes_requirements_in_the_order_of_the_text(message, lead):
    keep(message, ("languages", "in German and Polish", 0.9), ("private-deployment", "in our own data centre", 0.97))
    rows = list(Requirement.objects.order_by("pk"))
    assert [row.need.key for row in rows] == ["private-deployment", "languages"]
    assert {row.status for row in rows} == {"proposed"}
    assert rows[0].probability == pytest.approx(0.97)
    assert rows[0].reasons == [["in", 1.2]]
    assert rows[0].read_by == "reader v1"
    assert [quote.text for quote in Quote.objects.order_by("start")] == [
        "in our own data centre",
        "in German and Polish",
    ]
    assert all(quote.text == TEXT[quote.start : quote.end] for quote in Quote.objects.all())


def test_a_reading_fills_the_message_and_the_leads_clarity(message, lead):
    keep(message, ("pricing-request", "What does it cost", 0.8), known=[("task", "run")], missing=("volume", "budget"))
    assert (message.state, message.language, message.sure, message.read_by) == ("read", "en", True, "reader v1")
    assert message.clarity == {"score": 0.4, "known": {"task": [8, 11]}, "missing": ["volume", "budget"]}
    assert message.questions[0] == {"part": "volume", "text": "What about volume?", "gain": 0.15}
    lead.refresh_from_db()
    assert lead.clarity == pytest.approx(0.4)


def test_a_quote_that_does_not_stand_in_the_text_is_dropped(message, lead):
    result = said(message, ("latency", "run", 0.9))
    span = result.reading.needs[0].spans[0]
    object.__setattr__(span, "text", "invented")
    reading.keep(message, result, {need.key: need for need in Need.objects.all()})
    assert Requirement.objects.get().need.key == "latency"
    assert not Quote.objects.exists()


def test_a_need_nobody_knows_is_passed_over(message, lead):
    keep(message, ("telepathy", "run", 0.9))
    assert not Requirement.objects.exists()


def test_what_a_person_confirmed_stays(message, lead, rep):
    keep(message, ("latency", "run", 0.6))
    row = requirements.confirm(Requirement.objects.get(), by=rep, expected=1)
    second = messages.add(lead, text="It must be fast, at once.", channel="mail")[0]
    keep(second, ("latency", "fast", 0.99))
    row.refresh_from_db()
    assert (row.status, row.probability) == ("confirmed", pytest.approx(0.6))
    assert row.quotes.count() == 2


def test_a_declined_need_comes_back_only_with_new_words(message, lead, rep):
    keep(message, ("latency", "run", 0.6))
    requirements.reject(Requirement.objects.get(), by=rep, expected=1)
    keep(message, ("latency", "run", 0.7))
    assert statuses(lead) == {"latency": "declined"}
    second = messages.add(lead, text="Speed matters.", channel="mail")[0]
    keep(second, ("latency", "", 0.9))
    assert statuses(lead) == {"latency": "declined"}
    third = messages.add(lead, text="It has to be fast.", channel="mail")[0]
    keep(third, ("latency", "fast", 0.9))
    assert statuses(lead) == {"latency": "proposed"}


def test_a_changed_need_is_not_proposed_again_by_the_same_message(message, lead, rep, needs):
    keep(message, ("latency", "run", 0.6))
    requirements.change(Requirement.objects.get(), needs["throughput-scale"], by=rep, expected=1)
    keep(message, ("latency", "run", 0.9))
    assert statuses(lead) == {"latency": "declined", "throughput-scale": "confirmed"}


def test_a_surer_reading_of_a_proposal_does_not_make_a_persons_click_stale(message, lead, rep):
    keep(message, ("latency", "run", 0.6))
    row = Requirement.objects.get()
    second = messages.add(lead, text="It must be fast.", channel="mail")[0]
    keep(second, ("latency", "fast", 0.95))
    requirements.confirm(row, by=rep, expected=1)
    row.refresh_from_db()
    assert row.probability == pytest.approx(0.95)


def test_another_reading_of_a_message_withdraws_what_fell_away(message, lead):
    keep(message, ("latency", "run", 0.6), ("languages", "German", 0.9), prediction=7)
    keep(message, ("languages", "German", 0.9), prediction=8)
    assert statuses(lead) == {"languages": "proposed"}


def test_a_reading_twice_doubles_nothing(message, lead):
    for _ in range(2):
        keep(message, ("latency", "run", 0.6), prediction=7)
    assert Requirement.objects.count() == Quote.objects.count() == 1


def test_clarity_adds_up_over_messages(message, lead):
    keep(message, score=0.4, known=[("task", "run")], missing=("volume", "budget"))
    second = messages.add(lead, text="220 seats.", channel="chat")[0]
    keep(second, score=0.15, known=[("volume", "220 seats")], missing=("task", "budget"))
    found = clarity.of(lead)
    assert found.score == pytest.approx(0.55)
    assert {part.key: part.known for part in found.parts} == {"volume": True, "task": True, "budget": False}
    assert [ask.part for ask in found.questions] == ["budget"]
    assert found.messages == 2


def test_a_message_that_is_gone_or_read_leaves_nothing_to_do(message, lead):
    Message.objects.filter(pk=message.pk).update(state="read")
    assert jobs.work("ml") == 1
    assert Job.objects.get().state == "done"


def test_a_job_that_gave_up_says_so_on_the_message(message):
    reading.failed(Job(kind="crm.read", payload={"message": message.pk}))
    message.refresh_from_db()
    assert message.state == "failed"
    assert message.problem_told == "The text is kept; you can try again."
    Message.objects.filter(pk=message.pk).update(
        problem="No route. The text is kept; you can try again."
    )  # an older row
    message.refresh_from_db()
    assert message.problem_told == "No route. The text is kept; you can try again."
    Message.objects.filter(pk=message.pk).update(problem="away model did not answer: no route.")
    message.refresh_from_db()
    with translation.override("zh-hans"):
        assert message.problem_told.startswith("away model did not answer: no route. ")
        assert "The text is kept" not in message.problem_told


def test_a_result_without_a_reading_is_not_kept(message):
    result = ReadResult(message.source, None, None, None, "no reader")
    with pytest.raises(AssertionError):
        reading.keep(message, result, {})
