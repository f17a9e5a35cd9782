"""Pages and API of pitches: who may see and change what, with scripts and without."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from crm.models import Claim, Contact, Pitch, PitchDelivery
from crm.services import activities, sending

pytestmark = pytest.mark.django_db
HX = {"headers": {"HX-Request": "true"}}


def row(pitch, number):
    return pitch.sentences.get(position=number)


def post(client, name, pk, **data):
    return client.post(reverse(name, args=[pk]), data)


def test_the_editor_shows_sentences_citations_and_what_they_answer(rep_client, pitch, claims):
    page = rep_client.get(pitch.get_absolute_url()).content.decode()
    assert claims["customer-service"].text_en in page
    assert f"C{claims['private-deployment'].pk}" in page
    assert "answers 2 of 3 needs" in page
    assert "Mark ready" in page
    assert '?from_claim=1#aside" ' in page.split("What it answers")[1]  # a need without an answer leads to the claims
    aside = rep_client.get(
        pitch.get_absolute_url(), {"claim": claims["latency"].pk, "sentence": row(pitch, 2).pk}, **HX
    )
    assert "Data sheet: latency" in aside.content.decode()
    assert "<html" not in aside.content.decode()


def test_a_need_that_no_claim_could_answer_is_told_from_one_that_was_left_out(rep_client, pitch, claims, needs):
    pitch.lead.requirements.create(need=needs["speech-recognition"], status="confirmed")
    aside = rep_client.get(pitch.get_absolute_url()).content.decode().split("What it answers")[1]
    assert aside.count("left out, add a sentence") == 1
    assert aside.count("gap: no claim yet") == 1
    assert reverse("need", args=["speech-recognition"]) in aside


def test_without_scripts_a_sentence_is_edited_and_checked(rep_client, pitch):
    page = rep_client.get(pitch.get_absolute_url(), {"edit": row(pitch, 2).pk}).content.decode()
    assert "<textarea" in page
    answer = post(rep_client, "sentence-edit", row(pitch, 2).pk, text="Other words.", version=pitch.version)
    assert answer.status_code == 302
    page = rep_client.get(pitch.get_absolute_url()).content.decode()
    assert "Other words." in page
    assert "disabled" in page
    assert "being checked" in page


def test_a_stale_edit_keeps_what_was_typed_and_what_stands(rep_client, pitch):
    post(rep_client, "sentence-edit", row(pitch, 2).pk, text="First.", version=1)
    url = reverse("sentence-edit", args=[row(pitch, 2).pk])
    answer = rep_client.post(url, {"text": "Second.", "version": 1}, **HX)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert ">Second.</textarea>" in page
    assert "It reads now: “First.”" in page
    assert "Nothing of yours was written" in page


def test_a_waiting_sentence_is_polled_until_it_is_judged(rep_client, pitch):
    post(rep_client, "sentence-edit", row(pitch, 2).pk, text="Other words.", version=1)
    url = reverse("pitch-sentence", args=[row(pitch, 2).pk])
    assert rep_client.get(url, **HX).status_code == 204
    pitch.sentences.filter(position=2).update(verdict="unsupported")
    page = rep_client.get(url, **HX).content.decode()
    assert "<s>Other words.</s>" in page
    assert page.count('hx-swap-oob="true"') == 3
    assert "Sentence 2 rests on no claim" in page


def test_a_subject_shows_how_it_stands_and_is_polled_until_it_is_judged(rep_client, pitch):
    post(rep_client, "pitch-subject", pitch.pk, subject="Helm answers in 40 languages", version=1)
    page = rep_client.get(pitch.get_absolute_url()).content.decode()
    assert "The subject is being checked" in page
    assert "?seen=draft" in page
    assert rep_client.get(pitch.get_absolute_url(), {"seen": "draft"}, **HX).status_code == 204
    editing = rep_client.get(pitch.get_absolute_url(), {"edit": row(pitch, 2).pk}, **HX).content.decode()
    assert "?seen=draft" not in editing  # what is being typed is not swapped away
    Pitch.objects.filter(pk=pitch.pk).update(
        subject_verdict="unsupported", subject_reasons=['adds a figure that no claim has: "40"']
    )
    page = rep_client.get(pitch.get_absolute_url(), {"seen": "draft"}, **HX).content.decode()
    assert "The subject says what no claim says" in page
    assert "adds a figure that no claim has" in page
    assert "disabled aria-describedby" in page
    assert post(rep_client, "pitch-ready", pitch.pk, version=2).status_code == 422


def test_an_unsupported_sentence_offers_ways_out(rep_client, pitch, marketer):
    pitch.sentences.filter(position=2).update(
        verdict="unsupported", text="Helm drafts replies to customer enquiries in Polish."
    )
    page = rep_client.get(pitch.get_absolute_url()).content.decode()
    for words in ("Rewrite from C", "Remove", "Ask the claims team", "rests on no claim"):
        assert words in page
    assert post(rep_client, "pitch-ready", pitch.pk, version=1).status_code == 422
    claim = Claim.objects.get(needs__key="customer-service")
    post(rep_client, "sentence-rewrite", row(pitch, 2).pk, claim=claim.pk, version=1)
    assert row(pitch, 2).text == claim.text_en
    post(rep_client, "sentence-remove", row(pitch, 2).pk, version=2)
    assert pitch.sentences.count() == 2


def test_from_draft_to_sent_by_pages(rep_client, pitch, smtp, work):
    assert post(rep_client, "pitch-ready", pitch.pk, version=1).status_code == 302
    assert "Send to Anke Petersen" in rep_client.get(pitch.get_absolute_url()).content.decode()
    assert post(rep_client, "pitch-send", pitch.pk, version=2).status_code == 302
    assert post(rep_client, "pitch-send", pitch.pk, version=2).status_code in (409, 422)
    seen = rep_client.get(pitch.get_absolute_url(), {"seen": "sending"}, **HX)
    assert seen.status_code == 204
    work("default")
    page = rep_client.get(pitch.get_absolute_url(), {"seen": "sending"}, **HX).content.decode()
    assert "Sent to anke@hanseatic.example" in page
    whole = rep_client.get(pitch.get_absolute_url()).content.decode()
    assert "from_claim=1" not in whole  # nothing is offered that a sent pitch refuses
    assert "to change its words" not in whole
    assert len(smtp.mails) == 1
    pitch.refresh_from_db()
    post(rep_client, "pitch-outcome", pitch.pk, outcome="replied", version=pitch.version)
    pitch.refresh_from_db()
    assert pitch.outcome == "replied"
    outbox = rep_client.get(reverse("outbox")).content.decode()
    assert "1 sent + 0 waiting + 0 failed + 0 unknown" in outbox
    raw = rep_client.get(reverse("outbox-mail", args=[pitch.delivery.pk]))
    assert raw["Content-Type"].startswith("text/plain")
    assert pitch.delivery.message_id in raw.content.decode()


def test_an_unclear_mail_is_shown_and_settled(rep_client, ready, rep):
    delivery = sending.send(ready, by=rep, expected=None)
    PitchDelivery.objects.update(state="ambiguous", attempts=1)
    for url in (ready.get_absolute_url(), reverse("outbox")):
        assert "It was sent" in rep_client.get(url).content.decode()
    post(rep_client, "outbox-settle", delivery.pk, verdict="sent")
    assert Pitch.objects.get(pk=ready.pk).state == "sent"


def test_list_preview_new_and_lead_page(rep_client, pitch, lead):
    assert "Replies your agents approve" in rep_client.get(reverse("pitches"), {"state": "draft"}).content.decode()
    preview = rep_client.get(reverse("pitch-preview", args=[pitch.pk])).content.decode()
    assert "anke@hanseatic.example" in preview
    assert "Draft a pitch" in rep_client.get(lead.get_absolute_url()).content.decode()
    form = rep_client.get(reverse("pitch-new", args=[lead.pk])).content.decode()
    assert "Anke Petersen" in form
    answer = rep_client.post(
        reverse("pitch-new", args=[lead.pk]),
        {"form": "mail", "language": "en", "tone": "plain", "length": "short", "contact": lead.contact_id},
    )
    new = Pitch.objects.latest("pk")
    assert answer["Location"] == new.get_absolute_url()
    assert new.mention_gaps is False
    assert rep_client.get(new.get_absolute_url(), {"seen": "drafting"}, **HX).status_code == 204


def test_after_a_call_script_the_next_pitch_is_a_mail_again_and_says_what_it_took_over(rep_client, pitch, lead):
    new = reverse("pitch-new", args=[lead.pk])
    Pitch.objects.update(form="call", tone="formal", length="long")
    for address in (new, lead.get_absolute_url()):
        page = rep_client.get(address).content.decode()
        assert '<option value="mail" selected>' in page
        assert '<option value="call">' in page
        assert '<option value="formal" selected>' in page
        assert '<option value="long" selected>' in page
        assert "as in this lead’s last pitch (Call script," in page
        assert "Mark it used after the call." in page
    Pitch.objects.all().delete()
    assert "last pitch" not in rep_client.get(new).content.decode()


GETS = ["pitch", "pitch-preview"]
POSTS = ["ready", "draft", "used", "outcome", "subject", "contact", "send", "again"]
SENTENCE_POSTS = ["edit", "rewrite", "remove", "move", "recheck", "ask"]


def test_strangers_find_nothing_and_readers_change_nothing(sign_in, stranger_client, teammate, marketer, ready, rep):
    delivery = sending.send(ready, by=rep, expected=None)
    sentence = row(ready, 2)
    posts = [reverse(f"pitch-{verb}", args=[ready.pk]) for verb in POSTS]
    posts += [reverse(f"sentence-{verb}", args=[sentence.pk]) for verb in SENTENCE_POSTS]
    posts += [reverse("sentence-add", args=[ready.pk]), reverse("outbox-settle", args=[delivery.pk])]
    gets = [reverse(name, args=[ready.pk]) for name in GETS]
    gets += [reverse("pitch-sentence", args=[sentence.pk]), reverse("outbox-mail", args=[delivery.pk])]
    before = list(ready.sentences.values_list("text", "position"))
    for url in [*gets, reverse("pitch-new", args=[ready.lead_id])]:
        assert stranger_client.get(url).status_code == 404, url
    for url in posts:
        assert stranger_client.post(url, {"version": 1}).status_code == 404, url
    assert "Replies your agents" not in stranger_client.get(reverse("pitches")).content.decode()
    assert "Replies your agents" not in stranger_client.get(reverse("outbox")).content.decode()
    for reader in (sign_in(teammate), sign_in(marketer)):
        for url in gets:
            assert reader.get(url).status_code == 200, url
        for url in posts:
            assert reader.post(url, {"version": 1, "text": "x"}).status_code == 403, url
    assert list(ready.sentences.values_list("text", "position")) == before


def test_the_api_goes_the_same_way(rep_client, pitch, claims, smtp, work):
    url = f"/api/v1/pitches/{pitch.pk}/"
    shown = rep_client.get(url).json()
    assert [one["verdict"] for one in shown["sentences"]] == ["no-claim-needed", "supported", "supported"]
    sentence = shown["sentences"][1]["id"]
    json = {"content_type": "application/json"}
    assert rep_client.patch(f"{url}sentences/{sentence}/", {"text": "Mine."}, **json).status_code == 428
    edited = rep_client.patch(f"{url}sentences/{sentence}/", {"text": "Mine.", "version": 1}, **json)
    assert edited.json()["sentences"][1]["blocks"] is True
    assert rep_client.patch(f"{url}sentences/{sentence}/", {"text": "Again.", "version": 1}, **json).status_code == 409
    assert rep_client.post(f"{url}ready/", {"version": 2}, **json).status_code == 400
    claim = claims["customer-service"].pk
    assert rep_client.patch(f"{url}sentences/{sentence}/", {"claim": claim, "version": 2}, **json).status_code == 200
    assert rep_client.delete(f"{url}sentences/{sentence}/", {"version": 3}, **json).status_code == 200
    assert rep_client.post(f"{url}ready/", {"version": 4}, **json).json()["state"] == "ready"
    sent = rep_client.post(f"{url}send/", {"version": 5}, **json)
    assert (sent.status_code, sent.json()["delivery"]["state"]) == (202, "planned")
    assert rep_client.post(f"{url}send/", {"version": 5}, **json).status_code in (400, 409)
    work("default")
    assert rep_client.get(url).json()["delivery"]["state"] == "sent"
    assert len(smtp.mails) == 1


def test_the_api_asks_for_a_draft_and_hides_others(rep_client, stranger_client, pitch, lead, other_lead):
    json = {"content_type": "application/json"}
    made = rep_client.post("/api/v1/pitches/", {"lead": lead.pk, "form": "call", "language": "zh"}, **json)
    assert (made.status_code, made.json()["state"]) == (201, "drafting")
    assert rep_client.post("/api/v1/pitches/", {"lead": other_lead.pk}, **json).status_code == 400
    assert rep_client.post("/api/v1/pitches/", {"lead": lead.pk, "form": "ode"}, **json).status_code == 400
    url = f"/api/v1/pitches/{pitch.pk}/"
    for method, path in (
        ("get", url), ("patch", url), ("post", f"{url}ready/"), ("post", f"{url}send/"), ("post", f"{url}used/"),
        ("post", f"{url}outcome/"), ("post", f"{url}sentences/"), ("patch", f"{url}sentences/{row(pitch, 1).pk}/"),
    ):  # fmt: skip
        data = () if method == "get" else ({"version": 1},)
        assert getattr(stranger_client, method)(path, *data, **({} if method == "get" else json)).status_code == 404
    assert stranger_client.get("/api/v1/pitches/").json()["results"] == []


def test_more_rows_make_no_more_queries(rep_client, make_pitch, rep):
    def counts():
        found = []
        for url in (reverse("pitches"), reverse("outbox"), "/api/v1/pitches/", first.get_absolute_url()):
            rep_client.get(url)
            with CaptureQueriesContext(connection) as captured:
                assert rep_client.get(url).status_code == 200
            found.append(len(captured))
        return found

    first = make_pitch()
    make_pitch()
    sending.send(make_pitch(state="ready"), by=rep, expected=None)
    few = counts()
    for _turn in range(5):
        sending.send(make_pitch(state="ready"), by=rep, expected=None)
    first.sentences.filter(position=2).update(verdict="unsupported")
    middle = counts()
    first.sentences.update(verdict="unsupported")
    assert few[:3] == middle[:3]
    assert counts() == middle


def test_the_timeline_says_it_in_the_readers_language(ready, rep, smtp, work, lead):
    sending.send(ready, by=rep, expected=None)
    work("default")
    entry = lead.activities.get(kind="pitch")
    assert activities.describe(entry) == "Pitch sent to Anke Petersen: Replies your agents approve"


def test_another_reader_and_the_old_greeting(rep_client, pitch, company, rep, team):
    other = Contact.objects.create(
        company=company, name="Jonas Weber", email="j@hanseatic.example", owner=rep, team=team
    )
    answer = rep_client.post(
        reverse("pitch-contact", args=[pitch.pk]), {"contact": other.pk, "version": 1}, follow=True
    )
    assert "still name Anke Petersen" in answer.content.decode()
    pitch.refresh_from_db()
    assert pitch.contact == other
    stranger = Contact.objects.create(name="Nobody here")
    url = reverse("pitch-contact", args=[pitch.pk])
    assert rep_client.post(url, {"contact": stranger.pk, "version": 2}).status_code == 422
