"""My day: what waits, in which order, with which reason, and what one does with it."""

import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from crm.models import Activity, DayMark, Lead, Message, Pitch, PitchDelivery, Quote, Requirement, Task
from crm.services import activities, day, day_around, leads

pytestmark = pytest.mark.django_db
HOUR = datetime.timedelta(hours=1)
DAY = datetime.timedelta(days=1)


@pytest.fixture(autouse=True)
def midday(settings, monkeypatch):
    """Noon, so that “today” has hours on both sides."""
    noon = timezone.now().replace(hour=12, minute=0, second=0, microsecond=0)
    monkeypatch.setattr(timezone, "now", lambda: noon)
    return noon


def wrote(lead, text, *needs, ago=HOUR):
    message = Message.objects.create(
        lead=lead, channel="mail", text=text, state="read", sent_at=timezone.now() - ago, read_by="reader"
    )
    for need in needs:
        requirement, _ = Requirement.objects.get_or_create(lead=lead, need=need, defaults={"probability": 0.9})
        Quote.objects.create(requirement=requirement, message=message, start=0, end=4, text=text[:4])
    return message


@pytest.fixture
def busy(rep, lead, needs, stages):
    """One lead for each kind of entry."""
    now = timezone.now()
    made = {
        name: leads.create(by=rep, title=name)
        for name in ("complains", "asks a price", "soon", "late", "writes", "today", "rots", "proposed", "quiet")
    }
    wrote(made["complains"], "We are leaving you", needs["complaint-churn"])
    wrote(made["asks a price"], "What does it cost?", needs["pricing-request"])
    wrote(made["writes"], "Thanks, noted")
    for name, at in [
        ("soon", now + HOUR),
        ("late", now - 2 * DAY),
        ("today", now + 5 * HOUR),
        ("quiet", now + 3 * DAY),
    ]:
        leads.set_next_step(made[name], f"Step of {name}", at, by=rep)
    Lead.objects.filter(pk=made["rots"].pk).update(stage_since=now - 20 * DAY)
    Requirement.objects.create(lead=made["proposed"], need=needs["languages"])
    Lead.objects.filter(pk=lead.pk).delete()
    return made


def test_the_order_and_the_reasons(busy, rep):
    entries = day.queue(rep)
    order = [(entry.lead.title, entry.kind) for entry in entries]
    assert order[:7] == [
        ("complains", "message"), ("asks a price", "message"), ("soon", "step"), ("late", "step"), ("writes", "message"),
        ("today", "step"), ("rots", "rotting"),
    ]  # fmt: skip
    assert {kind for _title, kind in order[7:]} == {"confirm"}
    assert {title for title, kind in order[7:]} == {
        "proposed"
    }  # what is proposed of the others stands by their message
    reasons = {entry.lead.title: entry.reason for entry in reversed(entries)}
    assert reasons["asks a price"] == "They ask for a price. It has waited for 1 hour."
    assert reasons["late"] == "It was due 2 days ago."
    assert reasons["rots"] == "20 days in New, where 7 are usual. No next step is set."
    assert entries[0].requirement.need.key == "complaint-churn"


def test_reasons_come_in_the_readers_language_when_needs_are_named(busy, rep, needs):
    wrote(busy["asks a price"], "Price, trial?", needs["pricing-request"], needs["demo-trial"], ago=HOUR / 2)
    with translation.override("zh-hans"):
        hot = next(entry for entry in day.queue(rep) if entry.lead.title == "asks a price")
    assert "询价" in hot.reason


@pytest.mark.parametrize(
    ("sent", "now", "presses"),
    [
        ("2026-11-26T10:00", "2026-11-30T09:00", True),  # Thursday to Monday: two working days
        ("2026-11-25T10:00", "2026-11-30T09:00", False),
        ("2026-11-28T10:00", "2026-12-01T09:00", True),  # Saturday to Tuesday
        ("2026-11-30T10:00", "2026-11-30T11:00", True),
    ],
)
def test_a_hot_message_presses_now_for_two_working_days(rep, pipeline, needs, sent, now, presses):
    sent, now = (datetime.datetime.fromisoformat(f"{text}:00+00:00") for text in (sent, now))
    lead = leads.create(by=rep, title="asks")
    wrote(lead, "What does it cost?", needs["pricing-request"])
    Message.objects.update(sent_at=sent)
    [entry] = [entry for entry in day.queue(rep, now=now) if entry.kind == "message"]
    assert (entry.weight >= day.NOW) == presses
    assert entry.weight >= day.TODAY


