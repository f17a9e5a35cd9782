"""The pages of the copy: what marketing may do there, and that nobody else may."""

import pytest
from django.urls import reverse

from crm.models import Contact
from marketing.models import Campaign, CampaignCopy
from marketing.services import approval, copywriting

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(campaign):
    return reverse("campaign-copy", args=[campaign.pk])


@pytest.fixture
def good(campaign, campaign_copy, contact):
    return campaign


def post(client, name, pk, **data):
    return client.post(reverse(name, args=[pk]), data)


def test_a_rep_is_refused_and_nothing_is_written(rep_client, good, campaign_copy, page):
    row = campaign_copy.sentences.get(position=2)
    for answer in (
        rep_client.get(page),
        rep_client.get(reverse("campaign-preflight", args=[good.pk])),
        rep_client.get(reverse("copy-preview", args=[campaign_copy.pk])),
        post(rep_client, "copy-sentence-edit", row.pk, text="Mine", version=1),
        post(rep_client, "copy-test", campaign_copy.pk),
        post(rep_client, "campaign-ask", good.pk, version=good.version),
        post(rep_client, "campaign-approve", good.pk, version=good.version, seen="x"),
    ):
        assert answer.status_code == 403
    row.refresh_from_db()
    assert row.text == "May your documents leave your own servers?"


def test_a_manager_reads_and_finds_no_button(manager, sign_in, good, campaign_copy, page):
    client = sign_in(manager)
    html = client.get(page).content.decode()
    assert "May your documents leave" in html
    assert "copy/ask/" not in client.get(reverse("campaign-preflight", args=[good.pk])).content.decode()
    assert "edit=" not in html
    assert post(client, "copy-subjects", campaign_copy.pk, subject=["x"], version=1).status_code == 403


def test_begun_by_the_form_twice_is_refused(marketer_client, campaign, claims, page):
    new = reverse("copy-new", args=[campaign.pk])
    assert f'action="{new}"' in marketer_client.get(page).content.decode()  # begun where “Write the mail” leads
    answer = marketer_client.post(new, {"language": "en", "tone": "plain"})
    copy = CampaignCopy.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"{page}?copy={copy.pk}")
    assert b"A worker is writing" in marketer_client.get(page).content
    again = marketer_client.post(new, {"language": "en", "tone": "plain"})
    assert again.status_code == 422
    assert b"There is a copy for this language" in again.content
    assert marketer_client.post(new, {"language": "xx", "tone": "plain"}).status_code == 422


def test_who_only_reads_finds_nothing_to_begin(manager, sign_in, campaign, claims, page):
    html = sign_in(manager).get(page).content.decode()
    assert "What this campaign says stands here" in html
    assert reverse("copy-new", args=[campaign.pk]) not in html


def test_while_it_is_written_the_page_asks_again(marketer_client, make_copy, page):
    copy = make_copy(state="drafting")
    asked = marketer_client.get(f"{page}?copy={copy.pk}&seen=drafting", headers={"HX-Request": "true"})
    assert asked.status_code == 204
    CampaignCopy.objects.filter(pk=copy.pk).update(state="draft")
    assert (
        b"May your documents"
        in marketer_client.get(f"{page}?copy={copy.pk}&seen=drafting", headers={"HX-Request": "true"}).content
    )


def test_a_refused_edit_stays_where_it_was_typed(marketer_client, good, campaign_copy):
    row = campaign_copy.sentences.get(position=2)
    typed = "Hello {{ contact.frist_name }}"
    answer = post(marketer_client, "copy-sentence-edit", row.pk, text=typed, version=1)
    assert answer.status_code == 422
    html = answer.content.decode()
    assert "no part we know" in html
    assert typed in html
    stale = post(marketer_client, "copy-sentence-edit", row.pk, text="Fine words", version=99)
    assert stale.status_code == 409
    assert "Fine words" in stale.content.decode()
    lines = ["One", "Two", "{{ nothing }}"]
    subjects = post(marketer_client, "copy-subjects", campaign_copy.pk, subject=lines, version=1)
    assert subjects.status_code == 422
    assert 'value="{{ nothing }}"' in subjects.content.decode()
    assert CampaignCopy.objects.get(pk=campaign_copy.pk).version == 1


