"""A need switched off, renamed or deleted while a version serves: reading, corrections and pages go on."""

import pytest
from django.urls import reverse

from core.models import Need
from core.services import jobs
from crm.models import Message, Requirement
from crm.services import messages, requirements
from modelhub.models import Assignment, Example, ModelVersion
from tests.modelhub.chat_peer import serving

TEXT = "We need it within two seconds. What does it cost?"
SAID = {"two seconds": "latency", "What does it cost": "pricing-request"}


def _answer(body):
    text = body["messages"][-1]["content"]
    return {"needs": [{"need": n, "probability": 0.9, "quotes": [w]} for w, n in SAID.items() if w in text]}


@pytest.fixture
def peer(db, needs):
    with serving(_answer) as running:
        version = ModelVersion.objects.create(
            key="server", name="server model", task="read", engine="openai", address=running.url, remote_model="tiny",
            config={"own_network": True, "timeout": 60},
        )  # fmt: skip
        Assignment.objects.create(task="read", segment=None, version=version)
        yield running


def add(lead):
    return messages.add(lead, text=TEXT, channel="mail")[0]


@pytest.mark.parametrize("what", ["switched off", "renamed", "deleted"])
def test_reading_goes_on_without_the_need(what, peer, lead, rep_client):
    need = Need.objects.filter(key="latency")
    if what == "switched off":
        need.update(active=False)
    elif what == "renamed":
        need.update(key="speed-of-answers")
    else:
        need.delete()
    message = add(lead)
    jobs.work("ml")
    message.refresh_from_db()
    assert (message.state, message.problem) == ("read", "")
    assert list(Requirement.objects.values_list("need__key", flat=True)) == ["pricing-request"]
    for name, args in (
        ("lead", [lead.pk]),
        ("message", [message.pk]),
        ("radar", []),
        ("hub-predictions", []),
        ("hub", []),
    ):
        assert rep_client.get(reverse(name, args=args)).status_code == 200, name


@pytest.mark.parametrize("what", ["switched off", "renamed"])
def test_what_was_proposed_before_can_still_be_judged(what, peer, lead, rep, rep_client):
    add(lead)
    jobs.work("ml")
    change = {"active": False} if what == "switched off" else {"key": "speed-of-answers"}
    Need.objects.filter(key="latency").update(**change)
    row = Requirement.objects.select_related("need").get(need__name_en="Latency")
    assert "Latency" in rep_client.get(reverse("lead", args=[lead.pk])).content.decode()
    requirements.confirm(row, by=rep, expected=row.version)
    row.refresh_from_db()
    assert row.status == "confirmed"
    assert Example.objects.get().labels == {row.need.key: True}
    messages.read_again(Message.objects.get(), by=rep)
    jobs.work("ml")
    row.refresh_from_db()
    assert row.status == "confirmed"  # the next reading does not know it, and takes nothing a person said


def test_a_need_that_requirements_name_cannot_be_deleted(peer, lead):
    add(lead)
    jobs.work("ml")
    with pytest.raises(Exception, match="protected"):
        Need.objects.get(key="latency").delete()
