"""Leads, companies and contacts over the API: scope, versions, gates."""

import pytest
from rest_framework.test import APIClient

from core.services import tokens
from crm.models import Company, Contact, Lead, Stage
from crm.services import leads

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(db):
    """Return a function that gives an API client with a person's token."""

    def client_of(user, **options):
        _, secret = tokens.make(user, "test", **options)
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
        return client

    return client_of


def test_listing_is_scoped_filtered_and_goes_by_cursor(lead, other_lead, rep, api):
    for n in range(3):
        leads.create(by=rep, title=f"L{n}")
    client = api(rep)
    page = client.get("/api/v1/leads/?page_size=3").json()
    assert len(page["results"]) == 3
    rest = client.get(page["next"]).json()
    ids = {row["id"] for row in page["results"] + rest["results"]}
    assert ids == set(Lead.objects.for_user(rep).values_list("pk", flat=True))
    assert client.get("/api/v1/leads/?q=hanseatic").json()["results"][0]["id"] == lead.pk
    assert client.get("/api/v1/leads/?state=won").json()["results"] == []
    assert client.get("/api/v1/leads/?owner=nonsense").status_code == 400


def test_a_stranger_gets_404_everywhere(lead, company, contact, other_rep, api, stages):
    client = api(other_rep)
    for noun, pk in (("leads", lead.pk), ("companies", company.pk), ("contacts", contact.pk)):
        url = f"/api/v1/{noun}/{pk}/"
        assert client.get(url).status_code == 404
        assert client.patch(url, {"title": "x", "name": "x", "version": 1}, format="json").status_code == 404
    assert (
        client.post(
            f"/api/v1/leads/{lead.pk}/move/", {"stage": stages["pilot"].pk, "version": 1}, format="json"
        ).status_code
        == 404
    )
    assert APIClient().get("/api/v1/leads/").status_code == 401


def test_a_teammate_reads_but_gets_403_and_nothing_is_written(lead, teammate, api, stages):
    client = api(teammate)
    assert client.get(f"/api/v1/leads/{lead.pk}/").status_code == 200
    assert client.patch(f"/api/v1/leads/{lead.pk}/", {"title": "x", "version": 1}, format="json").status_code == 403
    assert (
        client.post(
            f"/api/v1/leads/{lead.pk}/move/", {"stage": stages["pilot"].pk, "version": 1}, format="json"
        ).status_code
        == 403
    )
    lead.refresh_from_db()
    assert (lead.version, lead.activities.count()) == (1, 0)


def test_making_a_lead(rep, company, pipeline, segments, api):
    made = api(rep).post(
        "/api/v1/leads/",
        {"title": "Waybills", "company": company.pk, "value": "12.50", "currency": "CNY"},
        format="json",
    )
    assert made.status_code == 201
    body = made.json()
    assert body["version"] == 1
    assert made.headers["ETag"] == '"1"'
    assert body["segment"] == segments["logistics-large"].pk
    assert Lead.objects.get(pk=body["id"]).owner == rep


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"title": ""},
        {"title": "x", "value": -1},
        {"title": "x", "currency": "ZZZ"},
        {"title": "x", "company": 10**9},
    ],
)
def test_wrong_leads_are_refused(rep, pipeline, api, wrong):
    assert api(rep).post("/api/v1/leads/", wrong, format="json").status_code == 400
    assert not Lead.objects.exists()


def test_another_teams_company_cannot_be_named(lead, other_lead, rep, api):
    client = api(rep)
    assert (
        client.post("/api/v1/leads/", {"title": "x", "company": other_lead.company_id}, format="json").status_code
        == 400
    )
    answer = client.patch(f"/api/v1/leads/{lead.pk}/", {"company": other_lead.company_id, "version": 1}, format="json")
    assert answer.status_code == 400


def test_a_marketer_makes_none(marketer, api, pipeline):
    for noun in ("leads", "companies", "contacts"):
        assert api(marketer).post(f"/api/v1/{noun}/", {"title": "x", "name": "x"}, format="json").status_code == 403


