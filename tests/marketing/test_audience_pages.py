"""The pages of audiences as people use them: plain forms, fragments, refusals, files."""

import csv
import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.models import AuditEntry
from crm.models import Company, Contact
from marketing.models import Audience, Campaign, Consent
from marketing.services import audience_export, audiences

HTMX = {"HTTP_HX_REQUEST": "true"}
GERMANS = {"all": [{"field": "country", "op": "is", "value": ["DE"]}]}


@pytest.fixture
def germans(marketer, contact):
    return audiences.create(by=marketer, name="Germans", conditions=GERMANS)


@pytest.fixture
def bo(rep, team):
    bank = Company.objects.create(name="Crédit", country="FR", language="fr", owner=rep, team=team)
    return Contact.objects.create(name="Bo", email="bo@credit.example", company=bank, owner=rep, team=team)


def form(**values):
    """The builder's form with one condition on the country, and these fields."""
    return {
        "name": "Germans", "description": "", "kind:r": "all", "field:r-1": "country", "op:r-1": "is", "was:r-1": "country is",
        "value:r-1": ["DE"], "do": "refresh", **{name.replace("__", ":"): value for name, value in values.items()},
    }  # fmt: skip


# -- the builder --


def test_without_scripts_an_audience_is_built_and_saved_by_plain_posts(marketer_client, contact, bo):
    page = marketer_client.get("/audiences/new/")
    assert page.status_code == 200
    answer = marketer_client.post("/audiences/new/", form(do="add:r"))
    assert answer.context["result"]["count"] == 1  # the second condition is empty and not counted yet
    assert answer.context["result"]["left_out"] == 1
    assert b'name="field:r-2"' in answer.content
    answer = marketer_client.post(
        "/audiences/new/", form(**{"field__r-2": "role", "was__r-2": "country is", "op__r-2": "is", "do": "refresh"})
    )
    assert b"Operations" in answer.content  # the choices of the new field
    assert not Audience.objects.exists()
    answer = marketer_client.post("/audiences/new/", form(do="save"))
    row = Audience.objects.get()
    assert answer["Location"] == row.get_absolute_url()
    assert row.conditions == GERMANS


def test_groups_are_added_changed_and_removed(marketer_client, contact, bo):
    answer = marketer_client.post("/audiences/new/", form(do="group:r"))
    assert b'name="kind:r-2"' in answer.content
    nested = {
        "kind__r-2": "none",
        "field__r-2-1": "country",
        "op__r-2-1": "is",
        "was__r-2-1": "country is",
        "value__r-2-1": ["FR"],
    }
    answer = marketer_client.post("/audiences/new/", form(**{**nested, "kind__r": "any"}))
    assert answer.context["result"]["count"] == 1
    assert "are not among those who work in France" in answer.context["result"]["sentence"]
    answer = marketer_client.post("/audiences/new/", form(**nested, do="remove:r-2-1"))
    assert b'name="kind:r-2"' not in answer.content  # the group went with its last condition
    answer = marketer_client.post("/audiences/new/", form(do="remove:r-1"))
    assert answer.context["result"]["everybody"]
    assert answer.context["result"]["count"] == 2


def test_another_field_or_operator_takes_no_value_along(marketer_client, contact):
    answer = marketer_client.post("/audiences/new/", form(**{"field__r-1": "size", "value__r-1": ["DE"]}))
    line = answer.context["root"].lines[0]
    assert (line.known.key, line.op, line.text) == ("size", "at_least", "")
    answer = marketer_client.post(
        "/audiences/new/",
        form(**{"field__r-1": "size", "op__r-1": "at_most", "was__r-1": "size at_least", "value__r-1": "900"}),
    )
    assert answer.context["root"].lines[0].text == "900"  # a number stays a number
    assert answer.context["result"]["count"] == 1


