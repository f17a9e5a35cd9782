"""The whole sample on real models, and the pages of the README's tour; FAIRLEAD_SHOTS=docs/images takes its pictures."""

import pytest
from django.core.management import call_command
from django.db import transaction

from core.models import User
from crm.models import Competitor, Lead, Message, Pitch, PitchSentence, Requirement
from crm.samples import loading
from marketing.models import Audience, Campaign
from modelhub.models import AssignmentChange, Evaluation, TrainingRun
from tests.fixtures.browser import settled

pytestmark = [pytest.mark.browser, pytest.mark.models, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
TOUR = [  # picture, who, address
    ("day", "mira", "/"), ("board", "mira", "/leads/board/"), ("radar", "elena", "/requirements/"), ("hub", "tomas", "/hub/"),
]  # fmt: skip


@pytest.fixture
def sample(packs, needs):
    """The sample data, read, drafted and sent as `make run` does it."""
    call_command("ensure_models", no_evaluation=True)
    loading.load(lambda _line: None)


def sample_person(key):
    return User.objects.get(email=f"{key}@northlight.example")


def _learning():
    run = TrainingRun.objects.filter(sample=True, curve__0__isnull=False).latest("pk")
    evaluation = Evaluation.objects.filter(version__run__sample=True, language="").latest("pk")
    assert AssignmentChange.objects.filter(sample=True, kind="rollback").exists()
    assert evaluation.beside is not None
    return [
        ("run", "tomas", run.get_absolute_url()), ("evaluation", "tomas", f"/hub/evaluations/{evaluation.pk}/"),
        ("", "tomas", "/hub/examples/"), ("", "tomas", "/hub/datasets/"), ("", "tomas", "/admin/modelhub/assignment/history/"),
    ]  # fmt: skip


def _campaigns():
    done = Campaign.objects.get(utm_campaign="a-source-under-every-answer")
    waiting = Campaign.objects.get(state=Campaign.State.REVIEW)
    audience = Audience.objects.get(name="Quiet, but still open")
    contact = done.deliveries.filter(state="sent").first().contact_id
    assert done.state == Campaign.State.DONE
    return [
        ("results", "elena", f"/campaigns/{done.pk}/results/"), ("audience", "elena", f"/audiences/{audience.pk}/?contact={contact}"),
        ("", "elena", "/campaigns/"), ("", "tomas", f"/campaigns/{waiting.pk}/copy/"), ("", "elena", f"/campaigns/{done.pk}/sending/"),
    ]  # fmt: skip


def test_the_sample_is_read_drafted_and_shown(sample, open_page, shots):
    assert not Message.objects.filter(state__in=[Message.State.WAITING, Message.State.FAILED]).exists()
    assert Requirement.objects.filter(status="confirmed").count() > 100
    assert {Pitch.State.DRAFT, Pitch.State.READY, Pitch.State.SENT, Pitch.State.FAILED} == set(
        Pitch.objects.values_list("state", flat=True)
    )
    failed = Pitch.objects.get(state=Pitch.State.FAILED)
    assert failed.delivery.recipient in failed.problem
    openings = [
        pitch.sentences.exclude(text__regex=r"^.{0,40}[,，:：]$")
        .order_by("position")[:2]
        .values_list("text", flat=True)
        for pitch in Pitch.objects.exclude(form="one-pager").filter(sentences__isnull=False).distinct()
    ]
    assert len({tuple(two) for two in openings}) == len(openings)  # no two leads get the same opening
    assert PitchSentence.objects.filter(verdict="unsupported").exists()  # the boasts of the sample were caught
    lead = Lead.objects.get(title__startswith="Service assistant, 220")
    pitch = lead.pitches.filter(sentences__verdict="unsupported").first()
    stops = [*TOUR, ("lead", "mira", f"/leads/{lead.pk}/")]
    stops += [*_learning(), *_campaigns(), ("", failed.author.email.partition("@")[0], failed.get_absolute_url())]
    stops += [("", "elena", f"/competitors/{rival.pk}/") for rival in Competitor.objects.filter(kind="rival")]
    assert pitch is not None
    stops.append(("pitch", "mira", f"/pitches/{pitch.pk}/"))
    transaction.get_connection().close()
    for picture, who, address in stops:
        page = open_page(address, sample_person(who))
        settled(page)
        assert not page.problems, (address, page.problems)
        if shots and picture:
            page.screenshot(path=str(shots / f"{picture}.png"))
    chinese = Lead.objects.get(title="租赁合同要点提取")
    page = open_page(f"/leads/{chinese.pk}/", sample_person("lin"))
    assert "客户需要什么" in page.content()
    if shots:
        _shoot_in_chinese([*stops, ("lead", "lin", f"/leads/{chinese.pk}/")], open_page, shots)


def _shoot_in_chinese(stops, open_page, shots):
    """The same pictures as people of a Chinese house see them; what a rep sees, as the one with Chinese leads."""
    User.objects.update(language="zh-hans")
    theirs = Pitch.objects.filter(lead__owner=sample_person("lin"), sentences__verdict="unsupported").first()
    their = {"pitch": theirs.get_absolute_url()} if theirs else {}
    for picture, who, address in stops:
        if picture and (picture, who) != ("lead", "mira"):
            person = "lin" if who == "mira" and (picture != "pitch" or theirs) else who
            page = open_page(their.get(picture, address), sample_person(person))
            settled(page)
            page.screenshot(path=str(shots / f"{picture}.zh.png"))
