"""Open messages read again after another reader was assigned: proposals change, what people said stays, twice is harmless."""

import pytest
from django.urls import reverse

from core.models import Job
from core.services import jobs
from crm.models import Message, Requirement, Rereading, RereadLead
from crm.services import messages, requirements, rereading
from modelhub.models import Assignment, AssignmentChange, ModelVersion
from modelhub.services import assignments
from tests.modelhub.chat_peer import serving

TEXT = "We need it within two seconds. What does it cost?"
REASON = "It reads our jargon better"
OLD = {"two seconds": "latency", "What does it cost": "pricing-request"}
NEW = {"two seconds": "throughput-scale", "What does it cost": "pricing-request"}


def _answers(said):
    def answer(body):
        text = body["messages"][-1]["content"]
        return {"needs": [{"need": n, "probability": 0.9, "quotes": [w]} for w, n in said.items() if w in text]}

    return answer


@pytest.fixture
def readers(db, needs):
    """Two readers behind sockets; the old one serves by default."""
    with serving(_answers(OLD)) as old, serving(_answers(NEW)) as new:
        made = {}
        for key, peer in (("old", old), ("new", new)):
            made[key] = ModelVersion.objects.create(
                key=key, name=f"{key} reader", task="read", engine="openai", address=peer.url, remote_model="tiny",
                config={"own_network": True, "timeout": 60},
            )  # fmt: skip
        Assignment.objects.create(task="read", segment=None, version=made["old"])
        yield made, new


@pytest.fixture
def placed(lead, other_lead, segments):
    """The lead in large logistics, the other in banking."""
    for row, key in ((lead, "logistics-large"), (other_lead, "banking")):
        row.segment = segments[key]
        row.save()
    return segments


def assign(version, segment, by):
    current = Assignment.objects.filter(task="read", segment=segment).first()
    assignments.assign("read", segment, version, by=by, reason=REASON, seen=assignments.stamp(current))
    return Rereading.objects.get(change=AssignmentChange.objects.latest("id").pk)


def add(lead, text=TEXT):
    return messages.add(lead, text=text, channel="mail")[0]


def standing(lead):
    return dict(Requirement.objects.filter(lead=lead).values_list("need__key", "status"))


def test_proposals_come_and_go_and_the_page_says_where(readers, placed, lead, other_lead, admin_user, admin_client):
    made, peer = readers
    add(lead)
    add(other_lead)
    jobs.work("ml")
    row = assign(made["new"], placed["logistics"], admin_user)
    assert (row.state, row.before, row.after) == ("offered", "old reader", "new reader")
    page = reverse("rereading", args=[row.change])
    assert "Read 1 message again" in admin_client.get(page).content.decode()  # not the one in banking
    admin_client.post(reverse("rereading-start", args=[row.change]))
    assert standing(lead) == {"latency": "proposed", "pricing-request": "proposed"}  # nothing happens in the request
    jobs.work("ml")
    row.refresh_from_db()
    assert (row.state, row.total, row.done, row.failed) == ("done", 1, 1, 0)
    assert standing(lead) == {"throughput-scale": "proposed", "pricing-request": "proposed"}
    assert standing(other_lead) == {"latency": "proposed", "pricing-request": "proposed"}
    line = RereadLead.objects.get()
    assert (line.lead, line.came, line.went) == (lead, ["throughput-scale"], ["latency"])
    shown = admin_client.get(page).content.decode()
    assert lead.title in shown
    assert "Throughput" in shown
    assert Message.objects.get(lead=lead).read_by == "new reader"
    assert len(peer.seen) == 1


def test_a_re_reading_stops_when_another_version_serves_by_now(readers, placed, lead, admin_user):
    made, peer = readers
    add(lead)
    jobs.work("ml")
    row = assign(made["new"], placed["logistics"], admin_user)
    rereading.start(row, by=admin_user)
    current = Assignment.objects.get(task="read", segment=placed["logistics"])
    assignments.unassign(current, by=admin_user, reason="Back to the old one", seen=assignments.stamp(current))
    jobs.work("ml")
    row.refresh_from_db()
    assert (row.state, row.done, peer.seen) == ("stopped", 0, [])
    assert "Another version serves there" in row.problem
    assert standing(lead) == {"latency": "proposed", "pricing-request": "proposed"}