def test_htmx_gets_the_builder_alone_with_count_and_sample(marketer_client, contact):
    answer = marketer_client.post("/audiences/new/", form(), **HTMX)
    assert b"<html" not in answer.content
    assert b'id="audience-result"' in answer.content
    assert b"Anke Petersen" in answer.content
    saved = marketer_client.post("/audiences/new/", form(do="save"), **HTMX)
    assert saved["HX-Redirect"] == Audience.objects.get().get_absolute_url()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"value__r-1": []}, b"Choose at least one value"), ({"name": ""}, b"This field is required"),
        ({"field__r-1": "password"}, b"is no field of an audience"), ({"op__r-1": "regex", "value__r-1": []}, b"Choose at least"),
        ({"kind__r": "every", "value__r-1": ["Germany"]}, b"no value of"), ({"name": "x" * 121}, b"at most 120"),
        ({"field__r-1": "size", "op__r-1": "at_least", "was__r-1": "size at_least", "value__r-1": "many"}, b"whole number"),
        ({"field__r-1": "value", "op__r-1": "at_least", "was__r-1": "value at_least", "value__r-1": "NaN"}, b"Give an amount from"),
        ({"field__r-1": "stage", "op__r-1": "is", "was__r-1": "stage is", "value__r-1": ["999"]}, b"is not there"),
    ],
)  # fmt: skip
def test_what_cannot_stand_is_not_saved_and_nothing_typed_is_lost(marketer_client, contact, fields, words):
    answer = marketer_client.post("/audiences/new/", form(**{"description": "Keep me", **fields}, do="save"))
    assert answer.status_code == 422
    assert words in answer.content
    assert b"Keep me" in answer.content
    assert not Audience.objects.exists()


@pytest.mark.parametrize(
    "do", ["", "x", "add:", "add:r-9-9", "remove:r", "remove:r-99999999999", "group:r-1", "remove:r--", "add:\x00"]
)
def test_a_button_nobody_drew_changes_nothing(marketer_client, contact, do):
    answer = marketer_client.post("/audiences/new/", form(do=do))
    assert answer.status_code == 200
    assert len(answer.context["root"].lines) == 1


def test_a_form_with_a_thousand_conditions_or_levels_is_refused(marketer_client, contact):
    many = {f"field:r-{n}": "role" for n in range(1, 300)}
    answer = marketer_client.post("/audiences/new/", {**form(do="save"), **many})
    assert answer.status_code == 422
    deep = {f"kind:r{'-1' * n}": "all" for n in range(1, 12)}
    answer = marketer_client.post("/audiences/new/", {"name": "Deep", "kind:r": "all", "do": "save", **deep})
    assert answer.status_code == 422
    assert not Audience.objects.exists()


def test_a_name_that_is_taken_is_told(marketer_client, germans):
    answer = marketer_client.post("/audiences/new/", form(do="save"))
    assert answer.status_code == 422
    assert "already" in answer.content.decode()
    assert Audience.objects.count() == 1


def test_who_saves_second_is_told_and_keeps_what_they_built(marketer_client, germans, marketer):
    audiences.edit(germans, by=marketer, expected=germans.version, name="German speakers")
    answer = marketer_client.post(f"/audiences/{germans.pk}/edit/", form(name="Mine", version="1", do="save"))
    assert answer.status_code == 409
    assert b'value="Mine"' in answer.content
    germans.refresh_from_db()
    assert germans.name == "German speakers"


def test_a_form_that_does_not_say_what_it_saw_changes_nothing(marketer_client, germans):
    answer = marketer_client.post(f"/audiences/{germans.pk}/edit/", form(name="Mine", do="save"))
    assert answer.status_code == 409
    germans.refresh_from_db()
    assert (germans.name, germans.version) == ("Germans", 1)


def test_editing_keeps_the_version_over_redraws(marketer_client, germans):
    answer = marketer_client.post(f"/audiences/{germans.pk}/edit/", form(version="1", do="add:r"))
    assert answer.context["form"]["version"].value() == "1"
    answer = marketer_client.post(f"/audiences/{germans.pk}/edit/", form(name="All of them", version="1", do="save"))
    assert answer.status_code == 302
    germans.refresh_from_db()
    assert (germans.name, germans.version) == ("All of them", 2)