def test_what_is_proposed_comes_back_when_the_message_is_ticked(busy, rep):
    entry = next(entry for entry in day.queue(rep) if entry.lead.title == "asks a price")
    assert entry.proposed
    day.tick(rep, entry)
    assert [one.kind for one in day.queue(rep) if one.lead.title == "asks a price"] == ["confirm"]


def test_a_long_section_shows_its_first_twelve_and_all_on_demand(rep, rep_client, pipeline, needs):
    for n in range(15):
        wrote(leads.create(by=rep, title=f"hot {n}"), "What does it cost?", needs["pricing-request"])
        wrote(leads.create(by=rep, title=f"calm {n}"), "Thanks, noted")
    page = rep_client.get("/")
    assert [len(section["entries"]) for section in page.context["sections"]] == [12, 12]
    assert page.text.count("Show all 15") == 2
    opened = rep_client.get("/", {"all": "today"})
    assert [len(section["entries"]) for section in opened.context["sections"]] == [12, 15]
    assert opened.text.count("Show all 15") == 1


def test_an_answer_takes_the_message_off(busy, rep):
    lead = busy["asks a price"]
    Message.objects.create(
        lead=lead, channel="mail", text="It costs", outgoing=True, state="none", sent_at=timezone.now()
    )
    assert ("asks a price", "message") not in {(entry.lead.title, entry.kind) for entry in day.queue(rep)}


def test_old_messages_closed_leads_and_declined_needs_do_not_press(busy, rep, stages, needs):
    wrote(leads.create(by=rep, title="old"), "Long ago", ago=20 * DAY)
    leads.move(busy["late"], stages["lost"], by=rep, lost_reason="price")
    Requirement.objects.filter(need=needs["pricing-request"]).update(status="declined")
    entries = {(entry.lead.title, entry.kind): entry for entry in day.queue(rep)}
    assert ("old", "message") not in entries
    assert ("late", "step") not in entries
    assert entries["asks a price", "message"].reason == "It has waited for 1 hour."


def test_spam_is_last_and_free_leads_say_that_nobody_owns_them(rep, pipeline, needs):
    free = leads.create(by=rep, title="free", owner=None)
    wrote(free, "Could we try it?", needs["demo-trial"])
    wrote(leads.create(by=rep, title="spam"), "I seek a job", needs["not-a-lead"])
    entries = day.queue(rep)
    assert entries[0].lead == free
    assert "Nobody owns it yet." in entries[0].reason
    assert [entry.lead.title for entry in entries if entry.kind == "message"][-1] == "spam"


def test_whose_day_it_is(busy, rep, teammate, manager, other_rep, marketer, admin_user):
    assert day.queue(teammate) == []
    assert {entry.lead.title for entry in day.queue(manager)} == {entry.lead.title for entry in day.queue(rep)}
    for person in (other_rep, marketer, admin_user):
        assert day.queue(person) == []
    task = activities.add_task(busy["late"], "Prepare", timezone.now() + HOUR, by=rep, assignee=teammate)
    assert [entry.task for entry in day.queue(teammate)] == [task]


def test_the_number_of_queries_does_not_grow(busy, rep, needs, django_assert_max_num_queries):
    for n in range(15):
        lead = leads.create(by=rep, title=f"more {n}", next_step="x", next_step_at=timezone.now() - DAY)
        wrote(lead, "What does it cost?", needs["pricing-request"], needs["languages"])
    with django_assert_max_num_queries(12):
        assert len(day.queue(rep)) > 35


def test_the_page_shows_sections_agenda_quarter_and_news(busy, rep_client):
    response = rep_client.get("/")
    assert [section["title"] for section in response.context["sections"]] == ["Now", "Today", "If there is time"]
    assert "is-first" in response.text
    assert response.text.count("is-first") == 1
    assert "3 new messages on your leads" in response.text
    assert [hour.entry.title if hour.entry else "now" for hour in response.context["agenda"]] == [
        "now",
        "Step of soon",
        "Step of today",
    ]


