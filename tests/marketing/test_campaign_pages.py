"""Pages and API of campaigns: what they show, what a refused form keeps, who is told they were second."""

import datetime
import json
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.models import AuditEntry
from marketing.models import Campaign
from marketing.services import campaigns, plans

pytestmark = pytest.mark.django_db


@pytest.fixture
def two(campaign, marketer, other_marketer, needs):
    other = campaigns.create(by=other_marketer, name="Speech for clinics", need=needs["languages"], channel="event")
    Campaign.objects.filter(pk=other.pk).update(state="done")
    return campaign, other


def names(client, path):
    page = client.get(path).content.decode()
    return {name for name in ("Hanseatic ports, private assistants", "Speech for clinics") if f">{name}</a>" in page}


@pytest.mark.parametrize(("query", "found"), [
    ("", 2), ("?state=planning", 1), ("?state=sending", 0), ("?owner=me", 1), ("?channel=event", 1), ("?need=languages", 1),
    ("?need=latency", 0), ("?q=clinics", 1), ("?q=FORTY", 1), ("?dates=none", 1), ("?state=nonsense", 2), ("?q=%00", 2),
])  # fmt: skip
def test_filters_of_the_list(two, marketer_client, query, found):
    assert len(names(marketer_client, f"/campaigns/{query}")) == found


def test_the_board_shows_both_by_state_and_the_calendar_the_dated_one(two, marketer_client):
    assert len(names(marketer_client, "/campaigns/board/")) == 2
    page = marketer_client.get("/campaigns/calendar/").content.decode()
    assert "Hanseatic ports" in page
    assert "Speech for clinics" not in page
    assert "1 campaign has no date yet" in page


def test_an_empty_list_and_an_empty_filter_say_different_things(marketer_client, marketer):
    assert "brings one message" in marketer_client.get("/campaigns/").content.decode()
    campaigns.create(by=marketer, name="Fair")
    page = marketer_client.get("/campaigns/?q=nothing").content.decode()
    assert "does not match these filters" in page
    assert "Clear all filters" in page


def test_a_campaign_is_planned_by_the_form(marketer_client, marketer, audience, needs):
    given = marketer_client.get(f"/campaigns/new/?audience={audience.pk}&need=latency").content.decode()
    assert f'value="{audience.pk}" selected' in given
    assert f'value="{needs["latency"].pk}" selected' in given
    answer = marketer_client.post("/campaigns/new/", {
        "name": "Autumn letter", "channel": "mail", "audience": audience.pk, "need": needs["latency"].pk, "owner": marketer.pk,
        "budget": "1200.50", "currency": "CNY", "starts_on": "2026-11-09", "ends_on": "2026-12-11",
    })  # fmt: skip
    row = Campaign.objects.get()
    assert answer["Location"] == f"/campaigns/{row.pk}/"
    assert (row.budget, row.currency, row.utm_campaign) == (Decimal("1200.50"), "CNY", "autumn-letter")


def test_a_refused_form_keeps_what_was_typed(marketer_client):
    answer = marketer_client.post("/campaigns/new/", {
        "name": "Autumn letter", "goal": "Ten talks", "channel": "mail", "currency": "EUR", "budget": "10", "starts_on": "2026-12-11", "ends_on": "2026-11-09",
    })  # fmt: skip
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "It would end before it starts" in page
    assert "is violated" not in page
    assert 'value="Ten talks"' in page
    assert not Campaign.objects.exists()


def fields(campaign, **values):
    return {
        "name": campaign.name, "channel": "mail", "currency": "EUR", "budget": "12000", "audience": campaign.audience_id,
        "need": campaign.need_id, "version": campaign.version, "sender_email": campaign.sender_email, **values,
    }  # fmt: skip


def test_who_saves_second_is_told_and_keeps_the_words(marketer_client, other_marketer, sign_in, campaign):
    second = sign_in(other_marketer)
    assert marketer_client.post(f"/campaigns/{campaign.pk}/edit/", fields(campaign, goal="First")).status_code == 302
    answer = second.post(f"/campaigns/{campaign.pk}/edit/", fields(campaign, goal="Second"))
    assert answer.status_code == 409
    assert 'value="Second"' in answer.content.decode()
    assert Campaign.objects.get(pk=campaign.pk).goal == "First"


