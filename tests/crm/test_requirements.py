"""A person's word on a need: written once, told to the second, taught to the hub."""

import pytest
from django.core.exceptions import ValidationError

from core.models import AuditEntry, Need
from core.services.edits import Stale
from crm.forms.requirements import EditForm
from crm.models import Activity, Quote, Requirement
from crm.services import messages, reading, requirements
from modelhub.models import Example, Feedback

from .readings import reading as said

pytestmark = pytest.mark.django_db
TEXT = "It must run in our own data centre.\nAnswers in German\n and Polish. It must run fast."


@pytest.fixture
def message(lead, needs):
    return messages.add(lead, text=TEXT, channel="mail")[0]


@pytest.fixture
def proposed(message):
    result = said(message, ("private-deployment", "in our own data centre", 0.97))
    reading.keep(message, result, {need.key: need for need in Need.objects.all()})
    return Requirement.objects.get()


def test_confirming_is_audited_logged_and_taught(proposed, message, rep):
    row = requirements.confirm(proposed, by=rep, expected=1)
    assert (row.status, row.version) == ("confirmed", 2)
    assert AuditEntry.objects.filter(noun="requirement", verb="confirm", actor=rep).count() == 1
    assert Activity.objects.get(kind="requirement").data["verb"] == "confirm"
    feedback = Feedback.objects.get()
    assert (feedback.verdict, feedback.need, feedback.source) == ("confirmed", "private-deployment", message.source)
    assert TEXT[feedback.start : feedback.end] == "in our own data centre"
    assert Example.objects.get(source=message.source).labels == {"private-deployment": True}


def test_rejecting_teaches_the_opposite(proposed, message, rep):
    requirements.reject(proposed, by=rep, expected=1)
    assert Feedback.objects.get().verdict == "rejected"
    assert Example.objects.get().labels == {"private-deployment": False}


def test_changing_moves_the_words_to_the_other_need(proposed, rep, needs):
    other = requirements.change(proposed, needs["data-residency"], by=rep, expected=1)
    assert (other.status, other.need.key) == ("confirmed", "data-residency")
    assert [quote.text for quote in other.quotes.all()] == ["in our own data centre"]
    assert Requirement.objects.get(need__key="private-deployment").status == "declined"
    assert Feedback.objects.get().changed_to == "data-residency"
    assert Example.objects.get().labels == {"private-deployment": False, "data-residency": True}


def test_adding_with_words_gives_a_confirmed_need_and_an_example(message, lead, rep, needs):
    row = requirements.add(lead, needs["languages"], by=rep, message=message, start=36, end=65)
    quote = row.quotes.get()
    assert quote.by_person
    assert quote.text == TEXT[quote.start : quote.end] == "Answers in German\n and Polish"
    assert Example.objects.get().labels == {"languages": True}


def test_adding_without_words_or_message(lead, rep, needs):
    assert requirements.add(lead, needs["latency"], by=rep).status == "confirmed"
    assert not Feedback.objects.exists()


@pytest.mark.parametrize(("start", "end"), [(-1, 3), (5, 5), (9, 3), (0, 10_000)])
def test_a_stretch_outside_the_message_is_refused(message, lead, rep, needs, start, end):
    with pytest.raises(ValidationError):
        requirements.add(lead, needs["latency"], by=rep, message=message, start=start, end=end)
    assert not Requirement.objects.exists()


def test_another_leads_message_is_refused(message, other_lead, rep, needs):
    with pytest.raises(ValidationError):
        requirements.add(other_lead, needs["latency"], by=rep, message=message, start=0, end=5)


def test_the_second_person_is_told(proposed, rep, manager, needs):
    mine, theirs = Requirement.objects.get(), Requirement.objects.get()
    requirements.confirm(mine, by=rep, expected=1)
    for late in (
        lambda: requirements.reject(theirs, by=manager, expected=1),
        lambda: requirements.change(theirs, needs["latency"], by=manager, expected=1),
        lambda: requirements.set_status(theirs, "gap", by=manager, expected=1),
        lambda: requirements.set_priority(theirs, "must", by=manager, expected=1),
    ):
        with pytest.raises(Stale):
            late()
    mine.refresh_from_db()
    assert (mine.status, mine.priority) == ("confirmed", "should")
    assert Feedback.objects.count() == 1


def test_status_and_priority(proposed, rep):
    row = requirements.set_status(proposed, "gap", by=rep, expected=1)
    row = requirements.set_priority(row, "must", by=rep, expected=2)
    row.refresh_from_db()
    assert (row.status, row.priority, row.version) == ("gap", "must", 3)
    assert Feedback.objects.get().verdict == "confirmed"
    with pytest.raises(ValidationError):
        requirements.set_status(row, "proposed", by=rep, expected=3)


def test_all_that_were_seen_are_confirmed_and_the_others_counted(proposed, message, lead, rep, needs):
    other = Requirement.objects.create(lead=lead, need=needs["latency"], version=4)
    assert requirements.confirm_all(lead, by=rep, seen={proposed.pk: 1, other.pk: 3}) == (1, 1)


def test_words_are_found_however_their_lines_run(message):
    start, end = requirements.locate(message, " “Answers in German and Polish” ")
    assert TEXT[start:end] == "Answers in German\n and Polish"
    with pytest.raises(ValidationError):
        requirements.locate(message, "Answers in Klingon")


def test_quotes_of_two_messages_teach_two_examples(proposed, lead, rep):
    second = messages.add(lead, text="Nothing may leave our data centre.", channel="mail")[0]
    found = said(second, ("private-deployment", "our data centre", 0.9))
    reading.keep(second, found, {need.key: need for need in Need.objects.all()})
    requirements.confirm(proposed, by=rep, expected=1)
    assert Example.objects.count() == 2
    assert Quote.objects.count() == 2


def test_a_need_added_in_the_admin_can_be_chosen_at_once():
    Need.objects.create(key="old", facet="capability", name_en="Old need")
    assert "Old need" in str(EditForm(initial={})["need"])
    Need.objects.create(key="fresh", facet="capability", name_en="Fresh need")
    assert "Fresh need" in str(EditForm(initial={})["need"])


def test_a_refused_change_keeps_the_other_needs_on_the_page(proposed, rep, sign_in):
    data = {"need": "0", "priority": "must", "status": "confirmed", "version": "1"}
    answer = sign_in(rep).post(f"/requirements/{proposed.pk}/change/", data, headers={"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Retarget"]) == (422, f"#need-{proposed.pk}-form")
