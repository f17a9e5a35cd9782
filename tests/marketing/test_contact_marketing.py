"""What marketing knows of a contact, on the contact's page: consent word for word, suppression, campaign mails."""

from django.utils import timezone

from core.models import AuditEntry
from marketing.models import Consent, Delivery, Suppression
from marketing.services import consents

HTMX = {"HTTP_HX_REQUEST": "true"}


def test_the_contacts_page_loads_what_marketing_knows(rep_client, contact, campaign):
    assert f"/contacts/{contact.pk}/marketing/".encode() in rep_client.get(f"/contacts/{contact.pk}/").content
    Consent.objects.create(
        contact=contact,
        given=True,
        wording="I agree to <b>monthly</b> mails.",
        policy="2026-03",
        source="form",
        ip="192.0.2.7",
    )
    Delivery.objects.create(
        campaign=campaign,
        contact=contact,
        person=contact.pk,
        state="sent",
        message_id="<1@x>",
        due_at=timezone.now(),
        sent_at=timezone.now(),
    )
    part = rep_client.get(f"/contacts/{contact.pk}/marketing/", **HTMX).content.decode()
    for words in (
        "I agree to &lt;b&gt;monthly&lt;/b&gt; mails.",
        "2026-03",
        "192.0.2.7",
        "may be written to",
        campaign.name,
    ):
        assert words in part
    assert f"/campaigns/{campaign.pk}/" not in part  # a rep is not led where they are refused
    assert "<html" not in part
    assert "<html" in rep_client.get(f"/contacts/{contact.pk}/marketing/").content.decode()


def test_consent_is_noted_word_for_word_and_withdrawn(rep_client, contact, rep):
    url = f"/contacts/{contact.pk}/consent/"
    assert rep_client.post(url, {"given": "yes", "wording": "  ", "policy": "1"}).status_code == 422
    assert rep_client.post(url, {"given": "perhaps", "wording": "x"}).status_code == 422
    assert not Consent.objects.exists()
    rep_client.post(url, {"given": "yes", "wording": "Send me your news.", "policy": "2026-03"})
    assert consents.may_write(contact) == ""
    answer = rep_client.post(url, {"given": "no", "wording": "Stop it."}, **HTMX)
    assert b"may not be written to" in answer.content
    assert b"written down by a colleague" in answer.content  # not the word that is stored
    assert list(Consent.objects.order_by("pk").values_list("given", "wording", "source")) == [
        (True, "Send me your news.", "person"), (False, "Stop it.", "person"),
    ]  # fmt: skip
    assert Suppression.objects.count() == 1
    assert list(AuditEntry.objects.filter(verb="consent").values_list("actor", flat=True)) == [rep.pk, rep.pk]


def test_a_note_of_ours_does_not_lift_an_unsubscribe(rep_client, contact):
    consents.withdraw(contact, source="unsubscribe")
    rep_client.post(f"/contacts/{contact.pk}/consent/", {"given": "yes", "wording": "They said so on the phone."})
    assert consents.may_write(contact) == "unsubscribed"


def test_who_may_not_change_the_contact_notes_nothing(contact, sign_in, teammate, stranger_client, marketer_client):
    values = {"given": "no", "wording": "Stop it."}
    assert sign_in(teammate).post(f"/contacts/{contact.pk}/consent/", values).status_code == 403
    assert b"Note what they said" not in sign_in(teammate).get(f"/contacts/{contact.pk}/marketing/").content
    assert stranger_client.post(f"/contacts/{contact.pk}/consent/", values).status_code == 404
    assert stranger_client.get(f"/contacts/{contact.pk}/marketing/").status_code == 404
    assert not Consent.objects.exists()
    assert marketer_client.post(f"/contacts/{contact.pk}/consent/", values).status_code == 302
    assert Consent.objects.count() == 1


def test_an_address_suppressed_twice_shows_both_reasons_and_a_new_yes_lifts_one(rep_client, contact):
    consents.suppress(contact.email, "unsubscribed")
    consents.suppress(contact.email, "complained")
    consents.suppress(contact.email, "complained")
    row = Suppression.objects.get()
    assert (row.reason, row.reasons) == ("unsubscribed", ["unsubscribed", "complained"])
    page = rep_client.get(f"/contacts/{contact.pk}/marketing/", **HTMX).text
    assert "Unsubscribed, Complained" in page
    complained = row.also[0][1]
    consents.give(contact, wording="Write to me again.", policy="1", source="form")
    row.refresh_from_db()
    assert (row.reason, row.also) == ("complained", [])  # what they complained about is not lifted by a form
    assert row.at.isoformat() == complained
    assert consents.may_write(contact) == "suppressed"


def test_a_lone_unsubscribe_is_lifted_by_their_own_yes(contact):
    consents.suppress(contact.email, "unsubscribed")
    consents.give(contact, wording="Write to me again.", policy="1", source="form")
    assert not Suppression.objects.exists()
    assert consents.may_write(contact) == ""
