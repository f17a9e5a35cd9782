"""The lead page: what it shows, what each click does with and without htmx, and who may not."""

import html
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from core.models import Need
from core.services import edits
from crm.models import Activity, Competitor, Lead, Message, Requirement
from crm.services import messages, reading, requirements

from .readings import reading as said

pytestmark = pytest.mark.django_db
TEXT = "Hello,\nit must run in our own data centre & answer <b>in German</b>.\n> What is it?\nAnke"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def message(lead, needs):
    return messages.add(lead, text=TEXT, channel="mail", contact=lead.contact)[0]


@pytest.fixture
def read(message):
    result = said(
        message, ("private-deployment", "in our own data centre", 0.97), ("languages", "in German", 0.9),
        ("demo-trial", "", 0.7), known=[("task", "run")], missing=("volume", "budget"),
    )  # fmt: skip
    reading.keep(message, result, {need.key: need for need in Need.objects.all()})
    message.refresh_from_db()
    return message


def page(client, lead, query=""):
    answer = client.get(f"/leads/{lead.pk}/{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def need(key):
    return Requirement.objects.get(need__key=key)


def test_an_empty_lead_says_what_to_do(lead, rep_client):
    text = page(rep_client, lead)
    assert "Hanseatic Freight" in text
    assert "Paste a message to begin" in text
    assert 'hx-trigger="load' not in text


def test_the_text_on_the_page_is_the_stored_text(read, lead, rep_client):
    text = page(rep_client, lead)
    shown = re.search(rf'data-message="{read.pk}"[^>]*>(.*?)</div>', text, re.DOTALL).group(1)
    plain = html.unescape(re.sub(r"<sup>.*?</sup>|<[^>]+>", "", shown))
    assert plain == TEXT
    assert "<b>in German" not in text
    assert f'data-quote="q{need("languages").pk}"' in shown
    assert "is-proposed" in shown
    assert 'class="fl-cited"' in shown


def test_needs_are_numbered_with_intents_last_and_marked(read, lead, rep_client):
    text = page(rep_client, lead)
    numbers = re.findall(r'fl-need-no" aria-hidden="true">(\d)</span>\s*<h3>([^<·]+?)\s*<', text)
    assert [name for _n, name in numbers] == [
        need("private-deployment").need.name, need("languages").need.name, need("demo-trial").need.name
    ]  # fmt: skip
    assert "reader v1" in text
    assert "0.97" in text
    assert "What about volume?" in text
    assert "Clarity 40%" in text


def test_a_waiting_message_polls_and_stops_when_it_is_read(message, lead, rep_client):
    text = page(rep_client, lead)
    assert f'hx-get="/leads/{lead.pk}/needs/?seen={message.pk}' in text
    poll = f"/leads/{lead.pk}/needs/?seen={message.pk}"
    assert rep_client.get(poll, headers=HTMX).status_code == 204
    found = said(message, ("languages", "in German", 0.9))
    reading.keep(message, found, {n.key: n for n in Need.objects.all()})
    answer = rep_client.get(poll, headers=HTMX).content.decode()
    assert 'id="lead-needs"' in answer
    assert 'hx-get="/leads' not in answer
    assert 'id="lead-timeline" hx-swap-oob="true"' in answer
    assert 'id="lead-claims"' in answer
    assert f'data-quote="q{need("languages").pk}"' in answer


def test_one_click_confirms_declines_and_brings_back(read, lead, rep_client):
    row = need("languages")
    assert rep_client.post(f"/requirements/{row.pk}/confirm/", {"version": 1}).url.endswith("#needs")
    assert need("languages").status == "confirmed"
    answer = rep_client.post(f"/requirements/{row.pk}/reject/", {"version": 2}, headers=HTMX)
    assert answer.status_code == 200
    assert "1 declined" in answer.content.decode()
    rep_client.post(f"/requirements/{row.pk}/confirm/", {"version": 3}, headers=HTMX)
    assert need("languages").status == "confirmed"


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_the_second_person_is_told_where_it_happened(read, lead, rep_client, manager, headers):
    row = need("languages")
    requirements.reject(need("languages"), by=manager, expected=1)
    for url, data in [
        (f"/requirements/{row.pk}/confirm/", {"version": 1}),
        (f"/requirements/{row.pk}/change/", {"version": 1, "need": row.need_id, "priority": "must", "status": "met"}),
    ]:
        answer = rep_client.post(url, data, headers=headers)
        assert answer.status_code == 409
        assert "Somebody changed this" in answer.content.decode()
    assert (need("languages").status, need("languages").priority) == ("declined", "should")


def test_confirm_all_takes_what_was_seen(read, lead, rep_client, manager):
    seen = [f"{row.pk}:{row.version}" for row in Requirement.objects.all()]
    edits.change(need("demo-trial"), by=manager, priority="must")
    answer = rep_client.post(f"/leads/{lead.pk}/requirements/confirm/", {"seen": [*seen, "x:y", "1"]}, headers=HTMX)
    assert answer.status_code == 409
    assert "1 was changed" in answer.content.decode()
    assert Requirement.objects.filter(status="confirmed").count() == 2


def test_that_this_is_no_lead_is_confirmed_singly_not_with_the_needs(message, lead, rep_client, needs):
    found = said(message, ("private-deployment", "in our own data centre", 0.97), ("languages", "in German", 0.9),
                 ("not-a-lead", "What is it?", 0.56))  # fmt: skip
    reading.keep(message, found, needs)
    text = page(rep_client, lead)
    assert "Confirm all 2" in text
    assert {
        f'name="seen" value="{row.pk}:{row.version}"' in text for row in [need("languages"), need("private-deployment")]
    } == {True}
    assert f'name="seen" value="{need("not-a-lead").pk}:' not in text


def test_changing_need_priority_and_state_in_one_form(read, lead, rep_client, needs):
    row = need("languages")
    url = f"/requirements/{row.pk}/edit/"
    assert "<html" not in rep_client.get(url, headers=HTMX).content.decode()
    assert "<html" in rep_client.get(url).content.decode()
    data = {"version": 1, "need": needs["machine-translation"].pk, "priority": "must", "status": "gap"}
    rep_client.post(f"/requirements/{row.pk}/change/", data)
    assert need("languages").status == "declined"
    assert (need("machine-translation").status, need("machine-translation").priority) == ("gap", "must")
    assert rep_client.post(f"/requirements/{row.pk}/change/", {"version": 1}, headers=HTMX).status_code == 422


def test_adding_a_need_by_selection_by_words_and_without(read, lead, rep_client, needs):
    start = TEXT.index("answer")
    url = f"/messages/{read.pk}/needs/"
    data = {"need": needs["latency"].pk, "quote": "answer", "start": start, "end": start + 6}
    rep_client.post(url, data)
    assert need("latency").quotes.get().start == start
    rep_client.post(url, {**data, "need": needs["support-sla"].pk, "quote": "Hello, it must"})
    assert need("support-sla").quotes.get().text == "Hello,\nit must"
    rep_client.post(f"/leads/{lead.pk}/requirements/", {"need": needs["cost-control"].pk})
    assert need("cost-control").status == "confirmed"
    answer = rep_client.post(url, {**data, "quote": "not there at all"}, headers=HTMX)
    assert answer.status_code == 422
    assert "do not stand in the message" in html.unescape(answer.content.decode())
    assert rep_client.post(url, {"need": "", "quote": "x"}, headers=HTMX).status_code == 422


def test_the_composer_takes_text_file_reply_note_and_task(lead, rep_client):
    base = f"/leads/{lead.pk}"
    upload = SimpleUploadedFile("a.pdf", b"%PDF-1.7 x")
    data = {"text": "<p>We need</p><p>OCR</p>", "channel": "chat", "contact": lead.contact_id, "file": upload}
    rep_client.post(f"{base}/messages/", data)
    rep_client.post(f"{base}/replies/", {"text": "How many pages?", "channel": "mail"})
    rep_client.post(f"{base}/notes/", {"text": "Called them"})
    rep_client.post(f"{base}/tasks/", {"title": "Send price", "due_at": "2030-01-02T09:00"})
    assert set(Message.objects.values_list("channel", "text", "state", "outgoing")) == {
        ("chat", "We need\n\nOCR", "waiting", False), ("file", "", "extracting", False), ("mail", "How many pages?", "none", True),
    }  # fmt: skip
    assert Activity.objects.get(kind="note").text == "Called them"
    text = page(rep_client, lead)
    for words in ("Called them", "Send price", "How many pages?", "a.pdf"):
        assert words in text


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"text": " ", "channel": "mail"}, "Paste what they wrote"),
        ({"text": "x" * 1_048_577, "channel": "mail"}, "at most 1 MB"),
        ({"text": "\x01\x02\x03\x04", "channel": "mail"}, "binary"),
    ],
)
def test_what_is_refused_stays_in_the_composer(lead, rep_client, data, words):
    answer = rep_client.post(f"/leads/{lead.pk}/messages/", data)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Message.objects.exists()