# -- the page, the list --


def test_the_list_and_the_page_tell_who_is_in(marketer_client, germans, bo):
    assert b"Contacts who work in Germany" in marketer_client.get("/audiences/").content
    assert marketer_client.get(f"/audiences/{germans.pk}/count/").content.strip() == b"1"
    page = marketer_client.get(f"/audiences/{germans.pk}/")
    assert page.context["result"]["count"] == 1
    assert b"Anke Petersen" in page.content


def test_names_are_in_the_readers_language(marketer_client, germans, marketer):
    marketer.language = "zh-hans"
    marketer.save()
    assert "德国" in marketer_client.get("/audiences/").content.decode()


def test_why_a_contact_is_in_or_out(marketer_client, germans, contact, bo):
    found = marketer_client.get(f"/audiences/{germans.pk}/why/?q=credit.ex", **HTMX)
    assert b"Bo" in found.content
    out = marketer_client.get(f"/audiences/{germans.pk}/why/?contact={bo.pk}", **HTMX).content.decode()
    assert "is not in" in out
    assert "found: France" in out
    page = marketer_client.get(f"/audiences/{germans.pk}/?contact={contact.pk}").content.decode()
    assert "is in" in page
    for junk in ("x", "9" * 40, "-1", "²"):
        assert marketer_client.get(f"/audiences/{germans.pk}/why/?contact={junk}").status_code == 200


def test_a_manager_learns_nothing_about_contacts_of_another_team(manager_client, germans, other_rep, other_team):
    dora = Contact.objects.create(name="Dora", owner=other_rep, team=other_team)
    answer = manager_client.get(f"/audiences/{germans.pk}/why/?contact={dora.pk}&q=Dora")
    assert b"No contact you see" in answer.content


def test_an_audience_whose_value_is_gone_says_so_everywhere(marketer_client, marketer, stages, contact):
    tree = {"all": [{"field": "stage", "op": "is", "value": [str(stages["offer"].pk)]}, *GERMANS["all"]]}
    row = audiences.create(by=marketer, name="In offer", conditions=tree)
    stages["offer"].delete()
    campaign = Campaign.objects.create(name="Spring", audience=row)
    assert b"to be mended" in marketer_client.get(f"/audiences/{row.pk}/count/").content
    for path in (
        "/audiences/",
        f"/audiences/{row.pk}/",
        f"/audiences/{row.pk}/edit/",
        f"/campaigns/{campaign.pk}/audience/",
        f"/audiences/{row.pk}/?contact={contact.pk}",
    ):
        answer = marketer_client.get(path)
        assert answer.status_code == 200
        assert b"gone" in answer.content or b"is not there" in answer.content
    assert b"mended first" in marketer_client.get(f"/campaigns/{campaign.pk}/audience/reach/").content
    assert marketer_client.post(f"/audiences/{row.pk}/export/").status_code == 302


def test_the_list_makes_the_same_queries_for_many_as_for_few(marketer_client, marketer, germans):
    def queries():
        marketer_client.get("/audiences/")
        with CaptureQueriesContext(connection) as captured:
            marketer_client.get("/audiences/")
        return len(captured)

    few = queries()
    for place in range(8):
        audiences.create(by=marketer, name=f"Germans {place}", conditions=GERMANS)
    assert queries() == few


def test_the_builder_makes_the_same_queries_for_many_conditions_as_for_few(marketer_client, germans):
    def queries(n):
        more = {f"{key}:r-{place}": value for place in range(2, n) for key, value in
                {"field": "country", "op": "is", "was": "country is", "value": "FR"}.items()}  # fmt: skip
        with CaptureQueriesContext(connection) as captured:
            marketer_client.post("/audiences/new/", {**form(), **more}, **HTMX)
        return len(captured)

    queries(2)
    assert queries(3) == queries(30)


# -- copies, removal, files --