def test_a_change_names_its_version(lead, rep, api):
    client, url = api(rep), f"/api/v1/leads/{lead.pk}/"
    assert client.patch(url, {"title": "x"}, format="json").status_code == 428
    assert client.patch(url, {"title": "x", "version": "new"}, format="json").status_code == 428
    done = client.patch(url, {"title": "By header"}, format="json", headers={"If-Match": 'W/"1"'})
    assert done.json()["title"] == "By header"
    assert done.headers["ETag"] == '"2"'
    stale = client.patch(url, {"title": "Late", "version": 1}, format="json")
    assert stale.status_code == 409
    assert "Somebody changed this" in stale.json()["detail"]
    assert client.patch(url, {"title": "In time", "version": 2}, format="json").json()["version"] == 3


def test_what_is_found_cannot_be_set(lead, rep, stages, api):
    body = {"stage": stages["won"].pk, "clarity": 1, "segment": 5, "lost_reason": "price", "version": 1}
    assert api(rep).patch(f"/api/v1/leads/{lead.pk}/", body, format="json").status_code == 200
    lead.refresh_from_db()
    assert (lead.stage, lead.clarity, lead.lost_reason) == (stages["new"], 0, "")


def test_moves_keep_the_gates(lead, rep, stages, api):
    client, url = api(rep), f"/api/v1/leads/{lead.pk}/move/"
    Stage.objects.filter(pk=stages["pilot"].pk).update(confirmed_needed=1)
    refused = client.post(url, {"stage": stages["pilot"].pk, "version": 1}, format="json")
    assert refused.status_code == 400
    assert "needs 1 confirmed requirement" in refused.json()["detail"]
    assert client.post(url, {"stage": stages["lost"].pk, "version": 1}, format="json").status_code == 400
    assert (
        client.post(
            url, {"stage": stages["lost"].pk, "version": 1, "lost_reason": "because"}, format="json"
        ).status_code
        == 400
    )
    assert client.post(url, {"stage": stages["offer"].pk}, format="json").status_code == 428
    moved = client.post(url, {"stage": stages["offer"].pk, "version": 1}, format="json")
    assert moved.json()["stage"] == stages["offer"].pk
    assert client.post(url, {"stage": stages["new"].pk, "version": 1}, format="json").status_code == 409


def test_a_reading_token_writes_nothing(lead, rep, api):
    client = api(rep, read_only=True)
    assert client.get("/api/v1/leads/").status_code == 200
    assert client.patch(f"/api/v1/leads/{lead.pk}/", {"title": "x", "version": 1}, format="json").status_code == 403


def test_companies_and_contacts(rep, api):
    client = api(rep)
    company = client.post(
        "/api/v1/companies/", {"name": "Acme", "domain": "www.acme.com", "country": "de"}, format="json"
    ).json()
    assert (company["domain"], company["country"]) == ("acme.com", "DE")
    contact = client.post(
        "/api/v1/contacts/", {"name": "Ida", "company": company["id"], "email": "IDA@acme.com"}, format="json"
    ).json()
    assert contact["email"] == "ida@acme.com"
    assert (
        client.patch(f"/api/v1/companies/{company['id']}/", {"name": "Acme Ltd", "version": 1}, format="json").json()[
            "version"
        ]
        == 2
    )
    assert (
        client.patch(f"/api/v1/contacts/{contact['id']}/", {"title": "CTO", "version": 1}, format="json").json()[
            "title"
        ]
        == "CTO"
    )
    assert (
        client.patch(f"/api/v1/contacts/{contact['id']}/", {"title": "Late", "version": 1}, format="json").status_code
        == 409
    )
    assert client.get("/api/v1/contacts/?company=" + str(company["id"])).json()["results"][0]["name"] == "Ida"
    assert client.get("/api/v1/companies/?q=acme").json()["results"][0]["id"] == company["id"]
    assert (Company.objects.count(), Contact.objects.count()) == (1, 1)
    assert client.delete(f"/api/v1/companies/{company['id']}/").status_code == 405


def test_the_number_of_queries_does_not_grow(lead, rep, api, django_assert_max_num_queries):
    client = api(rep)
    for n in range(30):
        leads.create(by=rep, title=f"L{n}")
    client.get("/api/v1/leads/")
    with django_assert_max_num_queries(8):
        assert len(client.get("/api/v1/leads/").json()["results"]) == 31