def test_a_failed_message_can_be_read_again(message, lead, rep_client):
    Message.objects.filter(pk=message.pk).update(state="failed", problem="The reader stopped.")
    assert "The reader stopped." in page(rep_client, lead)
    rep_client.post(f"/messages/{message.pk}/read/")
    message.refresh_from_db()
    assert message.state == "waiting"


def test_a_question_is_taken_over_without_scripts(read, lead, rep_client):
    assert ">What about budget?</textarea>" in page(rep_client, lead, "?tab=reply&ask=budget")


def test_facts_are_edited_in_place(lead, rep_client, manager):
    url = f"/leads/{lead.pk}/fields"
    rep_client.post(f"{url}/value/", {"value": "99000", "currency": "USD", "version": 1})
    lead.refresh_from_db()
    assert (lead.value, lead.currency) == (99000, "USD")
    answer = rep_client.post(f"{url}/value/", {"value": "1", "currency": "EUR", "version": 1})
    assert answer.status_code == 409
    assert "Somebody changed this" in answer.content.decode()
    assert rep_client.post(f"{url}/value/", {"value": "-5", "currency": "EUR", "version": 2}).status_code == 422
    assert rep_client.post(f"{url}/team/", {"version": 2}).status_code == 404
    rival = Competitor.objects.create(name="Corvid AI")
    rep_client.post(f"{url}/competitors/", {"competitors": [rival.pk], "version": 2})
    assert "Against Corvid AI" in page(rep_client, lead)


