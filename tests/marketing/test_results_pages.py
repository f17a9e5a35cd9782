"""The tab Results: figures, their rows, files, and the mails that matched none; looked at in a real browser."""

import datetime
import random
import re
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from core.models import AuditEntry
from crm.models import Company, Contact, Lead
from marketing.models import Campaign, CampaignCopy, CopySentence, CostLine, InboundMail, Response
from tests.marketing.test_results import copy, people, sent  # noqa: F401 (fixtures)

Kind, Who = Response.Kind, Response.Who


@pytest.fixture
def url(campaign):
    return f"/campaigns/{campaign.pk}/results/"


def _text(answer):
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def test_nothing_sent_yet(url, campaign, marketer_client):
    page = _text(marketer_client.get(url))
    assert "Results appear here once mails go out" in page
    assert "too few" not in page
    CostLine.objects.create(campaign=campaign, what="Design", amount=Decimal("40.00"))
    assert "ROI" not in _text(marketer_client.get(url))  # nothing was lost yet: nobody got a mail


def test_the_page(url, campaign, sent, marketer_client, people, stages):  # noqa: F811
    CostLine.objects.create(campaign=campaign, what="Design", amount=Decimal("40.00"))
    lead = Lead.objects.filter(contact=people[5]).first()
    Lead.objects.filter(pk=lead.pk).update(
        stage=stages["won"], closed_at=timezone.now(), value=Decimal("90.00"), title="Big deal"
    )
    page = _text(marketer_client.get(url))
    assert "10 planned 10 sent 0 came back 0 failed 0 skipped 0 unknown 0 waiting" in page
    assert "3 of 10, too few for a rate" in page
    assert "Not enough data" in page
    assert "4% against 5% takes 6,745 a side" in page
    assert "2.2 × last touch 2.2 ×, ROI +125%" in page
    assert "1 won lead, treat with care" in page
    assert "Big deal" in page
    assert "opens" not in page.lower().replace("opens are not measured", "")


@pytest.mark.parametrize("by", ["segment", "need", "claim", "nonsense"])
def test_each_way_to_look(by, url, sent, marketer_client):  # noqa: F811
    page = _text(marketer_client.get(url, {"by": by}))
    assert {"segment": "Logistics", "need": "Latency", "claim": "own data centre"}.get(
        by, "Logistics"
    ).lower() in page.lower()


def test_every_link_of_the_page_shows_as_many_rows_as_it_says(url, sent, deliver, campaign, marketer_client):  # noqa: F811
    for reason in ("no-consent", "suppressed", "suppressed"):
        deliver(campaign, state="skipped", reason=reason)
    seen = 0
    for by in ("segment", "need", "claim"):
        html = marketer_client.get(url, {"by": by}).content.decode()
        for address, n in re.findall(
            r'href="(/campaigns/\d+/results/(?:mails|leads)/[^"]*)">(?:[^<\d]+ )?(\d+)</a>', html
        ):
            answer = marketer_client.get(address.replace("&amp;", "&"))
            assert answer.context["count"] == int(n), address
            seen += 1
    assert seen > 50


def test_rows_say_what_came_back(url, sent, marketer_client, people):  # noqa: F811
    page = _text(marketer_client.get(url + "mails/?show=clicked"))
    assert "Clicked by a person 3" in page
    assert "Person 5" in page
    assert "Click · Scanner" in page
    assert "Person 7" not in page


@pytest.mark.parametrize(
    "query",
    [
        "show=nonsense",
        "reason=x",
        "variant=-1",
        "segment=x",
        "need=99999999999999999999",
        "claim=%00",
        "copy=1e3",
        "need=999999",
        "copy=999999",
    ],
)
def test_what_cannot_be_shown(query, url, sent, marketer_client):  # noqa: F811
    assert marketer_client.get(f"{url}mails/?{query}").status_code == 404
    assert marketer_client.get(f"{url}leads/?show=x").status_code == 404


def test_files(url, sent, marketer_client, manager_client, rep_client):  # noqa: F811
    answer = marketer_client.post(url + "mails.csv?show=clicked")
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert len(lines) == 4
    assert "-clicked.csv" in answer["Content-Disposition"]
    leads = (
        b"".join(marketer_client.post(url + "leads.csv?show=open").streaming_content).decode("utf-8-sig").splitlines()
    )
    assert len(leads) == 13
    assert AuditEntry.objects.filter(verb="export").count() == 2
    for client in (manager_client, rep_client):
        for name in ("mails", "leads"):
            assert client.post(f"{url}{name}.csv").status_code == 403
    assert AuditEntry.objects.filter(verb="export").count() == 2


