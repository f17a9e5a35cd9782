"""Figures add up, have their rows behind them, and say how sure they are."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.models import Need
from crm.models import Company, Contact, Lead, Requirement
from marketing.models import Campaign, CampaignCopy, CopySentence, Delivery, Response
from marketing.services import result_rows, results
from marketing.services.result_rows import Selection

Kind, Who = Response.Kind, Response.Who


@pytest.fixture
def copy(campaign, claims):
    """An English copy with two subject lines that cites two claims, one of them twice."""
    copy = CampaignCopy.objects.create(
        campaign=campaign, language="en", subjects=["Inside your walls", "On your own servers"]
    )
    for position, keys in enumerate((["private-deployment"], ["private-deployment", "latency"], [])):
        sentence = CopySentence.objects.create(copy=copy, position=position, text="…")
        sentence.claims.set([claims[key] for key in keys])
    return copy


@pytest.fixture
def people(rep, team, segments, pipeline, stages, needs):
    """Ten contacts; the first four have a logistics lead that asks for latency, the next two a bank's that also asks for cost."""
    made = []
    for n in range(10):
        company = Company.objects.create(name=f"Company {n}", owner=rep, team=team)
        person = Contact.objects.create(
            name=f"Person {n}", email=f"p{n}@c{n}.example", company=company, owner=rep, team=team
        )
        made.append(person)
        if n < 6:
            segment = segments["logistics" if n < 4 else "banking"]
            for twice in range(2):
                lead = Lead.objects.create(
                    title=f"{n}.{twice}",
                    contact=person,
                    pipeline=pipeline,
                    stage=stages["new"],
                    segment=segment,
                    owner=rep,
                    team=team,
                )
                for key in ("latency", "cost-control")[: 1 if n < 4 else 2]:
                    Requirement.objects.create(lead=lead, need=needs[key], status="proposed")
                Requirement.objects.create(lead=lead, need=needs["languages"], status="declined")
    return made


@pytest.fixture
def sent(campaign, copy, people, deliver):
    """Ten sent mails, five of each subject; 0, 1, 5 were clicked by people, 2 by a scanner, 1 answered, 3 unsubscribed."""
    mails = [deliver(campaign, person, copy=copy, variant=n % 2) for n, person in enumerate(people)]
    for n, kind, who in (
        (0, Kind.CLICK, Who.HUMAN), (0, Kind.CLICK, Who.HUMAN), (0, Kind.CLICK, Who.SCANNER), (1, Kind.CLICK, Who.HUMAN),
        (5, Kind.CLICK, Who.HUMAN), (2, Kind.CLICK, Who.SCANNER), (4, Kind.CLICK, Who.MACHINE), (1, Kind.REPLY, Who.HUMAN),
        (1, Kind.REPLY, Who.HUMAN), (3, Kind.UNSUBSCRIBE, Who.HUMAN), (6, Kind.AUTO_REPLY, Who.MACHINE), (7, Kind.COMPLAINT, Who.HUMAN),
    ):  # fmt: skip
        Response.objects.create(delivery=mails[n], kind=kind, who=who)
    return mails


def test_rates_count_people_once_and_leave_machines_apart(campaign, sent):
    found = results.outcome(campaign)
    assert (found.planned, found.sent) == (10, 10)
    assert found.figures == {
        "clicked": 3, "replied": 1, "unsubscribed": 1, "complained": 1, "auto-replied": 1, "delayed": 0, "scanned": 2, "prefetched": 1,
    }  # fmt: skip
    rate = found.rate("clicked")
    assert (rate.k, rate.n, rate.enough) == (3, 10, False)
    assert rate.low < 0.3 < rate.high


def test_what_came_back_is_of_all_that_left(campaign, sent, deliver):
    row = deliver(campaign, state="bounced")
    Response.objects.create(delivery=row, kind=Kind.BOUNCE, who=Who.MACHINE)
    Response.objects.create(delivery=row, kind=Kind.CLICK)  # a scanner on the way, say: it is not of what was sent
    found = results.outcome(campaign)
    assert (found.rate("bounced").k, found.rate("bounced").n, found.rate("clicked").k) == (1, 11, 3)


