"""The API of messages and requirements: idempotent, scoped, and in the schema."""

import pytest

from core.models import Need
from core.services import tokens
from crm.models import Company, Lead, Message, Requirement
from crm.services import messages, reading

from .readings import reading as said

pytestmark = pytest.mark.django_db
URL = "/api/v1/messages/"


@pytest.fixture
def post(client):
    def call(url, data, user):
        _token, secret = tokens.make(user, "test")
        return client.post(url, data, content_type="application/json", headers={"Authorization": f"Bearer {secret}"})

    return call


@pytest.fixture
def get(client):
    def call(url, user):
        _token, secret = tokens.make(user, "test")
        return client.get(url, headers={"Authorization": f"Bearer {secret}"})

    return call


@pytest.fixture
def message(lead, needs):
    row = messages.add(lead, text="It must run fast.", channel="mail")[0]
    reading.keep(row, said(row, ("latency", "run fast", 0.9)), {need.key: need for need in Need.objects.all()})
    return row


def test_the_first_post_is_201_and_the_same_again_200(post, lead, rep):
    data = {"text": "We need OCR.", "channel": "form", "external_id": "web-7", "lead": lead.pk}
    first, again = post(URL, data, rep), post(URL, {**data, "text": "other"}, rep)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    assert first.json()["state"] == "waiting"
    assert first.json()["clarity"] is None
    assert Message.objects.count() == 1


def test_create_makes_company_contact_and_lead_once(post, pipeline, rep):
    data = {
        "text": "We need OCR.", "create": True, "company": {"name": "Nordlicht"},
        "contact": {"name": "Ida", "email": "ida@nordlicht.example"},
    }  # fmt: skip
    assert [post(URL, data, rep).status_code for _ in range(2)] == [201, 201]
    assert Company.objects.count() == Lead.objects.count() == 1
    assert post(URL, {**data, "create": False, "company": {}, "contact": {}}, rep).status_code == 400


@pytest.mark.parametrize(
    "data",
    [
        {}, {"text": ""}, {"text": "\x01\x02\x03\x04"}, {"text": "x", "channel": "file"}, {"text": "x", "sent_at": "soon"},
        {"text": "x" * 1_048_577}, {"text": 5.5e300, "lead": "x"}, {"text": "x", "company": "Nordlicht"}, [], {"text": None},
    ],
)  # fmt: skip
def test_bad_input_is_400_and_nothing_is_stored(post, lead, rep, data):
    sent = {"lead": lead.pk, **data} if isinstance(data, dict) else data
    assert post(URL, sent, rep).status_code == 400
    assert not Message.objects.exists()


def test_odd_values_are_refused_and_not_fallen_over(post, message, lead, rep):
    big, row = 10**30, Requirement.objects.get()
    base = f"/api/v1/leads/{lead.pk}/requirements/"
    for url, data, code in [
        (URL, {"text": "x", "lead": big}, 404),
        (URL, {"text": "x", "lead": lead.pk, "sent_at": "0001-01-01T00:00:00+14:00"}, 400),
        (URL, {"text": "x", "company": {"domain": "http://[::1"}, "create": True}, 400),
        (base, {"need": "latency", "message": big}, 404),
        (base, {"need": "latency", "message": message.pk, "start": big, "end": big + 1}, 400),
        (f"{base}{row.pk}/confirm/", {"version": big}, 409),
    ]:
        assert post(url, data, rep).status_code == code, (url, data)


def test_a_known_id_of_a_stranger_is_as_an_unknown_one(post, message, lead, rep, other_rep, pipeline):
    data = {"text": "We need OCR.", "external_id": "web-7", "create": True, "contact": {"email": "o@other.example"}}
    theirs = post(URL, {**data, "lead": lead.pk}, rep).json()
    unknown = post(URL, {**data, "external_id": "web-8"}, other_rep)
    known = post(URL, data, other_rep)
    assert (unknown.status_code, known.status_code) == (201, 201)
    assert known.json().keys() == unknown.json().keys()
    assert known.json()["id"] != theirs["id"]
    assert known.json()["lead"] == unknown.json()["lead"]
    assert post(URL, data, other_rep).status_code == 200  # within each team it is stored once
    assert post(URL, {**data, "lead": lead.pk}, rep).json()["id"] == theirs["id"]
    assert Message.objects.filter(external_id="web-7").count() == 2