def test_a_manager_reads_without_names_of_other_teams(url, sent, manager_client, other_team, other_rep):  # noqa: F811
    Contact.objects.update(team=other_team, owner=other_rep)
    page = _text(manager_client.get(url + "mails/"))
    assert page.count("A contact of another team") == 10
    assert "Person 1" not in page
    assert "CSV" not in page


def test_a_rep_is_refused(url, sent, rep_client):  # noqa: F811
    for address in (url, url + "mails/", url + "leads/", "/campaigns/inbound/"):
        assert rep_client.get(address).status_code == 403


def test_as_many_queries_for_many_rows(url, campaign, sent, deliver, marketer_client, people, copy):  # noqa: F811
    def count(path):
        marketer_client.get(path)
        with CaptureQueriesContext(connection) as captured:
            assert marketer_client.get(path).status_code == 200
        return len(captured)

    paths = [url, url + "mails/", url + "leads/", "/campaigns/inbound/"]
    few = [count(path) for path in paths]
    for person in people:
        for step in range(2, 5):
            deliver(campaign, person, copy=copy, step=step)
    assert [count(path) for path in paths] == few


def test_an_empty_mail_folder_is_not_called_matched(campaign, delivery, url, marketer_client):
    assert "Nothing has come in yet" in _text(marketer_client.get("/campaigns/inbound/"))
    InboundMail.objects.create(digest="b", kind="reply", subject="Yes please", delivery=delivery, matched_by="token")
    assert "Every mail that came in was matched" in _text(marketer_client.get("/campaigns/inbound/"))


def test_mails_that_matched_none_are_shown(campaign, delivery, url, marketer_client):
    InboundMail.objects.create(
        digest="a", kind="bounce", subject="<b>Undelivered</b>", sender="x@y.example", detail="Its token is not ours: z"
    )
    InboundMail.objects.create(digest="b", kind="reply", subject="Yes please", delivery=delivery, matched_by="token")
    page = marketer_client.get("/campaigns/inbound/")
    assert "Its token is not ours" in _text(page)
    assert "&lt;b&gt;Undelivered" in page.content.decode()
    assert "Yes please" not in _text(page)
    assert "Yes please" in _text(marketer_client.get("/campaigns/inbound/?show=all"))
    assert "1 mail came in that matched none of ours" in _text(marketer_client.get(url))


def test_a_manager_reads_no_mail_from_contacts_of_other_teams(delivery, manager_client, other_team, other_rep):
    InboundMail.objects.create(
        digest="b",
        kind="reply",
        subject="Yes please",
        sender="mara@hafen.example",
        detail="Call me at 5",
        delivery=delivery,
    )
    assert "mara@hafen.example" in _text(manager_client.get("/campaigns/inbound/?show=all"))
    Contact.objects.update(team=other_team, owner=other_rep)
    page = _text(manager_client.get("/campaigns/inbound/?show=all"))
    assert "A contact of another team" in page
    assert not any(words in page for words in ("Yes please", "mara@hafen.example", "Call me"))


def test_in_chinese(url, sent, marketer, sign_in):  # noqa: F811
    marketer.language = "zh-hans"
    marketer.save()
    with translation.override("en"):  # what the request switches on stays on for this thread
        assert sign_in(marketer).get(url).status_code == 200