STATES = st.tuples(
    st.sampled_from(Delivery.State.values),
    st.sampled_from(["", *Delivery.Skipped.values]),
    st.sampled_from([None, -60, 60]),
)


@pytest.mark.django_db
@settings(max_examples=40, deadline=None)
@given(rows=st.lists(STATES, max_size=25))
def test_parts_always_add_up(rows):
    """Whatever the states, reasons and leases: each mail is in exactly one part, and the parts are the rows behind them."""
    import datetime

    from django.db import transaction
    from django.utils import timezone

    from core.models import User
    from marketing.services import ledger

    with transaction.atomic():
        campaign, admin = Campaign.objects.create(name="x"), User(role="admin", is_superuser=True)
        now = timezone.now()
        for number, (state, reason, lease) in enumerate(rows):
            Delivery.objects.create(
                campaign=campaign, person=number, state=state, reason=reason if state == "skipped" else "", due_at=now,
                message_id=f"<{number}@x>", lease_until=None if lease is None else now + datetime.timedelta(seconds=lease),
            )  # fmt: skip
        found = results.outcome(campaign)
        assert found.planned == len(rows) == sum(found.parts.values())
        assert sum(n for _key, _words, n in found.reasons) == found.parts["skipped"]
        seen = set()
        for part, n in found.parts.items():
            mails = set(result_rows.deliveries(campaign, admin, Selection(show=part)).values_list("pk", flat=True))
            assert len(mails) == n
            assert not mails & seen
            seen |= mails
        shown = ledger.of(campaign)  # the tab Sending says the same
        assert (shown.planned, shown.parts, shown.reasons) == (found.planned, found.parts, found.reasons)
        for part, n in shown.parts.items():
            assert ledger.rows(campaign, part).count() == n
        transaction.set_rollback(True)


def test_every_figure_has_its_rows(campaign, sent, deliver, marketer):
    deliver(campaign, state="skipped", reason="no-consent")
    deliver(campaign, state="skipped", reason="suppressed")
    found = results.outcome(campaign)
    for name, n in {**found.parts, **found.figures}.items():
        assert result_rows.deliveries(campaign, marketer, Selection(show=name)).count() == n, name
    for reason, _words, n in found.reasons:
        assert result_rows.deliveries(campaign, marketer, Selection(show="skipped", reason=reason)).count() == n == 1


@pytest.mark.parametrize("by", results.BYS)
def test_every_group_has_its_rows(by, campaign, sent, marketer):
    groups = results.breakdown(campaign, marketer, by)
    assert groups
    for group in groups:
        for show, n in (
            ("sent", group.clicks.n),
            ("clicked", group.clicks.k),
            ("replied", group.replies.k),
            ("unsubscribed", group.unsubscribed),
        ):
            rows = result_rows.deliveries(campaign, marketer, Selection(show=show, **{by: group.key}))
            assert rows.count() == rows.distinct().count() == n, (group, show)


def test_groups(campaign, sent, marketer, claims):
    by = {
        which: {group.label: group.clicks for group in results.breakdown(campaign, marketer, which)}
        for which in results.BYS
    }
    assert {name: (rate.k, rate.n) for name, rate in by["segment"].items()} == {
        "Logistics": (2, 4),
        "Banking": (1, 2),
        "": (0, 4),
    }
    needs = {need.key: need.name for need in Need.objects.all()}
    assert {name: (rate.k, rate.n) for name, rate in by["need"].items()} == {
        needs["latency"]: (3, 6),
        needs["cost-control"]: (1, 2),
    }
    assert {name: (rate.k, rate.n) for name, rate in by["claim"].items()} == {
        claims["private-deployment"].text: (3, 10), claims["latency"].text: (3, 10),
    }  # fmt: skip