def test_what_a_person_said_stays(readers, placed, lead, rep, admin_user):
    made, _peer = readers
    message = add(lead)
    jobs.work("ml")
    by_key = {req.need.key: req for req in Requirement.objects.filter(lead=lead).select_related("need")}
    requirements.confirm(by_key["latency"], by=rep, expected=by_key["latency"].version)
    requirements.reject(by_key["pricing-request"], by=rep, expected=by_key["pricing-request"].version)
    declined = requirements.add(lead, _need("throughput-scale"), by=rep)
    requirements.reject(declined, by=rep, expected=declined.version)
    row = assign(made["new"], None, admin_user)
    rereading.start(row, by=admin_user)
    jobs.work("ml")
    assert standing(lead) == {"latency": "confirmed", "pricing-request": "declined", "throughput-scale": "declined"}
    assert Message.objects.get(pk=message.pk).read_by == "new reader"
    assert list(RereadLead.objects.values_list("came", "went")) == [([], [])]


def _need(key):
    from core.models import Need

    return Need.objects.get(key=key)


def test_twice_is_harmless(readers, placed, lead, admin_user, admin_client):
    made, peer = readers
    add(lead)
    jobs.work("ml")
    row = assign(made["new"], None, admin_user)
    begin = reverse("rereading-start", args=[row.change])
    admin_client.post(begin)
    admin_client.post(begin)
    assert Job.objects.filter(kind="crm.reread").count() == 1
    jobs.work("ml")
    after = list(Requirement.objects.order_by("pk").values())
    assert "Nothing was started a second time" in admin_client.post(begin, follow=True).content.decode()
    assert jobs.work("ml") == 0
    assert list(Requirement.objects.order_by("pk").values()) == after
    assert len(peer.seen) == 1
    again = assign(made["old"], None, admin_user)
    back = assign(made["new"], None, admin_user)  # nothing was read in between: the new one read them last
    assert rereading.pending(back).count() == 0
    assert rereading.pending(again).count() == 1


def test_slices_let_new_messages_go_first_and_add_up(readers, placed, lead, other_lead, admin_user, monkeypatch):
    monkeypatch.setattr(rereading, "SLICE", 4)
    made, _peer = readers
    for number in range(10):
        add(lead if number % 2 else other_lead, f"{number}: {TEXT}")
    jobs.work("ml")
    row = assign(made["new"], None, admin_user)
    job = rereading.start(row, by=admin_user)
    assert jobs.work("ml", most=1) == 1
    row.refresh_from_db()
    job.refresh_from_db()
    assert (row.state, row.done, job.state, job.done, job.total) == ("running", 4, "queued", 4, 10)
    fresh = add(lead, f"new: {TEXT}")
    jobs.work("ml")
    row.refresh_from_db()
    assert (row.state, row.done, row.total) == ("done", 10, 10)
    assert set(Message.objects.values_list("read_by", flat=True)) == {"new reader"}
    fresh.refresh_from_db()
    assert Message.objects.filter(prediction__gt=fresh.prediction).count() == 2  # after one more slice, before the last
    assert [(line.messages, line.came, line.went) for line in RereadLead.objects.all()] == [
        (5, ["throughput-scale"], ["latency"])
    ] * 2