@pytest.fixture
def busy(campaign, audience, contact, company, claims, segments, stages, pipeline, rep, team, deliver, needs):
    """A campaign of 2,600 mails with everything that can come back."""
    from crm.models import Requirement

    rng = random.Random(4)
    letter = CampaignCopy.objects.create(
        campaign=campaign,
        language="en",
        subjects=["An assistant inside your own walls", "Your documents, your servers, your answers"],
    )
    for position, key in enumerate(("private-deployment", "explainability", "latency")):
        CopySentence.objects.create(copy=letter, position=position, text="…").claims.add(claims[key])
    Campaign.objects.filter(pk=campaign.pk).update(state="sending", currency="EUR")
    CostLine.objects.create(campaign=campaign, what="Design and print", amount=Decimal("8400.00"))
    other = Campaign.objects.create(name="Spring, answers with sources", audience=audience, state="done")
    now = timezone.now()
    made = []
    for n in range(60):
        firm = Company.objects.create(
            name=f"{rng.choice(['Baltic', 'Rhine', 'Alpine', 'Harbour'])} {rng.choice(['Ferries', 'Dairy', 'Workshops', 'Freight'])} {n}",
            owner=rep,
            team=team,
        )
        person = Contact.objects.create(
            name=f"Person {n}", email=f"p{n}@firm{n}.example", company=firm, owner=rep, team=team
        )
        made.append(person)
        stage = stages[["new", "discovery", "pilot", "won", "lost"][n % 5]]
        lead = Lead.objects.create(
            title=f"Assistant for {firm.name}", company=firm, contact=person, pipeline=pipeline, stage=stage, value=Decimal(rng.randrange(20, 120) * 1000),
            segment=segments[["logistics", "logistics-large", "banking"][n % 3]], owner=rep, team=team,
            closed_at=now - datetime.timedelta(hours=5) if stage.kind != "open" else None,
        )  # fmt: skip
        for key in rng.sample(["latency", "private-deployment", "explainability"], 2):
            Requirement.objects.create(lead=lead, need=needs[key], status="confirmed")
        if n % 4 == 3:
            deliver(other, person, days=rng.randrange(20, 90))
    states = ["sent"] * 92 + ["bounced"] * 2 + ["failed"] + ["skipped"] * 4 + ["planned"]
    from marketing.models import Delivery

    rows = []
    for n in range(2600):
        person = made[n] if n < 60 else None
        state = "ambiguous" if n in (500, 900) else "sent" if n < 60 else rng.choice(states)
        at = now - datetime.timedelta(days=3)
        rows.append(Delivery(
            campaign=campaign, contact=person, person=n + 1_000_000, address=person.email if person else f"c{n}@elsewhere{n}.example", state=state, copy=letter, variant=n % 2,
            reason=rng.choice(["no-consent", "suppressed", "unsubscribed"]) if state == "skipped" else "", due_at=at, message_id=f"<busy.{n}@x>",
            sent_at=at if state in ("sent", "bounced") else None, error="550 5.1.1 no such user" if state in ("bounced", "failed") else "",
        ))  # fmt: skip
    Delivery.objects.bulk_create(rows, batch_size=500)
    back = []
    for row in Delivery.objects.filter(campaign=campaign, state="sent"):
        if rng.random() < (0.055 if row.variant else 0.044):
            back.append((row, Kind.CLICK, Who.HUMAN))
        for share, kind, who in ((0.12, Kind.CLICK, Who.SCANNER), (0.08, Kind.CLICK, Who.MACHINE), (0.011, Kind.REPLY, Who.HUMAN), (0.004, Kind.UNSUBSCRIBE, Who.HUMAN),
                                 (0.001, Kind.COMPLAINT, Who.HUMAN), (0.02, Kind.AUTO_REPLY, Who.MACHINE)):  # fmt: skip
            if rng.random() < share:
                back.append((row, kind, who))
    Response.objects.bulk_create(Response(delivery=row, kind=kind, who=who) for row, kind, who in back)
    for n in range(4):
        InboundMail.objects.create(
            digest=str(n),
            kind=["bounce", "reply", "other", "auto-reply"][n],
            subject="Undelivered Mail Returned to Sender",
            sender="mailer-daemon@elsewhere.example",
            detail="Its token is not ours: bounces+41-aaaaaaaaaaaaaaaaaaaaaaaaaa@fairlead.example" if n == 0 else "",
        )
    return campaign


@pytest.mark.browser
@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (1440, "dark"), (390, "light"), (390, "dark")])
def test_it_looks_right(width, scheme, busy, marketer, open_page, shots):
    for name, path in (
        ("results", f"/campaigns/{busy.pk}/results/"), ("result-claims", f"/campaigns/{busy.pk}/results/?by=claim"), ("result-mails", f"/campaigns/{busy.pk}/results/mails/?show=clicked"),
        ("result-leads", f"/campaigns/{busy.pk}/results/leads/?show=won"), ("inbound", "/campaigns/inbound/"),
    ):  # fmt: skip
        page = open_page(path, marketer, width=width, color_scheme=scheme)
        assert page.problems == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{name} is wider than the screen"
        if shots:
            page.screenshot(path=shots / f"{name}-{width}-{scheme}.png", full_page=True)


def test_what_matched_none_is_shown_to_those_whose_contact_wrote_it(
    contact, other_team, sign_in, manager, marketer_client, admin_user
):
    from tests.fixtures.people import _person

    InboundMail.objects.create(digest="1", kind="other", sender=contact.email, subject="About our talk")
    InboundMail.objects.create(digest="2", kind="other", sender="stranger@elsewhere.example", subject="Who are you")
    theirs, other = sign_in(manager), sign_in(_person("Quinn", "manager", other_team))
    for client, mine, strangers in (
        (marketer_client, True, True), (sign_in(admin_user), True, True), (theirs, True, False), (other, False, False),
    ):  # fmt: skip
        page = client.get("/campaigns/inbound/").text
        assert ("About our talk" in page, "Who are you" in page) == (mine, strangers)
