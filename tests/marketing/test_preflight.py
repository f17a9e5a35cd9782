"""What is gone through before anything is sent: every line right, a warning, or to be mended, with the place to mend it."""

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from crm.models import Claim, Contact
from marketing.models import Campaign, CopySentence
from marketing.services import copies, links, preflight

pytestmark = pytest.mark.django_db


@pytest.fixture
def good(campaign, campaign_copy, contact):
    """A campaign where nothing must be mended."""
    return campaign


def lines(campaign, user, key):
    campaign = Campaign.objects.select_related("audience", "segment", "need").get(pk=campaign.pk)
    return [line for line in preflight.look(campaign, user=user) if line.key == key]


def line(campaign, user, key):
    return lines(campaign, user, key)[0]


def test_nothing_to_mend(good, marketer):
    found = preflight.look(good, user=marketer)
    assert preflight.must_mend(found) == []
    assert {one.key for one in found} == {
        "audience", "subject", "sentences", "parts", "sender", "reply-to", "links", "unsubscribe", "postal", "recipients", "variables",
    }  # fmt: skip
    assert [one.key for one in found if one.state == "warn"] == ["unsubscribe"]  # http://localhost, and mails stay here
    preflight.check(good, user=marketer)


def test_no_audience_nobody_in_it_no_copy(good, marketer, campaign_copy):
    audience = good.audience
    audience.conditions = {"all": [{"field": "language", "op": "is", "value": "fr"}]}
    audience.save()
    assert line(good, marketer, "recipients").state == "bad"
    Campaign.objects.filter(pk=good.pk).update(audience=None)
    assert line(good, marketer, "audience").state == "bad"
    campaign_copy.delete()
    assert line(good, marketer, "copy").state == "bad"


@pytest.mark.parametrize(
    "change",
    [
        {"status": Claim.Status.EXPIRED}, {"status": Claim.Status.DRAFT}, {"visibility": Claim.Visibility.INTERNAL},
        {"valid_until": -1}, {"valid_from": 1}, {"text_en": "Helm runs on the moon."},
    ],
)  # fmt: skip
def test_a_claim_that_no_longer_holds_stops_it(good, marketer, claims, change):
    today = timezone.localdate()  # asked here: when tests are collected it may still be yesterday
    days = {k: today + datetime.timedelta(days=v) for k, v in change.items() if k.startswith("valid_")}
    Claim.objects.filter(pk=claims["private-deployment"].pk).update(**{**change, **days})
    found = line(good, marketer, "sentences")
    assert found.state == "bad"
    assert f"C{claims['private-deployment'].pk}" in found.text
    assert "#s" in found.where
    with pytest.raises(ValidationError, match="sentence 3"):
        preflight.check(good, user=marketer)


def test_a_claim_only_for_another_segment_stops_it(good, marketer, claims, segments):
    claims["languages"].segments.add(segments["banking"])
    assert "sentence 4" in line(good, marketer, "sentences").text
    Campaign.objects.filter(pk=good.pk).update(segment=segments["banking"])
    assert line(good, marketer, "sentences").state == "ok"


@pytest.mark.parametrize("verdict", ["", "unsupported", "contradicted"])
def test_a_sentence_that_does_not_stand_stops_it(good, marketer, campaign_copy, verdict):
    campaign_copy.sentences.filter(position=2).update(verdict=verdict)
    assert line(good, marketer, "sentences").state == "bad"


@pytest.mark.parametrize(
    ("key", "change"),
    [
        ("sender", {"sender_email": "elena@gmail.com"}), ("sender", {"sender_email": ""}), ("sender", {"sender_name": ""}),
        ("sender", {"sender_email": "elena@notfairlead.example"}), ("reply-to", {"reply_to": "no address"}),
    ],
)  # fmt: skip
def test_the_sender_must_be_of_our_house(good, marketer, key, change):
    Campaign.objects.filter(pk=good.pk).update(**change)
    assert line(good, marketer, key).state == "bad"
    Campaign.objects.filter(pk=good.pk).update(
        sender_name="Elena", sender_email="elena@news.fairlead.example", reply_to="elena@gmail.com"
    )
    assert line(good, marketer, "sender").state == "ok"
    assert line(good, marketer, "reply-to").state == "warn"