def test_a_worker_that_dies_in_the_middle_goes_on_where_it_was(readers, placed, lead, admin_user, monkeypatch):
    made, _peer = readers
    for number in range(6):
        add(lead, f"{number}: {TEXT}")
    jobs.work("ml")
    row = assign(made["new"], None, admin_user)
    rereading.start(row, by=admin_user)
    keep, kept = rereading.reading.keep, []

    def die_at_the_fourth(message, *args, **kwargs):
        if len(kept) == 3:
            kept.append(None)
            raise OSError("the machine goes down")
        kept.append(message.pk)
        return keep(message, *args, **kwargs)

    monkeypatch.setattr(rereading.reading, "keep", die_at_the_fourth)
    jobs.work("ml")
    row.refresh_from_db()
    assert (row.state, row.done, row.failed) == ("done", 6, 0)
    numbers = [pk for pk in kept if pk is not None]
    assert len(numbers) == len(set(numbers)) == 6  # none twice
    assert RereadLead.objects.get().messages == 6


def test_cancelled_it_stops_and_can_go_on(readers, placed, lead, admin_user, admin_client, monkeypatch):
    monkeypatch.setattr(rereading, "SLICE", 2)
    made, _peer = readers
    for number in range(4):
        add(lead, f"{number}: {TEXT}")
    jobs.work("ml")
    row = assign(made["new"], None, admin_user)
    job = rereading.start(row, by=admin_user)
    jobs.work("ml", most=1)
    jobs.cancel(Job.objects.get(pk=job.pk), by=admin_user)
    row.refresh_from_db()
    assert (row.state, row.done) == ("stopped", 2)
    assert jobs.work("ml") == 0
    assert "Go on" in admin_client.get(reverse("rereading", args=[row.change])).content.decode()
    rereading.start(row, by=admin_user)
    jobs.work("ml")
    row.refresh_from_db()
    assert (row.state, row.done, row.total) == ("done", 4, 4)


def test_a_reader_that_does_not_answer_changes_nothing_and_says_so(readers, placed, lead, admin_user):
    made, peer = readers
    message = add(lead)
    jobs.work("ml")
    row = assign(made["new"], None, admin_user)
    peer.answer = lambda body: (500, b"{}", {})
    rereading.start(row, by=admin_user)
    jobs.work("ml")
    row.refresh_from_db()
    assert (row.state, row.done + row.failed) == ("done", 1)
    message.refresh_from_db()
    assert message.state == "read"
    assert "latency" in standing(lead)


def test_closed_leads_our_own_words_and_other_segments_are_left_alone(readers, placed, lead, stages, admin_user):
    made, _peer = readers
    add(lead)
    messages.add(lead, text="We answer within two seconds.", channel="mail", outgoing=True)
    jobs.work("ml")
    row = assign(made["new"], placed["banking"], admin_user)
    assert rereading.pending(row).count() == 0
    row = assign(made["new"], placed["logistics"], admin_user)
    assert rereading.pending(row).count() == 1
    lead.stage = stages["lost"]
    lead.save()
    assert rereading.pending(row).count() == 0


def test_who_may_start_and_see(
    readers, placed, lead, other_lead, rep_client, stranger_client, manager_client, admin_user
):
    made, _peer = readers
    add(lead)
    add(other_lead)
    jobs.work("ml")
    row = assign(made["new"], None, admin_user)
    begin, page = reverse("rereading-start", args=[row.change]), reverse("rereading", args=[row.change])
    for client in (rep_client, stranger_client, manager_client):
        assert client.post(begin).status_code == 403
    assert not Job.objects.filter(kind="crm.reread").exists()
    assert Rereading.objects.get().state == "offered"
    rereading.start(row, by=admin_user)
    jobs.work("ml")
    mine, theirs = rep_client.get(page).content.decode(), stranger_client.get(page).content.decode()
    assert lead.title in mine
    assert other_lead.title not in mine
    assert other_lead.title in theirs
    assert lead.title not in theirs
    assert "2 of 2" not in mine  # totals over all teams are the admin's
    assert rep_client.get(reverse("rereading", args=[4711])).status_code == 404
    assert "new reader" in rep_client.get(reverse("rereadings")).content.decode()


def test_a_drafting_change_offers_nothing(db, admin_user):
    version = ModelVersion.objects.create(key="composer-x", name="composer x", task="draft", engine="composer")
    assignments.assign("draft", None, version, by=admin_user, reason=REASON, seen="")
    assert not Rereading.objects.exists()