def test_a_form_without_its_version_writes_nothing(marketer_client, campaign):
    answer = marketer_client.post(f"/campaigns/{campaign.pk}/edit/", fields(campaign, goal="Blind", version=""))
    assert answer.status_code == 409
    assert Campaign.objects.get(pk=campaign.pk).goal != "Blind"


def test_what_is_fixed_is_shown_and_a_forged_value_is_not_taken(marketer_client, campaign):
    Campaign.objects.filter(pk=campaign.pk).update(state="sending")
    answer = marketer_client.post(
        f"/campaigns/{campaign.pk}/edit/",
        fields(campaign, goal="Still ours", audience="", sender_email="x@evil.example"),
    )
    assert answer.status_code == 302
    row = Campaign.objects.get(pk=campaign.pk)
    assert (row.goal, row.audience, row.sender_email) == ("Still ours", campaign.audience, "elena@fairlead.example")


def test_costs_and_tasks_on_the_plan(marketer_client, campaign, other_marketer):
    url = f"/campaigns/{campaign.pk}"
    marketer_client.post(f"{url}/costs/", {"what": "Stand", "amount": "12500", "on": ""})
    page = marketer_client.get(f"{url}/").content.decode()
    assert "€500 over budget" in page
    marketer_client.post(f"{url}/tasks/", {"title": "Call them", "due_on": "2026-12-01", "assignee": other_marketer.pk})
    task = campaign.tasks.get()
    marketer_client.post(f"/campaign-tasks/{task.pk}/done/")
    again = marketer_client.post(f"/campaign-tasks/{task.pk}/done/", follow=True).content.decode()
    assert "Somebody changed this task" in again
    line = campaign.costs.get()
    assert marketer_client.post(f"/campaign-costs/{line.pk}/remove/").status_code == 302
    assert marketer_client.post(f"/campaign-costs/{line.pk}/remove/").status_code == 404


@pytest.mark.parametrize("amount", ["-5", "many", "", "1e30"])
def test_a_wrong_amount_comes_back_on_the_plan(marketer_client, campaign, amount):
    answer = marketer_client.post(f"/campaigns/{campaign.pk}/costs/", {"what": "Stand", "amount": amount})
    assert answer.status_code == 422
    assert 'value="Stand"' in answer.content.decode()
    assert not campaign.costs.exists()


def test_a_task_cannot_be_given_to_a_rep(marketer_client, campaign, rep):
    answer = marketer_client.post(f"/campaigns/{campaign.pk}/tasks/", {"title": "Call them", "assignee": rep.pk})
    assert answer.status_code == 422
    assert not campaign.tasks.exists()


def test_cancel_and_plan_again_show_in_the_history(marketer_client, campaign):
    url = f"/campaigns/{campaign.pk}"
    stale = marketer_client.post(f"{url}/cancel/", {"version": campaign.version + 1}, follow=True).content.decode()
    assert "Somebody changed this" in stale
    assert Campaign.objects.get(pk=campaign.pk).state == "planning"
    marketer_client.post(f"{url}/cancel/", {"version": campaign.version})
    page = marketer_client.get(f"{url}/").content.decode()
    assert "Plan it again" in page
    marketer_client.post(f"{url}/reopen/", {"version": campaign.version + 1})
    campaign.refresh_from_db()
    assert [step.state for step in plans.history(campaign)] == ["Planning", "Cancelled"]
    assert plans.history(campaign)[0].who.name == "Elena"


def test_clone_by_the_form(marketer_client, campaign):
    plans.add_task(campaign, by=campaign.owner, title="Ask", due_on=campaign.starts_on)
    start = campaign.starts_on + datetime.timedelta(days=10)
    assert (
        "Hanseatic ports, private assistants, again"
        in marketer_client.get(f"/campaigns/{campaign.pk}/clone/").content.decode()
    )
    answer = marketer_client.post(
        f"/campaigns/{campaign.pk}/clone/", {"name": "Second wave", "starts_on": start.isoformat()}
    )
    new = Campaign.objects.get(name="Second wave")
    assert answer["Location"] == f"/campaigns/{new.pk}/"
    assert new.tasks.get().due_on == start
    assert marketer_client.post(f"/campaigns/{campaign.pk}/clone/", {"name": ""}).status_code == 422