@pytest.mark.parametrize(
    ("url", "state"),
    [
        ("https://www.fairlead.io/ports?a=1", "ok"), ("http://www.fairlead.io/ports", "warn"),
        ("https://fairlead.example/x", "warn"), ("http://localhost:8000/x", "bad"), ("https://127.0.0.1/x", "bad"),
        ("https://10.0.0.7/x", "bad"), ("https://intranet/x", "bad"), ("https://wiki.internal/x", "bad"),
        ("ftp://fairlead.io/x", "bad"), ("javascript:alert(1)", "bad"), ("www.fairlead.io", "bad"),
        ("https://me:secret@fairlead.io/", "bad"), ("https://fairlead.io:99999/", "bad"), ("https:///x", "bad"),
        ("https://fairlead.io/{{ contact.email }}", "bad"), ("https://[::1]/x", "bad"), ("https://a..b.io/", "bad"),
    ],
)  # fmt: skip
def test_links_are_answerable_in_form(good, marketer, campaign_copy, url, state):
    CopySentence.objects.filter(copy=campaign_copy, position=2).update(text=f"Please see {url}")
    found = lines(good, marketer, "links")
    assert [one.state for one in found] == [state], found
    assert url.split("{")[0] in found[0].text


def test_a_landing_page_that_no_copy_leads_to_is_said(good, marketer, campaign_copy):
    Campaign.objects.filter(pk=good.pk).update(landing_page="https://www.fairlead.io/ports")
    assert [one.state for one in lines(good, marketer, "links")] == ["warn"]
    CopySentence.objects.filter(copy=campaign_copy, position=2).update(text="Read more: https://www.fairlead.io/ports.")
    assert [one.state for one in lines(good, marketer, "links")] == ["ok"]


def test_a_link_is_one_in_the_html_and_ends_where_the_sentence_ends(good, campaign_copy):
    CopySentence.objects.filter(copy=campaign_copy, position=2).update(
        text="See https://a.io/x?a=1&b=2, and (https://b.io)."
    )
    assert copies.addresses(good) == ["https://a.io/x?a=1&b=2", "https://b.io"]
    html = str(links.linked("See https://a.io/x?a=1&b=2, <b> and javascript:alert(1) (https://b.io)."))
    assert html == (
        'See <a href="https://a.io/x?a=1&amp;b=2">https://a.io/x?a=1&amp;b=2</a>, &lt;b&gt; and javascript:alert(1) '
        '(<a href="https://b.io">https://b.io</a>).'
    )
    assert links.find(["请看 https://a.io/端口，谢谢。"]) == ["https://a.io/端口"]


def test_a_way_out_that_nobody_can_reach_stops_real_mail_only(good, marketer, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    assert line(good, marketer, "unsubscribe").state == "bad"
    settings.SITE_URL = "https://crm.fairlead.io"
    assert line(good, marketer, "unsubscribe").state == "ok"
    settings.SITE_URL = "http://crm.fairlead.io"
    assert line(good, marketer, "unsubscribe").state == "bad"


@pytest.mark.parametrize(
    ("server", "catcher", "state"),
    [
        (None, "", "warn"),
        (("mail", 1025), "mail:1025", "warn"),
        (("mail", 1025), "", "bad"),
        (("smtp.fairlead.io", 587), "mail:1025", "bad"),  # the catcher was set up, and then a real server
        (("localhost", 25), "", "bad"),  # may pass on what it gets
    ],
)
def test_what_real_mail_cannot_do_without_is_a_warning_while_nothing_leaves(
    good, marketer, settings, server, catcher, state
):
    settings.POSTAL_ADDRESS, settings.MAIL_CATCHER = " ", catcher
    if server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = server
    assert [line(good, marketer, key).state for key in ("unsubscribe", "postal")] == [state, state]
    settings.POSTAL_ADDRESS = "Fairlead, 1 Example Quay, 20457 Hamburg"
    assert line(good, marketer, "postal").state == "ok"


def test_who_lacks_a_part_or_a_language_is_said_by_name(good, marketer, rep):
    Contact.objects.create(name="Ida Lund", email="ida@x.example", owner=rep)
    Contact.objects.create(name="Luc Petit", email="luc@x.example", language="fr", owner=rep)
    found = line(good, marketer, "variables")
    assert found.state == "warn"
    assert [gap.contact.name for gap in found.found.gaps] == ["Ida Lund"]
    assert line(good, marketer, "language").state == "warn"


def test_a_broken_part_that_came_past_the_editor_is_found(good, marketer, campaign_copy):
    campaign_copy.sentences.filter(position=2).update(text="{% for i in (1..99999) %}x{% endfor %}")
    assert "200 turns" in line(good, marketer, "parts").text
    campaign_copy.sentences.filter(position=2).update(text="{{ contact.nmae }}")
    assert "no part we know" in line(good, marketer, "parts").text


def test_without_a_subject(good, marketer, campaign_copy):
    campaign_copy.subjects = []
    campaign_copy.save()
    assert line(good, marketer, "subject").state == "bad"
