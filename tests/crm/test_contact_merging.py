"""Two contacts become one: nothing is lost, the second who tries is told, and other people's contacts stay out of it."""

import pytest
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from core.models import AuditEntry
from core.services import tokens
from core.services.edits import Stale
from crm.models import Activity, Contact, Lead, MergedContact, Message, Pitch
from crm.services import contact_merging, intake, messages, timeline
from crm.services.contact_merging import AlreadyMerged
from crm.services.intake import ContactHint, IntakeData

pytestmark = pytest.mark.django_db
LINE = "%(gone)s became one contact with %(kept)s"


@pytest.fixture
def twin(company, rep, team):
    """Anke once more, as a mail program wrote her, with a phone and no title."""
    return Contact.objects.create(
        company=company, name="anke petersen", email="a.petersen@hanseatic.example", phone="+49 40 1", owner=rep, team=team
    )  # fmt: skip


@pytest.fixture
def twin_lead(rep, team, company, twin, pipeline, stages):
    return Lead.objects.create(
        title="Second desk", company=company, contact=twin, pipeline=pipeline, stage=stages["new"], owner=rep, team=team
    )  # fmt: skip


def merged(kept, gone, by):
    return contact_merging.merge(kept, gone, by=by, expected=kept.version, gone_expected=gone.version)


def form(contact, other, keep, **changes):
    return {"other": other.pk, "keep": keep.pk, "version": contact.version, "other_version": other.version, **changes}


def test_all_that_pointed_at_the_other_points_at_the_kept_one(contact, twin, lead, twin_lead, rep):
    said = messages.add(twin_lead, text="We need a second desk.", channel="mail", contact=twin)[0]
    pitch = Pitch.objects.create(lead=twin_lead, contact=twin, state="draft")
    old = twin.pk
    kept = merged(contact, twin, rep)
    assert (kept.pk, kept.version) == (contact.pk, 2)
    assert not Contact.objects.filter(pk=old).exists()
    assert set(Lead.objects.filter(contact=kept)) == {lead, twin_lead}
    assert Message.objects.get(pk=said.pk).contact == kept
    pitch.refresh_from_db()
    twin_lead.refresh_from_db()
    assert (pitch.contact, pitch.version, twin_lead.version) == (kept, 2, 2)  # who has one open is told
    assert (MergedContact.objects.get().number, MergedContact.objects.get().contact) == (old, kept)


@pytest.mark.parametrize(
    ("address", "state"), [("a.petersen@hanseatic.example", "draft"), ("ANKE@hanseatic.example", "ready")]
)
def test_a_pitch_that_is_ready_for_another_address_is_looked_at_again(contact, twin, twin_lead, rep, address, state):
    Contact.objects.filter(pk=twin.pk).update(email=address)
    pitch = Pitch.objects.create(lead=twin_lead, contact=twin, state="ready")
    merged(contact, twin, rep)
    pitch.refresh_from_db()
    assert (pitch.contact, pitch.state) == (contact, state)


def test_what_the_kept_one_lacks_is_filled_and_what_it_has_stays(contact, twin, rep):
    Contact.objects.filter(pk=twin.pk).update(title="Boss", role="legal", language="de")
    Contact.objects.filter(pk=contact.pk).update(language="")
    kept = merged(contact, twin, rep)
    kept.refresh_from_db()
    assert (kept.phone, kept.language, kept.title, kept.role, kept.email) == (
        "+49 40 1", "de", "Head of service", "operations", "anke@hanseatic.example",
    )  # fmt: skip


def test_an_owner_comes_along_only_with_their_team(contact, twin, other_rep, other_team, rep, admin_user):
    Contact.objects.filter(pk=contact.pk).update(owner=None)
    Contact.objects.filter(pk=twin.pk).update(owner=other_rep, team=other_team)
    kept = merged(contact, twin, admin_user)
    assert (kept.owner, kept.team) == (None, rep.team)


def test_the_audit_row_says_what_was_and_what_is(contact, twin, twin_lead, rep):
    old = twin.pk
    merged(contact, twin, rep)
    row = AuditEntry.objects.get(verb="merge")
    assert (row.noun, row.object_id, row.actor) == ("contact", str(contact.pk), rep)
    assert row.before["phone"] == ""
    assert row.before["merged"]["id"] == old
    assert row.before["merged"]["email"] == "a.petersen@hanseatic.example"
    assert row.before["merged"]["company_id"] == contact.company_id
    assert (row.after["consents"], row.after["deliveries"]) == ([], [])
    assert (row.after["phone"], row.after["leads"]) == ("+49 40 1", [twin_lead.pk])


def test_the_lead_tells_it_in_its_reader_s_language(contact, twin, twin_lead, rep):
    merged(contact, twin, rep)
    entry = Activity.objects.get(lead=twin_lead)
    assert entry.text == "anke petersen became one contact with Anke Petersen"
    Activity.objects.update(text="stored words")
    with translation.override("zh-hans"):  # said anew from its data, not as it was stored
        assert timeline.of(twin_lead).days[0].entries[0].text == _(LINE) % entry.data