def test_a_copy_opens_in_the_builder(marketer_client, germans):
    answer = marketer_client.post(f"/audiences/{germans.pk}/duplicate/")
    copy = Audience.objects.exclude(pk=germans.pk).get()
    assert answer["Location"] == f"/audiences/{copy.pk}/edit/"
    assert copy.conditions == germans.conditions


def test_only_an_unused_audience_is_removed_and_only_as_it_was_seen(marketer_client, germans):
    campaign = Campaign.objects.create(name="Spring", audience=germans)
    assert b"/delete/" not in marketer_client.get(f"/audiences/{germans.pk}/").content
    answer = marketer_client.post(f"/audiences/{germans.pk}/delete/", {"version": 1}, follow=True)
    assert b"used by Spring" in answer.content
    campaign.delete()
    for seen in ({"version": 7}, {"version": "x"}, {}):  # of another version, or of none that it tells
        marketer_client.post(f"/audiences/{germans.pk}/delete/", seen)
        assert Audience.objects.exists()
    marketer_client.post(f"/audiences/{germans.pk}/delete/", {"version": 1})
    assert not Audience.objects.exists()
    assert marketer_client.post(f"/audiences/{germans.pk}/delete/", {"version": 1}).status_code == 404


def test_the_file_holds_the_members_runs_no_formula_and_is_audited(marketer_client, germans, contact, bo):
    Contact.objects.filter(pk=contact.pk).update(name='=HYPERLINK("x")', title=" @SUM(1)")
    Consent.objects.create(contact=contact, given=True, wording="Yes", source="form")
    answer = marketer_client.post(f"/audiences/{germans.pk}/export/")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert len(rows) == 2
    assert rows[1][:3] == ['\'=HYPERLINK("x")', "anke@hanseatic.example", "' @SUM(1)"]
    assert rows[1][-1] == "yes"
    entry = AuditEntry.objects.get(verb="export")
    assert entry.after == {"contacts": 1}


def test_a_file_too_large_is_refused_and_not_audited(marketer_client, germans, contact, monkeypatch):
    monkeypatch.setattr(audience_export, "MOST", 0)
    answer = marketer_client.post(f"/audiences/{germans.pk}/export/", follow=True)
    assert b"Narrow the audience down" in answer.content
    assert not AuditEntry.objects.filter(verb="export").exists()


# -- who may not --


def test_a_rep_is_refused_and_nothing_is_written(rep_client, germans, campaign):
    before = list(Audience.objects.values()), list(Campaign.objects.values()), AuditEntry.objects.count()
    for path in ("/audiences/", "/audiences/new/", f"/audiences/{germans.pk}/", f"/audiences/{germans.pk}/edit/", f"/audiences/{germans.pk}/count/",
                 f"/audiences/{germans.pk}/why/?q=a", f"/campaigns/{campaign.pk}/audience/", f"/campaigns/{campaign.pk}/audience/reach/"):  # fmt: skip
        assert rep_client.get(path).status_code == 403
    for path in ("/audiences/new/", f"/audiences/{germans.pk}/edit/", f"/audiences/{germans.pk}/duplicate/", f"/audiences/{germans.pk}/delete/",
                 f"/audiences/{germans.pk}/export/", f"/campaigns/{campaign.pk}/audience/"):  # fmt: skip
        assert rep_client.post(path, form(do="save", audience="")).status_code == 403
    assert (list(Audience.objects.values()), list(Campaign.objects.values()), AuditEntry.objects.count()) == before


def test_a_manager_reads_and_changes_nothing(manager_client, germans, campaign):
    assert manager_client.get(f"/audiences/{germans.pk}/").status_code == 200
    assert manager_client.get("/audiences/new/").status_code == 403
    for verb in ("edit", "duplicate", "delete", "export"):
        assert manager_client.post(f"/audiences/{germans.pk}/{verb}/", form(do="save", version=1)).status_code == 403
    assert manager_client.post(f"/campaigns/{campaign.pk}/audience/", {"audience": germans.pk}).status_code == 403
    assert list(Audience.objects.filter(name__startswith="German")) == [germans]