def test_groups_are_credited_what_their_mails_are(campaign, sent, marketer, people, stages):
    from decimal import Decimal

    from django.utils import timezone

    from crm.money import Money
    from marketing.services import attribution

    lead = Lead.objects.filter(contact=people[5]).first()
    Lead.objects.filter(pk=lead.pk).update(stage=stages["won"], closed_at=timezone.now(), value=Decimal("90.00"))
    credits = attribution.worth(campaign, marketer).credits
    for by, rows in (("segment", 1), ("need", 2), ("claim", 2)):
        credited = [group.credited for group in results.breakdown(campaign, marketer, by, credits) if group.credited]
        assert credited == [(Money(Decimal("90.00"), "EUR"),)] * rows


def test_a_manager_learns_nothing_of_other_teams(campaign, sent, manager, marketer, other_team, other_rep):
    Lead.objects.update(team=other_team, owner=other_rep)
    assert [group.label for group in results.breakdown(campaign, manager, "segment")] == [""]
    assert results.breakdown(campaign, manager, "need") == []
    assert len(results.breakdown(campaign, marketer, "need")) == 2


def test_too_few_is_no_contest(campaign, sent, copy):
    [contest] = results.contests(campaign)
    assert [(one.letter, one.clicks.k, one.clicks.n, one.replies.k) for one in contest.variants] == [
        ("A", 1, 5, 0),
        ("B", 2, 5, 1),
    ]
    assert (contest.verdict.enough, contest.verdict.winner) == (False, None)


def test_a_clear_winner(campaign, copy, deliver):
    rows = [deliver(campaign, copy=copy, variant=n % 2) for n in range(160)]
    Response.objects.bulk_create(
        [Response(delivery=row, kind=Kind.CLICK) for row in rows if row.variant == 1 or row.pk % 40 == 0]
    )
    [contest] = results.contests(campaign)
    assert contest.verdict.winner == 1
    assert contest.verdict.difference.low > 0


def test_a_winner_is_never_chosen_by_scanners(campaign, copy, deliver):
    rows = [deliver(campaign, copy=copy, variant=n % 2) for n in range(160)]
    for who in (Who.SCANNER, Who.MACHINE):
        Response.objects.bulk_create(
            [Response(delivery=row, kind=Kind.CLICK, who=who) for row in rows if row.variant == 1]
        )
    [contest] = results.contests(campaign)
    assert (contest.verdict.winner, contest.variants[1].clicks.k) == (None, 0)


def test_one_subject_is_not_compared(campaign):
    CampaignCopy.objects.create(campaign=campaign, language="en", subjects=["One"])
    assert results.contests(campaign) == []


def _read(lines):
    return list(csv.reader(io.StringIO("".join(lines).lstrip("\ufeff"))))


def test_mails_as_a_file(campaign, sent, marketer, people):
    Contact.objects.filter(pk=people[1].pk).update(name="=HYPERLINK(1)")
    rows = result_rows.deliveries(campaign, marketer, Selection(show="clicked"))
    head, *lines = _read(result_rows.mails_file(campaign, rows, by=marketer))
    assert [line[2] for line in lines] == ["p0@c0.example", "p1@c1.example", "p5@c5.example"]
    assert lines[1][0] == "'=HYPERLINK(1)"
    assert lines[1][head.index("What came back")] == "Click, Reply"
    assert lines[0][head.index("Subject")] == "Inside your walls"


def test_a_file_names_no_contacts_of_other_teams(campaign, sent, manager, other_team, other_rep):
    Contact.objects.update(team=other_team, owner=other_rep)
    _head, *lines = _read(
        result_rows.mails_file(campaign, result_rows.deliveries(campaign, manager, Selection()), by=manager)
    )
    assert len(lines) == 10
    assert not any(line[0] or line[1] or line[2] for line in lines)


def test_files_of_many_rows_come_whole(campaign, deliver, marketer, monkeypatch):
    monkeypatch.setattr(result_rows, "BATCH", 3)
    for _ in range(8):
        deliver(campaign)
    _head, *lines = _read(
        result_rows.mails_file(campaign, result_rows.deliveries(campaign, marketer, Selection()), by=marketer)
    )
    assert len(lines) == 8
