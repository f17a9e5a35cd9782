"""The list of leads, its filters and preview, and the forms of a lead."""

import datetime

import pytest
from django.urls import reverse
from django.utils import timezone

from crm import chips
from crm.models import Company, Contact, Lead, Requirement
from crm.services import leads

pytestmark = pytest.mark.django_db


def titles(response):
    return {row.title for row in response.context["page"].rows}


@pytest.fixture
def four(lead, rep, teammate, stages, needs):
    """The lead, one of a teammate, one that was won, one nobody took."""
    now = timezone.now()
    theirs = leads.create(
        by=teammate, title="Teammate", value=50, next_step="Call", next_step_at=now - datetime.timedelta(days=2)
    )
    won = leads.create(by=rep, title="Won one", value=7, currency="USD")
    leads.move(won, stages["won"], by=rep)
    free = leads.create(
        by=rep, title="Free", owner=None, value=10, next_step="Demo", next_step_at=now + datetime.timedelta(days=3)
    )
    Lead.objects.filter(pk=free.pk).update(stage_since=now - datetime.timedelta(days=30))
    Requirement.objects.create(lead=theirs, need=needs["pricing-request"])
    return {"lead": lead, "theirs": theirs, "won": won, "free": free}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {"lead", "theirs", "free"}), ("state=all", {"lead", "theirs", "won", "free"}), ("state=won", {"won"}),
        ("state=open&owner=me", {"lead"}), ("state=open&owner=none", {"free"}), ("state=open&rot=1", {"free"}),
        ("state=open&step=none", {"lead"}), ("state=open&step=late", {"theirs"}), ("state=open&step=planned", {"free"}),
        ("state=open&need=pricing-request", {"theirs"}), ("state=all&q=hanseatic", {"lead"}), ("state=all&q=nothing", set()),
        ("state=nonsense&owner=x&stage=zz&segment=-1&cursor=%ff", {"lead", "theirs", "won", "free"}),
    ],
)  # fmt: skip
def test_filters_in_the_url(four, rep_client, query, expected):
    response = rep_client.get(f"/leads/?{query}")
    assert response.status_code == 200
    assert titles(response) == {four[name].title for name in expected}


def test_tabs_count_what_they_show(four, rep_client):
    first = rep_client.get("/leads/")
    for tab in first.context["tabs"]:
        response = rep_client.get(reverse("leads") + tab["url"])
        assert tab["count"] == len(response.context["page"].rows) == response.context["count"]
        assert [other["label"] for other in response.context["tabs"] if other["on"]] == [tab["label"]]


def test_chips_say_each_filter_and_take_it_away(four, rep_client, rep, stages):
    response = rep_client.get(f"/leads/?state=open&owner={rep.pk}&stage={stages['new'].pk}&sort=value&cursor=x")
    said = [(chip.label, chip.value) for chip in response.context["chips"]]
    assert said == [("Owner", "Mira"), ("State", "open"), ("Stage", "New")]
    by_label = {chip.label: chip.without for chip in response.context["chips"]}
    assert "state=all" in by_label["State"]
    assert "cursor" not in by_label["State"]
    assert "sort=value" in by_label["State"]
    assert "owner" not in by_label["Owner"]


def test_other_teams_leads_are_in_no_list_no_count_and_no_filter(four, other_lead, rep_client, other_rep):
    response = rep_client.get("/leads/?state=all")
    assert other_lead.title not in response.text
    assert "Solent" not in response.text
    assert response.context["count"] == 4
    asked = rep_client.get(f"/leads/?state=all&owner={other_rep.pk}")
    assert other_rep.name not in asked.text
    assert asked.context["count"] == 4
    asked = rep_client.get(f"/leads/?state=all&company={other_lead.company_id}")
    assert "Solent" not in asked.text


