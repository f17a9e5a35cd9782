"""Companies and contacts: lists, records, forms; strangers find nothing, the second editor is told."""

import pytest
from django.urls import reverse

from crm.models import Company, Contact
from crm.services import companies, leads

pytestmark = pytest.mark.django_db


def company_form(row, **changes):
    return {
        "name": row.name,
        "industry": row.industry,
        "country": "de",
        "owner": row.owner_id,
        "version": row.version,
        **changes,
    }


def test_the_list_shows_ones_own_with_counts(lead, company, contact, other_lead, rep_client):
    response = rep_client.get("/companies/")
    assert "Hanseatic Freight" in response.text
    assert "Solent" not in response.text
    assert response.context["leads"] == {company.pk: 1}
    assert response.context["people"] == {company.pk: 1}
    assert rep_client.get("/companies/?q=hanse").context["count"] == 1
    assert rep_client.get("/companies/?industry=logistics&country=DE&owner=me").context["count"] == 1
    assert "does not match" in rep_client.get("/companies/?industry=x").text


def test_pages_by_name(rep, rep_client):
    Company.objects.bulk_create([Company(name=f"C{n:03}", owner=rep, team=rep.team) for n in range(70)])
    first = rep_client.get("/companies/")
    second = rep_client.get("/companies/" + first.context["next"])
    assert [row.name for row in second.context["page"].rows] == [f"C{n:03}" for n in range(50, 70)]
    assert "Rows 51 to 70 of 70" in second.text


def test_a_company_is_added_and_edited(rep, rep_client):
    response = rep_client.post(
        "/companies/new/", {"name": " Acme ", "domain": "https://www.ACME.com/", "owner": rep.pk}
    )
    row = Company.objects.get()
    assert response.headers["Location"] == row.get_absolute_url()
    assert (row.name, row.domain, row.team) == ("Acme", "acme.com", rep.team)
    rep_client.post(reverse("company-edit", args=[row.pk]), company_form(row, name="Acme Ltd"))
    row.refresh_from_db()
    assert (row.name, row.country, row.version) == ("Acme Ltd", "DE", 2)


def test_the_second_editor_is_told(company, rep_client, manager_client):
    url = reverse("company-edit", args=[company.pk])
    rep_client.post(url, company_form(company, name="First"))
    late = manager_client.post(url, company_form(company, name="Second"))
    assert late.status_code == 409
    assert "Somebody changed this" in late.text
    company.refresh_from_db()
    assert company.name == "First"


def test_a_record_shows_only_what_its_reader_may_see(lead, company, contact, rep, other_rep, rep_client):
    hidden = leads.create(by=other_rep, title="Hidden lead", company=company, team=other_rep.team)
    shown = rep_client.get(company.get_absolute_url())
    assert lead.title in shown.text
    assert hidden.title not in shown.text
    assert "Anke Petersen" in shown.text
    assert "€184k" in shown.text
    assert rep_client.get(contact.get_absolute_url()).status_code == 200


@pytest.mark.parametrize("name", ["company", "company-edit", "contact", "contact-edit"])
def test_readers_and_strangers(company, contact, sign_in, teammate, stranger_client, name):
    row = company if name.startswith("company") else contact
    url = reverse(name, args=[row.pk])
    assert stranger_client.get(url).status_code == 404
    reader = sign_in(teammate).get(url)
    assert reader.status_code == (403 if name.endswith("edit") else 200)
    if name.endswith("edit"):
        assert sign_in(teammate).post(url, {"name": "Mine", "version": row.version}).status_code == 403
        assert stranger_client.post(url, {"name": "Mine"}).status_code == 404
        row.refresh_from_db()
        assert row.version == 1


def test_contacts_are_listed_added_and_edited(company, contact, other_rep, rep, rep_client):
    Contact.objects.create(name="Nobody of ours", owner=other_rep, team=other_rep.team)
    listed = rep_client.get("/contacts/")
    assert "Anke Petersen" in listed.text
    assert "Nobody of ours" not in listed.text
    assert rep_client.get("/contacts/?role=legal").context["count"] == 0
    assert "Hanseatic Freight" in rep_client.get(f"/contacts/new/?company={company.pk}").text
    data = {"name": "Piet", "company": company.pk, "email": "PIET@x.example", "role": "engineer", "owner": rep.pk}
    rep_client.post("/contacts/new/", data)
    row = Contact.objects.get(name="Piet")
    assert (row.email, row.team) == ("piet@x.example", rep.team)
    rep_client.post(reverse("contact-edit", args=[row.pk]), {**data, "title": "CTO", "language": "zh", "version": 1})
    row.refresh_from_db()
    assert (row.title, row.language) == ("CTO", "zh")
    late = rep_client.post(reverse("contact-edit", args=[row.pk]), {**data, "title": "Late", "version": 1})
    assert late.status_code == 409


def test_languages_are_named_in_the_readers_own(company, contact, rep, rep_client):
    for row in (company, contact):
        type(row).objects.filter(pk=row.pk).update(language="zh")
    pages = [company.get_absolute_url(), contact.get_absolute_url(), "/contacts/"]
    assert all("Simplified Chinese" in rep_client.get(page).text for page in pages)
    rep.language = "zh-hans"
    rep.save()
    assert all("简体中文" in rep_client.get(page).text for page in pages)
    Contact.objects.filter(pk=contact.pk).update(language="tlh")
    assert "tlh" in rep_client.get("/contacts/").text


def test_a_stranger_s_company_cannot_be_chosen(contact, other_lead, rep_client):
    data = {"name": "Anke", "company": other_lead.company_id, "role": "other", "version": 1}
    assert rep_client.post(reverse("contact-edit", args=[contact.pk]), data).status_code == 422
    contact.refresh_from_db()
    assert contact.company_id != other_lead.company_id


def test_names_while_typing_are_ones_own(company, other_lead, rep_client):
    assert "Hanseatic" in rep_client.get("/companies/names/?company_name=hans").text
    assert "Solent" not in rep_client.get("/companies/names/?company_name=sol").text
    assert rep_client.get("/companies/names/").text.strip() == ""


def test_markup_in_a_name_stays_text(rep, rep_client):
    row = companies.create(by=rep, name="<script>alert(1)</script>")
    assert "<script>alert(1)" not in rep_client.get(row.get_absolute_url()).text
    assert "<script>alert(1)" not in rep_client.get("/companies/").text