def test_one_may_not_give_a_lead_to_anyone(lead, rep_client, other_rep):
    answer = rep_client.post(f"/leads/{lead.pk}/fields/owner/", {"owner": other_rep.pk, "version": 1})
    assert answer.status_code == 422


def test_a_long_message_is_cut_and_has_a_page(lead, rep_client):
    message = messages.add(lead, text="word " * 5000, channel="mail")[0]
    assert "19000 more characters" in page(rep_client, lead).replace(",", "")
    assert rep_client.get(f"/messages/{message.pk}/").content.decode().count("word ") >= 5000


@pytest.mark.parametrize(
    "text", ["😀🎉", "שלום, אנחנו צריכים תרגום", "We need 私有化部署", "<script>alert(1)</script> ok"]
)
def test_unusual_texts_are_shown(lead, rep_client, text):
    messages.add(lead, text=text, channel="mail")
    shown = page(rep_client, lead)
    assert html.escape(text, quote=False) in shown or text in shown
    assert "<script>alert" not in shown


def test_the_page_asks_the_database_little(read, lead, rep, rep_client, django_assert_max_num_queries):
    for number in range(12):
        other = messages.add(lead, text=f"{TEXT} {number}", channel="mail", contact=lead.contact)[0]
        found = said(other, ("private-deployment", "in our own data centre", 0.97), ("latency", "run", 0.9))
        reading.keep(other, found, {n.key: n for n in Need.objects.all()})
    requirements.confirm(need("latency"), by=rep, expected=1)
    page(rep_client, lead)
    with django_assert_max_num_queries(60):
        page(rep_client, lead)