@pytest.mark.parametrize("sort", ["value", "-value", "step", "-step", "clarity", "recent", "-recent", "password"])
def test_sorts(four, rep_client, sort):
    response = rep_client.get(f"/leads/?state=all&sort={sort}")
    assert len(response.context["page"].rows) == 4
    if sort == "value":
        assert [row.value for row in response.context["page"].rows] == [184000, 50, 10, 7]
        assert 'aria-sort="descending"' in response.text


def test_pages_by_key_keep_the_filters(lead, rep, rep_client, pipeline, stages):
    Lead.objects.bulk_create(
        [
            Lead(title=f"L{n:03}", pipeline=pipeline, stage=stages["new"], owner=rep, team=rep.team, value=n)
            for n in range(120)
        ]
    )
    seen, url = [], "/leads/?state=open&owner=me&sort=value"
    while url:
        response = rep_client.get(url)
        seen += [row.pk for row in response.context["page"].rows]
        url = response.context["next"] and "/leads/" + response.context["next"]
        assert "owner=me" in (url or "owner=me")
    assert len(seen) == len(set(seen)) == 121
    assert "Rows 101 to 121 of 121" in response.text


def test_several_currencies_stand_side_by_side(four, rep_client, rep):
    shown = rep_client.get("/leads/?state=all").text
    assert "€184k + $7" in shown
    rep.language = "zh-hans"
    rep.save()
    shown = rep_client.get("/leads/?state=all").text
    assert "€18.4万 + US$7" in shown


def test_filters_that_hide_all_say_so_and_an_empty_list_offers_to_add(rep_client, lead, other_rep, sign_in):
    hidden = rep_client.get("/leads/?state=won").text
    assert "does not match these filters" in hidden
    assert "Remove “State: won”" in hidden
    Lead.objects.all().delete()
    assert "Add a lead" in rep_client.get("/leads/").text


def test_preview(lead, rep_client, stranger_client, needs):
    Requirement.objects.create(lead=lead, need=needs["languages"])
    url = reverse("lead-preview", args=[lead.pk])
    shown = rep_client.get(url, headers={"HX-Request": "true"})
    assert shown.status_code == 200
    assert "Hanseatic Freight" in shown.text
    assert "is-proposed" in shown.text
    lead.messages.create(text="Just in, and nobody has read it.", sent_at=timezone.now())
    assert "nobody has read it" in rep_client.get(url, headers={"HX-Request": "true"}).text
    assert rep_client.get(url).headers["Location"] == lead.get_absolute_url()
    assert stranger_client.get(url, headers={"HX-Request": "true"}).status_code == 404


def form_of(lead, **changes):
    return {
        "title": lead.title, "company_name": "Hanseatic Freight", "owner": lead.owner_id, "pipeline": lead.pipeline_id, "value": "184000",
        "currency": "EUR", "version": lead.version, **changes,
    }  # fmt: skip


def test_a_lead_is_added_with_its_company_and_contact(rep, rep_client, pipeline):
    data = {
        "title": "Waybills", "company_name": "Nordlys Press", "contact_name": "Ida", "contact_email": "IDA@nordlys.example",
        "owner": rep.pk, "pipeline": pipeline.pk, "value": "12.50", "currency": "CNY", "next_step": "Call", "next_step_at": "2031-01-02T10:30",
    }  # fmt: skip
    response = rep_client.post("/leads/new/", data)
    lead = Lead.objects.get(title="Waybills")
    assert response.headers["Location"] == lead.get_absolute_url()
    assert (lead.company.name, lead.contact.email, lead.currency) == ("Nordlys Press", "ida@nordlys.example", "CNY")
    assert lead.next_step_at == datetime.datetime(2031, 1, 2, 10, 30, tzinfo=datetime.UTC)
    rep_client.post("/leads/new/", {**data, "title": "Again", "company_name": "NORDLYS press"})
    assert Company.objects.filter(name__iexact="nordlys press").count() == 1