def test_empty_days(rep_client, marketer_client, pipeline):
    assert "Nothing waits for you" in rep_client.get("/").text
    assert "your role reads leads only" in marketer_client.get("/").text


def test_later_hides_until_then(busy, rep, rep_client, monkeypatch, midday):
    entry = day.queue(rep)[0]
    rep_client.post("/day/later/", {"key": entry.key, "days": "1"})
    assert entry.key not in {other.key for other in day.queue(rep)}
    monkeypatch.setattr(timezone, "now", lambda: midday + 2 * DAY)
    assert entry.key in {other.key for other in day.queue(rep)}


def test_done_hides_for_good_and_goes_to_the_timeline(busy, rep, rep_client):
    entry = day.queue(rep)[0]
    rep_client.post("/day/done/", {"key": entry.key})
    assert DayMark.objects.get().until is None
    assert Activity.objects.filter(lead=entry.lead, data__done="Answer complains", actor=rep).exists()
    page = rep_client.get("/")
    assert "Done today" in page.text
    assert [done.data["done"] for done in page.context["done"]] == ["Answer complains"]
    with translation.override("zh-hans"):  # our own line, so it is not kept in one language
        told = activities.describe(Activity.objects.get(lead=entry.lead, data__has_key="day"))
        assert "complains" in told
        assert "Answer" not in told


def test_no_lead_is_not_confirmed_together_with_needs(rep, lead, needs):
    for key in ("not-a-lead", "languages", "latency"):
        Requirement.objects.create(lead=lead, need=needs[key])
    entry = next(entry for entry in day.queue(rep) if entry.kind == "confirm")
    assert {req.need.key for req in entry.proposed} == {"languages", "latency"}
    Requirement.objects.exclude(need__key="not-a-lead").update(status="confirmed")
    entry = next(entry for entry in day.queue(rep) if entry.kind == "confirm")
    assert [req.need.key for req in entry.proposed] == ["not-a-lead"]


def test_take_confirm_and_tick(rep, rep_client, lead, needs, pipeline):
    free = leads.create(by=rep, title="free", owner=None)
    wrote(free, "Could we try it?", needs["demo-trial"])
    rep_client.post("/day/take/", {"lead": free.pk})
    free.refresh_from_db()
    assert free.owner == rep
    first, second = (Requirement.objects.create(lead=lead, need=needs[key]) for key in ("languages", "latency"))
    Requirement.objects.filter(pk=second.pk).update(version=2)  # somebody changed it after the page was drawn
    response = rep_client.post(
        "/day/confirm/", {"key": f"confirm:{lead.pk}", "seen": [f"{first.pk}:1", f"{second.pk}:1", "x:y"]}, follow=True
    )
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, second.status) == ("confirmed", "proposed")
    assert "1 had changed meanwhile" in response.text
    task = activities.add_task(lead, "Call Anke", timezone.now() + HOUR, by=rep)
    rep_client.post(reverse("task-later", args=[task.pk]), {"days": "7"})
    task.refresh_from_db()
    assert task.due_at > timezone.now() + 6 * DAY
    rep_client.post(reverse("task-done", args=[task.pk]))
    assert Task.objects.get(pk=task.pk).done_at


def test_nobody_acts_on_another_persons_entry(busy, rep, stranger_client, sign_in, teammate):
    key = day.queue(rep)[0].key
    for client in (stranger_client, sign_in(teammate)):
        for name in ("day-later", "day-done", "day-confirm"):
            assert client.post(reverse(name), {"key": key}).status_code == 404
    assert stranger_client.post(reverse("day-take"), {"lead": busy["late"].pk}).status_code == 404
    assert sign_in(teammate).post(reverse("day-take"), {"lead": busy["late"].pk}).status_code == 403
    task = activities.add_task(busy["late"], "Mine", timezone.now(), by=rep)
    assert stranger_client.post(reverse("task-done", args=[task.pk])).status_code == 404
    assert sign_in(teammate).post(reverse("task-done", args=[task.pk])).status_code == 403
    assert Task.objects.get(pk=task.pk).done_at is None