def test_asked_read_and_approved_by_another(marketer_client, sign_in, other_marketer, good, page):
    assert post(marketer_client, "campaign-ask", good.pk, version=good.version).status_code == 302
    own = marketer_client.get(page)
    assert b"You asked for this approval" in own.content
    assert b"copy/approve/" not in own.content
    good.refresh_from_db()
    seen = own.context["seen"]
    mine = post(marketer_client, "campaign-approve", good.pk, version=good.version, seen=seen)
    assert mine.status_code == 422
    assert b"somebody else has to give it" in mine.content
    other = sign_in(other_marketer)
    assert b"copy/approve/" in other.get(page).content
    assert post(other, "campaign-approve", good.pk, version=good.version, seen="stale").status_code == 409
    assert post(other, "campaign-approve", good.pk, version=good.version, seen=seen).status_code == 302
    assert post(other, "campaign-approve", good.pk, version=good.version, seen=seen).status_code == 422
    assert b"Approved by Ravi" in other.get(page).content
    Campaign.objects.filter(pk=good.pk).update(sender_name="Somebody else")
    assert b"The approval is void" in other.get(page).content
    assert not approval.holds(Campaign.objects.get(pk=good.pk))


def test_what_must_be_mended_cannot_be_asked_for(marketer_client, good, claims):
    claims["languages"].__class__.objects.filter(pk=claims["languages"].pk).update(status="expired")
    answer = post(marketer_client, "campaign-ask", good.pk, version=good.version)
    assert answer.status_code == 422
    assert b"may no longer be used" in answer.content
    listed = marketer_client.get(reverse("campaign-preflight", args=[good.pk])).content.decode()
    assert "1 thing must be mended" in listed
    assert "disabled" in listed


def test_the_list_says_how_many_lack_what(marketer_client, good, rep):
    Contact.objects.bulk_create(Contact(name=f"P {n:03}", email=f"p{n}@x.example", owner=rep) for n in range(103))
    page = marketer_client.get(reverse("campaign-preflight", args=[good.pk])).content.decode()
    assert "103 recipients lack a personal part and will be skipped." in page
    assert "company.name: 103" in page
    assert "P 099" in page
    assert "P 100" not in page
    assert "And 3 more." in page


def test_the_preview_of_a_name_with_html_is_text_and_the_frame_may_do_nothing(
    marketer_client, good, campaign_copy, rep
):
    evil = Contact.objects.create(
        name='"><script>alert(1)</script>', email="e@x.example", company=Contact.objects.get().company, owner=rep
    )
    html = marketer_client.get(
        reverse("copy-preview", args=[campaign_copy.pk]), {"contact": evil.pk, "variant": 1}
    ).content.decode()
    assert "<script>alert" not in html
    assert 'sandbox=""' in html
    assert (
        "&amp;lt;script&amp;gt;" in html or "&amp;gt;&amp;lt;script" in html
    )  # escaped for the mail, and again for srcdoc


def test_found_by_name_missing_part_said_made_up_person_if_nobody(marketer_client, good, campaign_copy, rep, contact):
    lonely = Contact.objects.create(name="Ida Lund", email="ida@x.example", language="zh", owner=rep)
    url = reverse("copy-preview", args=[campaign_copy.pk])
    assert b"Hello Anke," in marketer_client.get(url).content
    found = marketer_client.get(url, {"q": "lund"})
    assert f"?contact={lonely.pk}".encode() in found.content
    shown = marketer_client.get(url, {"contact": lonely.pk, "variant": 1}).content.decode()
    assert "missing" in shown
    assert "reads another language" in shown
    Campaign.objects.filter(pk=good.pk).update(audience=None)
    assert b"a made-up person" in marketer_client.get(url).content
    assert marketer_client.get(url, {"contact": "x", "variant": "999999999999999999999"}).status_code == 200


def test_copies_of_another_campaign_are_not_opened_here(marketer_client, good, campaign_copy, marketer):
    other = Campaign.objects.create(name="Other", owner=marketer)
    url = reverse("campaign-copy", args=[other.pk])
    assert marketer_client.get(url, {"copy": campaign_copy.pk}).status_code == 404
    assert marketer_client.get(url).status_code == 200


def test_taken_out(marketer_client, good, campaign_copy, page):
    assert post(marketer_client, "copy-remove", campaign_copy.pk, version=7).status_code == 409
    assert post(marketer_client, "copy-remove", campaign_copy.pk, version=1).status_code == 302
    assert not CampaignCopy.objects.exists()
    assert marketer_client.get(page).status_code == 200


def test_copies_with_mails_stay(good, campaign_copy, marketer_client):
    from django.utils import timezone

    good.deliveries.create(copy=campaign_copy, person=1, message_id="<c.1@x>", due_at=timezone.now())
    assert post(marketer_client, "copy-remove", campaign_copy.pk, version=1).status_code == 422
    assert copywriting.CampaignCopy.objects.filter(pk=campaign_copy.pk).exists()