def urls(lead, message, row):
    gets = [
        f"/leads/{lead.pk}/",
        f"/leads/{lead.pk}/needs/",
        f"/messages/{message.pk}/",
        f"/requirements/{row.pk}/edit/",
    ]
    posts = [
        f"/leads/{lead.pk}/messages/", f"/leads/{lead.pk}/replies/", f"/leads/{lead.pk}/notes/", f"/leads/{lead.pk}/fields/value/",
        f"/leads/{lead.pk}/requirements/", f"/leads/{lead.pk}/requirements/confirm/", f"/messages/{message.pk}/read/",
        f"/messages/{message.pk}/needs/", f"/requirements/{row.pk}/confirm/", f"/requirements/{row.pk}/reject/",
        f"/requirements/{row.pk}/change/",
    ]  # fmt: skip
    return gets, posts


def test_a_stranger_finds_nothing_and_a_reader_changes_nothing(
    read, lead, stranger_client, marketer_client, client, sign_in, teammate
):
    gets, posts = urls(lead, read, need("languages"))
    for url in gets:
        assert stranger_client.get(url).status_code == 404, url
        assert client.get(url).status_code == 302, url
    for url in posts:
        assert stranger_client.post(url, {"version": 1}).status_code == 404, url
        for reader in (marketer_client, sign_in(teammate)):
            assert reader.post(url, {"version": 1}).status_code == 403, url
        assert client.post(url).status_code == 302, url
    assert marketer_client.get(f"/leads/{lead.pk}/").status_code == 200
    assert "Confirm all" not in page(marketer_client, lead)
    assert set(Requirement.objects.values_list("status", flat=True)) == {"proposed"}
    assert Message.objects.count() == 1
    assert Lead.objects.get(pk=lead.pk).version == 1


def test_numbers_that_are_none_do_no_harm(read, lead, rep_client):
    row = need("languages")
    assert rep_client.post(f"/requirements/{row.pk}/confirm/", {"version": "x" * 99}).status_code == 409
    assert rep_client.get(f"/leads/{lead.pk}/?most=99999999999999&show=nonsense").status_code == 200
    assert rep_client.get(f"/leads/{lead.pk}/needs/?seen=1,2,x").status_code == 200
    assert rep_client.post(f"/messages/{read.pk}/needs/", {"need": "999999", "quote": "x"}).status_code == 422
    superscript = "²"  # a digit to `isdigit`, no number to `int`
    assert rep_client.post(f"/requirements/{row.pk}/confirm/", {"version": superscript}).status_code == 409
    assert rep_client.post(f"/leads/{lead.pk}/requirements/confirm/", {"seen": f"{superscript}:1"}).status_code == 302
    assert rep_client.get(f"/leads/{lead.pk}/?most={superscript}").status_code == 200
    assert rep_client.get(f"/leads/{lead.pk}/needs/?seen={superscript}").status_code == 200
    assert rep_client.get(f"/claims/?product={superscript}").status_code == 200
    big = "9" * 30
    for seen in (f"{big}:1", f"{row.pk}:{big}"):
        assert rep_client.post(f"/leads/{lead.pk}/requirements/confirm/", {"seen": seen}).status_code == 302
    assert (
        rep_client.post(
            f"/messages/{read.pk}/needs/", {"need": row.need_id, "quote": "x", "start": big, "end": big}
        ).status_code
        == 422
    )
    assert rep_client.get(f"/leads/{big}/").status_code == 404