def test_detail_shows_the_reading(get, message, rep):
    data = get(f"{URL}{message.pk}/", rep).json()
    assert (data["state"], data["language"], data["clarity"]["score"]) == ("read", "en", 0.4)
    (found,) = data["requirements"]
    assert (found["need"], found["status"], found["quotes"][0]["text"]) == ("latency", "proposed", "run fast")
    assert found["reasons"] == [{"text": "run", "weight": 1.2}]


def test_list_is_narrowed_and_scoped(get, message, rep, other_rep):
    assert len(get(f"{URL}?lead={message.lead_id}&state=read", rep).json()["results"]) == 1
    for query in ("?lead=x", "?state=waiting", "?lead=99999999999999999999"):
        assert get(URL + query, rep).json()["results"] == []
    assert get(URL, other_rep).json()["results"] == []


def test_a_message_is_never_changed(client, message, rep):
    _token, secret = tokens.make(rep, "test")
    for verb in (client.put, client.patch, client.delete):
        answer = verb(
            f"{URL}{message.pk}/", {}, content_type="application/json", headers={"Authorization": f"Bearer {secret}"}
        )
        assert answer.status_code == 405


def test_requirements_are_corrected_with_the_version_seen(post, get, message, lead, rep):
    base = f"/api/v1/leads/{lead.pk}/requirements/"
    (row,) = get(base, rep).json()["results"]
    one = f"{base}{row['id']}/"
    confirmed = post(f"{one}confirm/", {"version": 1}, rep)
    assert (confirmed.json()["status"], confirmed.json()["version"]) == ("confirmed", 2)
    assert post(f"{one}reject/", {"version": 1}, rep).status_code == 409
    assert post(f"{one}reject/", {}, rep).status_code == 400
    assert post(f"{one}priority/", {"version": 2, "priority": "must"}, rep).json()["priority"] == "must"
    assert post(f"{one}status/", {"version": 3, "status": "gap"}, rep).json()["status"] == "gap"
    changed = post(f"{one}change/", {"version": 4, "need": "throughput-scale"}, rep)
    assert (changed.json()["need"], changed.json()["status"]) == ("throughput-scale", "confirmed")
    added = post(base, {"need": "languages", "message": message.pk, "quote": "must run"}, rep)
    assert added.status_code == 201
    assert added.json()["quotes"][0]["start"] == 3
    assert post(base, {"need": "languages", "message": message.pk, "start": 0, "end": 999}, rep).status_code == 400
    assert post(base, {"need": "no-such-need"}, rep).status_code == 400


def test_strangers_get_404_readers_403_nobody_401(client, post, get, message, lead, other_rep, teammate):
    row = Requirement.objects.get()
    base = f"/api/v1/leads/{lead.pk}/requirements/"
    for url in (f"{URL}{message.pk}/", base, f"{base}{row.pk}/"):
        assert get(url, other_rep).status_code == 404, url
        assert get(url, teammate).status_code == 200, url
        assert client.get(url).status_code == 401, url
    data = {"version": 1, "need": "languages", "status": "gap", "priority": "must"}
    for verb in ("confirm", "reject", "change", "status", "priority"):
        assert post(f"{base}{row.pk}/{verb}/", data, other_rep).status_code == 404, verb
        assert post(f"{base}{row.pk}/{verb}/", data, teammate).status_code == 403, verb
    assert post(base, data, other_rep).status_code == 404
    assert post(base, data, teammate).status_code == 403
    assert post(URL, {"text": "x", "lead": lead.pk}, other_rep).status_code == 404
    assert post(URL, {"text": "x", "lead": lead.pk}, teammate).status_code == 403
    row.refresh_from_db()
    assert row.version == 1


def test_a_requirement_of_another_lead_is_not_reached_through_ones_own(post, message, rep, lead, pipeline, stages):
    mine = Lead.objects.create(title="Mine", pipeline=pipeline, stage=stages["new"], owner=rep, team=rep.team)
    row = Requirement.objects.get()
    assert post(f"/api/v1/leads/{mine.pk}/requirements/{row.pk}/confirm/", {"version": 1}, rep).status_code == 404


def test_a_token_that_only_reads_writes_nothing(client, lead, rep):
    _token, secret = tokens.make(rep, "test", read_only=True)
    answer = client.post(
        URL,
        {"text": "x", "lead": lead.pk},
        content_type="application/json",
        headers={"Authorization": f"Bearer {secret}"},
    )
    assert answer.status_code == 403
    assert not Message.objects.exists()