@pytest.mark.parametrize("late", ["kept", "gone"])
def test_a_version_that_is_not_the_row_s_writes_nothing(contact, twin, twin_lead, rep, late):
    row = contact if late == "kept" else twin
    Contact.objects.filter(pk=row.pk).update(version=5)
    with pytest.raises(Stale):
        merged(contact, twin, rep)
    assert Contact.objects.count() == 2
    assert Lead.objects.get().contact == twin
    assert not AuditEntry.objects.filter(verb="merge").exists()


def test_the_second_time_it_says_so(contact, twin, rep):
    again = Contact.objects.get(pk=twin.pk)
    merged(contact, twin, rep)
    contact.refresh_from_db()
    with pytest.raises(AlreadyMerged) as told:
        merged(contact, again, rep)
    assert told.value.kept == contact
    assert AuditEntry.objects.filter(verb="merge").count() == 1


def test_a_contact_is_not_merged_with_itself(contact, rep, rep_client):
    url = reverse("contact-merge", args=[contact.pk])
    assert rep_client.post(url, form(contact, contact, contact)).status_code == 422
    assert Contact.objects.get() == contact


def test_every_field_that_names_contacts_is_known():
    """A new one must be moved by a merge: by crm itself, or by who hears `contacts_merging`."""
    assert {f"{model._meta.label}.{field}" for model, field in contact_merging.pointing_at_contacts()} == {
        "crm.Lead.contact", "crm.Message.contact", "crm.Pitch.contact", "crm.MergedContact.contact",
        "marketing.Consent.contact", "marketing.Delivery.contact",
    }  # fmt: skip


def test_what_nobody_moved_stops_the_merge(contact, twin, twin_lead, rep, monkeypatch):
    monkeypatch.setattr(contact_merging, "_move", lambda kept, gone, *, by: {})
    with pytest.raises(RuntimeError, match=r"crm\.Lead\.contact"):
        merged(contact, twin, rep)
    assert Contact.objects.count() == 2


def test_mail_from_the_old_address_still_finds_the_person(contact, twin, lead, rep):
    merged(contact, twin, rep)
    data = IntakeData(text="Once more.", contact=ContactHint(email="A.Petersen@hanseatic.example"), make=True)
    taken = intake.take(data, by=rep)
    assert (taken.lead, taken.message.contact) == (lead, contact)
    assert Contact.objects.count() == 1


def test_merged_twice_in_a_row_both_old_numbers_lead_to_the_last(contact, twin, company, rep, rep_client):
    third = Contact.objects.create(company=company, name="A. P.", owner=rep, team=rep.team)
    first, second = twin.pk, contact.pk
    merged(contact, twin, rep)
    merged(third, Contact.objects.get(pk=second), rep)
    for number in (first, second):
        answer = rep_client.get(reverse("contact", args=[number]), follow=True)
        assert answer.redirect_chain[-1][0] == third.get_absolute_url()
        assert "is now part of" in answer.text


# the pages


def test_those_that_look_alike_are_offered(contact, twin, company, rep, other_rep, rep_client):
    same = Contact.objects.create(name="Anke P", email="ANKE@hanseatic.example", owner=rep, team=rep.team)
    Contact.objects.create(name="Anke Petersen", owner=rep, team=rep.team)  # the same name, no company
    Contact.objects.create(name="Hidden", email=contact.email, owner=other_rep, team=other_rep.team)
    assert contact_merging.alike(contact, Contact.objects.for_user(rep)) == [same, twin]
    page = rep_client.get(contact.get_absolute_url()).text
    assert f"/merge/?other={twin.pk}" in page
    assert "Hidden" not in page


def test_the_other_is_found_compared_and_merged(contact, twin, twin_lead, rep_client):
    url = reverse("contact-merge", args=[contact.pk])
    assert f"?other={twin.pk}" in rep_client.get(f"{url}?q=a.petersen").text
    assert "matches this" in rep_client.get(f"{url}?q=nobody-like-that").text
    both = rep_client.get(f"{url}?other={twin.pk}").text
    assert both.count('name="keep"') == 2
    assert "+49 40 1" in both
    answer = rep_client.post(url, form(contact, twin, twin), follow=True)  # the other one stays
    assert answer.redirect_chain[-1][0] == twin.get_absolute_url()
    assert "“Anke Petersen” is now part of “anke petersen”." in answer.text
    assert list(Contact.objects.all()) == [twin]
    again = rep_client.post(url, form(contact, twin, twin), follow=True)
    assert "These two are one contact already." in again.text
    other_way = rep_client.post(reverse("contact-merge", args=[twin.pk]), form(twin, contact, twin), follow=True)
    assert "These two are one contact already." in other_way.text


@pytest.mark.parametrize(("more", "told"), [(19, ""), (20, "The first 20 of 21. Type more of the name.")])
def test_how_many_were_found_is_said_and_not_how_many_fit(contact, twin, rep, rep_client, more, told):
    Contact.objects.bulk_create(Contact(name=f"Petersen {number}", owner=rep, team=rep.team) for number in range(more))
    page = rep_client.get(reverse("contact-merge", args=[contact.pk]), {"q": "petersen"}).text
    assert f'<span class="fl-n">{more + 1}</span>' in page
    assert page.count("?other=") == 20
    assert told in page
    assert ("The first" in page) == bool(told)