def test_a_manager_reads_without_buttons(manager_client, campaign):
    plans.add_cost(campaign, by=campaign.owner, what="Stand", amount=Decimal(9))
    page = manager_client.get(f"/campaigns/{campaign.pk}/").content.decode()
    assert "Stand" in page
    for address in ("/edit/", "/clone/", "/cancel/", "/remove/", "/costs/"):
        assert address not in page


def test_a_rep_is_refused_and_sees_no_entry(rep_client, manager_client, campaign):
    before = AuditEntry.objects.count()
    for path in (
        "/campaigns/",
        "/campaigns/board/",
        "/campaigns/calendar/",
        f"/campaigns/{campaign.pk}/",
        "/campaigns/new/",
    ):
        answer = rep_client.get(path)
        assert answer.status_code == 403
        assert "kept by marketing" in answer.content.decode()
    assert rep_client.post(f"/campaigns/{campaign.pk}/costs/", {"what": "x", "amount": "1"}).status_code == 403
    assert AuditEntry.objects.count() == before
    assert 'href="/campaigns/"' not in rep_client.get("/leads/").content.decode()
    assert 'href="/campaigns/"' in manager_client.get("/leads/").content.decode()


def test_names_with_markup_are_shown_as_text(marketer_client, marketer, campaign):
    campaigns.edit(campaign, by=marketer, expected=campaign.version, name="<script>x</script>", goal="<b>y</b>")
    for path in ("/campaigns/", "/campaigns/board/", "/campaigns/calendar/", f"/campaigns/{campaign.pk}/"):
        page = marketer_client.get(path).content.decode()
        assert "<script>x" not in page
        assert "&lt;script&gt;x" in page


def test_lists_make_the_same_queries_for_many_as_for_few(marketer_client, marketer, campaign, audience):

    def count(path):
        marketer_client.get(path)
        with CaptureQueriesContext(connection) as captured:
            marketer_client.get(path)
        return len(captured)

    paths = ("/campaigns/", "/campaigns/board/", "/campaigns/calendar/", "/api/v1/campaigns/")
    few = [count(path) for path in paths]
    for n in range(9):
        campaigns.create(by=marketer, name=f"No {n}", audience=audience, starts_on=timezone.localdate())
    assert [count(path) for path in paths] == few


def patch(client, campaign, **values):
    return client.patch(f"/api/v1/campaigns/{campaign.pk}/", json.dumps(values), content_type="application/json")


def test_the_api_lists_plans_and_changes_against_a_version(marketer_client, campaign, marketer):
    listed = marketer_client.get("/api/v1/campaigns/?need=private-deployment").json()["results"]
    assert [row["name"] for row in listed] == [campaign.name]
    made = marketer_client.post(
        "/api/v1/campaigns/",
        json.dumps({"name": "By API", "need": "latency", "state": "sending"}),
        content_type="application/json",
    )
    assert made.status_code == 201
    assert (made.json()["state"], made.json()["need"], made.json()["owner"]) == ("planning", "latency", marketer.pk)
    assert patch(marketer_client, campaign, goal="Fifty").status_code == 428
    assert patch(marketer_client, campaign, goal="Fifty", version=campaign.version).json()["goal"] == "Fifty"
    assert patch(marketer_client, campaign, goal="Sixty", version=campaign.version).status_code == 409
    assert patch(marketer_client, campaign, budget="-1", version=campaign.version + 1).status_code == 400
    assert Campaign.objects.get(pk=campaign.pk).goal == "Fifty"


def test_the_api_reads_audiences_and_writes_none(manager_client, marketer_client, rep_client, audience):
    assert manager_client.get(f"/api/v1/audiences/{audience.pk}/").json()["conditions"] == {"all": []}
    assert marketer_client.post("/api/v1/audiences/", "{}", content_type="application/json").status_code == 405
    assert rep_client.get("/api/v1/audiences/").status_code == 403
    assert rep_client.get("/api/v1/campaigns/").status_code == 403
