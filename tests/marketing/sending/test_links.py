"""What recipients press: nobody is signed in, everything is signed."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from marketing.models import Consent, Delivery, Link, Response, Suppression
from marketing.services import clicks, consents, letters, planning, signatures, unsubscribing

BROWSER = {"HTTP_USER_AGENT": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"}


@pytest.fixture
def delivery(ready, people, marketer):
    """A mail that arrived an hour ago."""
    (contact,) = people(1)
    planning.plan(ready, by=marketer)
    Delivery.objects.update(state="sent", sent_at=timezone.now() - timedelta(hours=1))
    return Delivery.objects.get(person=contact.pk)


@pytest.fixture
def visitor():
    """Who knows no cookie and no CSRF token."""
    return Client(enforce_csrf_checks=True)


def path(url):
    return url.removeprefix("http://localhost:8000")


@pytest.fixture
def leave(delivery):
    return path(unsubscribing.link(delivery))


def written():
    return (Consent.objects.count(), Suppression.objects.count(), Response.objects.count())


# unsubscribe


def test_one_click_acts_without_cookies_login_or_redirect(visitor, leave, delivery):
    answer = visitor.post(leave, "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 200
    assert not answer.cookies
    assert consents.may_write(delivery.contact) == Delivery.Skipped.UNSUBSCRIBED
    response = Response.objects.get()
    assert (response.kind, response.delivery, response.who) == ("unsubscribe", delivery, "human")
    latest = Consent.objects.filter(contact=delivery.contact).first()
    assert (latest.given, latest.source, latest.ip) == (False, "unsubscribe", "127.0.0.1")


@pytest.mark.parametrize(
    ("proxied", "told", "kept"),
    [
        (True, "203.0.113.9, 198.51.100.7", "198.51.100.7"),  # the first may be anybody's invention
        (True, "not an address", "127.0.0.1"),
        (True, "", "127.0.0.1"),
        (False, "198.51.100.7", "127.0.0.1"),
    ],
)
def test_behind_our_proxy_the_address_it_saw_is_kept(visitor, leave, settings, proxied, told, kept):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if proxied else None
    visitor.post(leave, headers={"x-forwarded-for": told, "x-forwarded-proto": "https"})
    assert Consent.objects.get(given=False).ip == kept


def test_looking_at_the_page_changes_nothing(visitor, leave):
    before = written()
    for method in (visitor.get, visitor.head):
        answer = method(leave, **BROWSER)
        assert (answer.status_code, dict(answer.cookies)) == (200, {})
    assert b'method="post"><button' in visitor.get(leave).content
    assert written() == before


def test_a_second_time_does_nothing_more(visitor, leave):
    visitor.post(leave)
    after = written()
    assert visitor.post(leave).status_code == 200
    assert written() == after


@pytest.mark.parametrize("change", ["mark", "delivery", "kind", "case", "letters", "long"])
def test_a_forged_link_finds_nothing_and_writes_nothing(visitor, leave, delivery, change):
    token = leave.split("/")[2]
    first, rest = token.split("-", 1)
    forged = {
        "mark": token[:-1] + ("a" if token[-1] != "a" else "b"),
        "delivery": f"{int(first) + 1}-{rest}",
        "kind": signatures.token("click", *token.split("-")[:3]),
        "case": f"x{token}", "letters": "ü" * 20, "long": token + "a" * 300,
    }[change]  # fmt: skip
    before = written()
    for method in (visitor.get, visitor.post):
        assert method(f"/u/{forged}/").status_code == 404
    assert written() == before


def test_a_mail_server_that_changes_case_does_no_harm(visitor, leave, delivery):
    assert visitor.post(f"/u/{leave.split('/')[2].upper()}/").status_code == 200
    assert consents.may_write(delivery.contact) == Delivery.Skipped.UNSUBSCRIBED


def test_it_still_works_when_contact_and_campaign_are_gone(visitor, leave, delivery):
    address = delivery.address
    delivery.contact.delete()
    delivery.delete()
    assert visitor.post(leave).status_code == 200
    assert consents.suppressed([address, "other@baltic.example"]) == {address}


def test_links_outlive_a_change_of_the_secret_key(visitor, leave, delivery, settings):
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another"
    assert visitor.post(leave).status_code == 200
    assert consents.suppressed([delivery.address]) == {delivery.address}


def test_only_their_own_word_lifts_an_unsubscribe(delivery, people):
    contact = delivery.contact
    consents.withdraw(contact, source="unsubscribe")
    consents.give(contact, wording="Imported", policy="1", source="import")
    assert consents.may_write(contact) == Delivery.Skipped.UNSUBSCRIBED
    consents.give(contact, wording="Yes, write to me", policy="1", source="form")
    assert consents.may_write(contact) == ""
    consents.suppress(contact.email, "complained")
    consents.give(contact, wording="Yes, write to me", policy="1", source="form")
    assert consents.may_write(contact) == Delivery.Skipped.SUPPRESSED


# clicks


@pytest.fixture
def link(ready, delivery):
    letters.stored_links(ready)
    return Link.objects.get()


@pytest.fixture
def click(visitor, delivery, link):
    """Follow the link as a person would, or with other headers."""

    def follow(method="get", **headers):
        return getattr(visitor, method)(path(clicks.link(delivery.pk, link.pk)), **{**BROWSER, **headers})

    return follow


def test_a_click_leads_to_the_stored_address_with_the_campaigns_names(click, delivery, link):
    answer = click()
    assert answer.status_code == 302
    assert answer["Location"] == (
        "https://fairlead.example.com/ports?x=1&utm_source=fairlead&utm_medium=email&utm_campaign=private-assistants"
    )
    response = Response.objects.get()
    assert (response.kind, response.who, response.link, response.delivery) == ("click", "human", link, delivery)


def test_names_that_stand_in_the_address_stay(ready):
    link = Link(url="https://fairlead.example.com/?utm_source=ours#part")
    assert clicks.target(link, ready) == (
        "https://fairlead.example.com/?utm_source=ours&utm_medium=email&utm_campaign=private-assistants#part"
    )


def test_a_replay_is_counted_once(click):
    for _n in range(5):
        assert click().status_code == 302
    assert Response.objects.count() == 1


@pytest.mark.parametrize(
    ("method", "headers", "who"),
    [
        ("head", {}, "scanner"), ("get", {"HTTP_USER_AGENT": ""}, "scanner"), ("get", {"HTTP_USER_AGENT": "python-requests/2"}, "scanner"),
        ("get", {"HTTP_USER_AGENT": "Mozilla/5.0 (compatible; Barracuda Sentinel)"}, "scanner"),
        ("get", {"HTTP_SEC_PURPOSE": "prefetch;prerender"}, "machine"), ("get", {"HTTP_USER_AGENT": "Mozilla/5.0 GoogleImageProxy"}, "machine"),
        ("get", {}, "human"),
    ],
)  # fmt: skip
def test_people_are_told_from_machines(click, method, headers, who):
    click(method, **headers)
    assert Response.objects.get().who == who


def test_nobody_reads_a_mail_within_seconds(click):
    Delivery.objects.update(sent_at=timezone.now())
    click()
    assert Response.objects.get().who == "scanner"


def test_who_follows_all_links_at_once_is_a_scanner(visitor, ready, delivery):
    links = [Link.objects.create(campaign=ready, url=f"https://fairlead.example.com/{n}") for n in range(4)]
    for link in links:
        visitor.get(path(clicks.link(delivery.pk, link.pk)), **BROWSER)
    assert set(Response.objects.values_list("who", flat=True)) == {"scanner"}


def test_a_scanner_does_not_hide_the_person_after_it(click):
    click("head")
    click()
    assert set(Response.objects.values_list("who", flat=True)) == {"scanner", "human"}


def test_a_link_leads_nowhere_else(visitor, click, delivery, link, campaign, marketer):
    other = Link.objects.create(
        campaign=type(campaign).objects.create(name="Other", owner=marketer), url="https://evil.example.com/"
    )
    good = path(clicks.link(delivery.pk, link.pk)).split("/")[2]
    forged = [
        signatures.token("click", delivery.pk, other.pk), signatures.token("click", delivery.pk, link.pk, 1),
        signatures.token("unsubscribe", delivery.pk, link.pk), good[:-1] + "a" if good[-1] != "a" else good[:-1] + "b",
        "https:evil.example.com", f"{good}?next=https://evil.example.com",
    ]  # fmt: skip
    for token in forged[:-1]:
        assert visitor.get(f"/r/{token}/", **BROWSER).status_code == 404
    assert visitor.get(f"/r/{good}/?next=https://evil.example.com", **BROWSER)["Location"].startswith(link.url)
    assert visitor.post(f"/r/{good}/").status_code in (403, 405)
    assert Response.objects.count() == 1