def test_a_bad_or_late_form_keeps_what_was_chosen(contact, twin, rep_client):
    url = reverse("contact-merge", args=[contact.pk])
    late = rep_client.post(url, form(contact, twin, twin, other_version=9))
    assert late.status_code == 409
    assert "Somebody changed this" in late.text
    assert f'value="{twin.pk}" required checked' in late.text
    assert rep_client.post(url, {**form(contact, twin, twin), "keep": 999}).status_code == 422
    assert rep_client.post(url, {}).status_code == 422
    assert Contact.objects.count() == 2


@pytest.mark.parametrize("lost", ["this", "other"])
def test_one_of_the_two_goes_at_the_same_moment(contact, twin, company, rep, rep_client, monkeypatch, lost):
    """A colleague makes it part of a third while the form is on its way."""
    third = Contact.objects.create(company=company, name="A. P.", owner=rep, team=rep.team)
    merge, data, url = contact_merging.merge, form(contact, twin, contact), reverse("contact-merge", args=[contact.pk])

    def late(*rows, **values):
        monkeypatch.setattr(contact_merging, "merge", merge)
        merged(third, Contact.objects.get(pk=(contact if lost == "this" else twin).pk), rep)
        return merge(*rows, **values)

    monkeypatch.setattr(contact_merging, "merge", late)
    answer = rep_client.post(url, data, follow=True)
    assert answer.redirect_chain[-1][0] == (third.get_absolute_url() if lost == "this" else url)
    assert Contact.objects.count() == 2
    assert AuditEntry.objects.filter(verb="merge").count() == 1


def test_other_people_s_contacts_stay_out_of_it(
    contact, twin, other_rep, rep_client, sign_in, teammate, stranger_client
):
    hidden = Contact.objects.create(name="Hidden", owner=other_rep, team=other_rep.team)
    owned = Contact.objects.create(name="Of a colleague", owner=teammate, team=contact.team)
    url = reverse("contact-merge", args=[contact.pk])
    assert rep_client.get(f"{url}?other={hidden.pk}").status_code == 404
    assert rep_client.post(url, form(contact, hidden, contact)).status_code == 404
    assert rep_client.get(f"{url}?other={owned.pk}").status_code == 403
    for written in (str(owned.pk), f"+{owned.pk}", f" {owned.pk}", f"{owned.pk} ", f"{owned.pk}\u00a0"):
        assert rep_client.post(url, {**form(contact, owned, contact), "other": written}).status_code == 403
    assert sign_in(teammate).post(url, form(contact, twin, contact)).status_code == 403
    assert stranger_client.post(url, form(contact, twin, contact)).status_code == 404
    assert Contact.objects.count() == 4


def test_a_stranger_does_not_learn_what_became_of_a_number(contact, twin, rep, stranger_client):
    old = twin.pk
    merged(contact, twin, rep)
    assert stranger_client.get(reverse("contact", args=[old])).status_code == 404
    assert stranger_client.get(reverse("contact-merge", args=[old])).status_code == 404


# the API


@pytest.fixture
def post(client):
    def call(contact, data, user):
        _token, secret = tokens.make(user, "test")
        url = f"/api/v1/contacts/{contact.pk}/merge/"
        return client.post(url, data, content_type="application/json", headers={"Authorization": f"Bearer {secret}"})

    return call


def test_the_api_merges_against_both_versions(contact, twin, rep, post):
    old = twin.pk
    assert post(contact, {"other": old, "version": 1}, rep).status_code == 428
    assert post(contact, {"other": old, "other_version": 1}, rep).status_code == 428
    assert post(contact, {"other": old, "version": 1, "other_version": 7}, rep).status_code == 409
    assert post(contact, {"other": "x", "version": 1, "other_version": 1}, rep).status_code == 400
    assert post(contact, {"other": contact.pk, "version": 1, "other_version": 1}, rep).status_code == 400
    assert Contact.objects.count() == 2
    answer = post(contact, {"other": old, "version": 1, "other_version": 1}, rep)
    assert (answer.status_code, answer.json()["phone"], answer.json()["version"]) == (200, "+49 40 1", 2)
    again = post(contact, {"other": old, "version": 2, "other_version": 1}, rep)
    assert (again.status_code, again.json()["detail"][:30]) == (409, "These two are one contact alre")


def test_the_api_lets_nobody_merge_what_is_not_theirs(contact, twin, rep, teammate, other_rep, post):
    hidden = Contact.objects.create(name="Hidden", owner=other_rep, team=other_rep.team)
    owned = Contact.objects.create(name="Of a colleague", owner=teammate, team=contact.team)
    values = {"version": 1, "other_version": 1}
    assert post(contact, {"other": hidden.pk, **values}, rep).status_code == 404
    assert post(contact, {"other": owned.pk, **values}, rep).status_code == 403
    assert post(contact, {"other": twin.pk, **values}, teammate).status_code == 403
    assert post(contact, {"other": twin.pk, **values}, other_rep).status_code == 404
    assert Contact.objects.count() == 4