def test_the_quarter_counts_what_was_won_in_it(rep, stages, lead):
    leads.move(lead, stages["won"], by=rep)
    open_one = leads.create(by=rep, title="open", value=1000, stage=stages["pilot"])
    quarter = day_around.quarter(rep)
    assert (quarter.won.count, quarter.won.sums[0].amount) == (1, 184000)
    assert (quarter.open.count, quarter.open.weighted[0].amount) == (1, open_one.value / 2)


@pytest.fixture
def refused(rep, lead, contact):
    """A mail the server refused an hour ago, written and sent by the owner of its lead."""
    pitch = Pitch.objects.create(lead=lead, contact=contact, author=rep, state="failed", subject="Hello")
    return PitchDelivery.objects.create(
        pitch=pitch, message_id="<a@fairlead.example>", state="failed", by=rep, error="550 5.1.1 User unknown",
        recipient="anke@hanseatic.example", recipient_name="Anke Petersen", created_at=timezone.now() - HOUR,
    )  # fmt: skip


def mails(user):
    return [entry for entry in day.queue(user) if entry.kind == "mail"]


def test_a_mail_that_came_back_stands_beside_complaints(refused, busy_order, rep, rep_client):
    assert [(entry.kind, entry.lead.title) for entry in day.queue(rep)[:3]] == [
        ("message", "complains"), ("mail", refused.pitch.lead.title), ("message", "asks a price"),
    ]  # fmt: skip
    [entry] = mails(rep)
    assert entry.reason == "The mail to Anke Petersen came back: “550 5.1.1 User unknown”"
    assert rep_client.get("/").text.count(f'href="{refused.pitch.get_absolute_url()}"') == 2
    PitchDelivery.objects.update(error="The contact has no address.")
    assert mails(rep)[0].reason == "The mail to Anke Petersen did not go out. The contact has no address."


@pytest.fixture
def busy_order(rep, pipeline, needs):
    """A complaint and a question for the price."""
    wrote(leads.create(by=rep, title="complains"), "We are leaving you", needs["complaint-churn"])
    wrote(leads.create(by=rep, title="asks a price"), "What does it cost?", needs["pricing-request"])


def test_a_mail_goes_away_when_it_is_sent_again_closed_or_followed(refused, rep, stages):
    Pitch.objects.update(state="ready")  # mended, but nothing went out yet
    assert mails(rep)
    PitchDelivery.objects.update(state="planned")
    assert not mails(rep)
    PitchDelivery.objects.update(state="failed")
    other = Pitch.objects.create(lead=refused.pitch.lead, state="sent", sent_at=timezone.now() - 2 * HOUR)
    assert mails(rep)  # that one was before
    Pitch.objects.filter(pk=other.pk).update(sent_at=timezone.now())
    assert not mails(rep)
    Pitch.objects.filter(pk=other.pk).update(form="call")
    assert mails(rep)  # a script that was used is no mail
    leads.move(refused.pitch.lead, stages["lost"], by=rep, lost_reason="price")
    assert not mails(rep)


def test_whose_mail_it_is(refused, rep, teammate, manager, other_rep, marketer, admin_user):
    for person, waits in ((rep, 1), (manager, 1), (teammate, 0), (other_rep, 0), (marketer, 0), (admin_user, 0)):
        assert len(mails(person)) == waits, person


def test_a_ticked_mail_that_fails_again_comes_back(refused, rep, rep_client):
    [entry] = mails(rep)
    rep_client.post(reverse("day-done"), {"key": entry.key})
    assert not mails(rep)
    title = f"Mend the mail to {day.name_of(entry.lead)} and send it again"
    assert activities.done_words(Activity.objects.get(data__has_key="done")) == title
    PitchDelivery.objects.update(created_at=timezone.now())
    assert mails(rep)


def test_many_mails_that_came_back_need_no_more_queries(refused, rep, rep_client, django_assert_num_queries):
    rep_client.get("/")
    with CaptureQueriesContext(connection) as one:
        rep_client.get("/?all=1")
    for n in range(5):
        row = leads.create(by=rep, title=f"more {n}", company=refused.pitch.lead.company)
        pitch = Pitch.objects.create(lead=row, author=rep, state="failed")
        PitchDelivery.objects.create(pitch=pitch, message_id=f"<{n}@x>", state="failed", by=rep, error="550 no")
    with django_assert_num_queries(len(one)):
        page = rep_client.get("/?all=1")
    assert page.text.count("Open the pitch") == 6