def test_nothing_of_a_refused_new_lead_is_kept(rep, rep_client, pipeline):
    data = {
        "title": "",
        "company_name": "Ghost",
        "contact_email": "a@b.example",
        "pipeline": pipeline.pk,
        "value": "-1",
        "currency": "EUR",
    }
    response = rep_client.post("/leads/new/", data)
    assert response.status_code == 422
    assert "Say whose address this is." in response.text
    assert not Company.objects.exists()
    assert not Contact.objects.exists()
    assert not Lead.objects.exists()


def test_the_form_of_a_lead_tells_the_second_person(lead, rep_client, manager_client):
    url = reverse("lead-edit", args=[lead.pk])
    assert rep_client.get(url).status_code == 200
    first = form_of(lead, title="First")
    assert rep_client.post(url, first).status_code == 302
    late = manager_client.post(url, form_of(lead, title="Second"))
    assert late.status_code == 409
    assert "Somebody changed this" in late.text
    assert "Second" in late.text
    lead.refresh_from_db()
    assert lead.title == "First"


def test_a_teammate_may_read_but_not_write(lead, teammate, sign_in, stages):
    client = sign_in(teammate)
    before = (lead.version, lead.activities.count())
    for name, data in [
        ("lead-edit", form_of(lead, title="Mine")), ("lead-move", {"stage": stages["pilot"].pk}), ("lead-step-done", {}),
        ("lead-step-later", {"days": "1"}), ("task-add", {"title": "x", "due_at": "2031-01-01T10:00"}),
    ]:  # fmt: skip
        response = client.post(reverse(name, args=[lead.pk]), data)
        assert response.status_code == 403, name
    lead.refresh_from_db()
    assert (lead.version, lead.activities.count()) == before
    assert not lead.tasks.exists()


def test_a_stranger_finds_nothing(lead, stranger_client, stages):
    for name in ("lead-edit", "lead-move", "lead-step-done", "lead-step-later", "task-add", "lead-preview"):
        assert stranger_client.post(reverse(name, args=[lead.pk]), {"stage": stages["pilot"].pk}).status_code in (
            404,
            405,
        ), name
    assert stranger_client.get(reverse("lead-edit", args=[lead.pk])).status_code == 404


def test_a_marketer_adds_no_leads(marketer_client, pipeline):
    assert marketer_client.get("/leads/new/").status_code == 403
    assert marketer_client.post("/leads/new/", {"title": "x"}).status_code == 403


def test_step_later_and_done(lead, rep, rep_client):
    leads.set_next_step(lead, "Send the price", timezone.now(), by=rep)
    rep_client.post(reverse("lead-step-later", args=[lead.pk]), {"days": "3", "version": lead.version})
    lead.refresh_from_db()
    assert (lead.next_step_at - timezone.now()).days in (2, 3)
    assert timezone.localtime(lead.next_step_at).hour == 9
    response = rep_client.post(
        reverse("lead-step-done", args=[lead.pk]), {"next": "//evil.example/", "version": lead.version}
    )
    assert response.headers["Location"] == lead.get_absolute_url()
    lead.refresh_from_db()
    assert lead.next_step == ""


def test_a_query_string_is_rebuilt_without_the_place():
    from django.http import QueryDict

    assert chips.changed(QueryDict("a=1&cursor=x&b=2"), a="", c="3") == "?b=2&c=3"


def test_filters_by_owner_work_after_the_api_schema_was_built(rep_client, lead, other_lead):
    assert rep_client.get("/api/v1/schema/").status_code == 200
    page = rep_client.get("/leads/?owner=none").content.decode()
    assert lead.title not in page


def test_describing_the_api_leaves_the_owner_filter_alone(four, client, rep_client):
    """The description makes a field of the class's filter and keeps it there; requests must not inherit it."""
    assert client.get("/api/v1/schema/").status_code == 200
    assert titles(rep_client.get("/leads/?state=open&owner=me")) == {four["lead"].title}
