"""Credit sums to what was won, to the cent; only mails before the deal, within their time, to its contact count."""

import datetime
from decimal import Decimal

import pytest
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from core.models import User
from crm.models import Contact, Lead
from crm.money import Money
from marketing.engine import credit
from marketing.models import Campaign, CostLine
from marketing.services import attribution

CENTS = st.integers(0, 10**13).map(lambda n: Decimal(n) / 100)


@given(CENTS, st.integers(1, 500))
def test_shares_sum_to_the_value(value, touches):
    for shares in (credit.linear(value, touches), credit.last(value, touches)):
        assert sum(shares) == value
        assert len(shares) == touches
        assert all(share >= 0 and share == share.quantize(credit.CENT) for share in shares)
    even = credit.linear(value, touches)
    assert max(even) - min(even) <= credit.CENT
    assert even == sorted(even)
    assert not any(credit.last(value, touches)[:-1])


@pytest.mark.parametrize(("value", "touches"), [(Decimal("1.00"), 0), (Decimal("0.001"), 2), (Decimal(1), -1)])
def test_what_cannot_be_shared(value, touches):
    with pytest.raises(ValueError, match="among"):
        credit.linear(value, touches)


def _days_ago(days):
    return timezone.now() - datetime.timedelta(days=days)


@pytest.fixture
def other_campaign(audience):
    return Campaign.objects.create(name="Another", audience=audience)


@pytest.fixture
def win(pipeline, stages, contact, rep, team):
    """Return `win(value, days=0, currency="EUR")`: a lead of the contact, won so many days ago."""

    def make(value, days=0, currency="EUR", kind="won", **fields):
        values = {
            "contact": contact,
            "owner": rep,
            "team": team,
            "closed_at": None if kind == "new" else _days_ago(days),
            **fields,
        }
        return Lead.objects.create(
            title=f"Deal {value}", pipeline=pipeline, stage=stages[kind], value=value, currency=currency, **values
        )

    return make


def test_last_touch_and_linear_across_campaigns(campaign, other_campaign, contact, deliver, win, admin_user):
    first = deliver(campaign, contact, days=60)
    second = deliver(other_campaign, contact, days=40)
    third = deliver(campaign, contact, days=20, step=2)
    lead = win(Decimal("100.00"), days=5)
    [one] = attribution.credits(attribution.leads({campaign.pk}, admin_user, "won"))
    assert one.lead == lead
    assert [(touch.delivery, touch.last, touch.linear) for touch in one.touches] == [
        (first.pk, Decimal("0.00"), Decimal("33.33")), (second.pk, Decimal("0.00"), Decimal("33.33")),
        (third.pk, Decimal("100.00"), Decimal("33.34")),
    ]  # fmt: skip
    found = attribution.worth(campaign, admin_user)
    assert (found.last, found.linear) == ((Money(Decimal("100.00"), "EUR"),), (Money(Decimal("66.67"), "EUR"),))
    assert attribution.worth(other_campaign, admin_user).linear == (Money(Decimal("33.33"), "EUR"),)
    assert attribution.campaign_names([one]) == {campaign.pk: campaign.name, other_campaign.pk: "Another"}


@pytest.mark.parametrize(("days", "counts"), [(184, True), (186, False), (6, True), (4, False)])
def test_only_mails_within_180_days_before_it_was_won(days, counts, campaign, contact, deliver, win, admin_user):
    deliver(campaign, contact, days=days)
    win(1000, days=5)
    assert bool(attribution.worth(campaign, admin_user).credits) is counts
    assert attribution.leads({campaign.pk}, admin_user).exists() is counts


@pytest.mark.parametrize("state", ["bounced", "failed", "skipped", "ambiguous", "planned"])
def test_what_did_not_arrive_touched_nobody(state, campaign, contact, deliver, win, admin_user):
    deliver(campaign, contact, state, days=10)
    win(1000, days=5)
    win(1000, kind="new")
    found = attribution.worth(campaign, admin_user)
    assert (found.won, found.touched, found.linear) == (0, 0, ())


def test_another_contact_of_the_company_is_not_touched(campaign, company, deliver, win, admin_user):
    other = Contact.objects.create(name="Other", company=company, email="other@hanseatic.example")
    deliver(campaign, other, days=10)
    win(1000, days=5, company=company)
    assert attribution.worth(campaign, admin_user).touched == 0


def test_open_lost_and_won_add_up(campaign, contact, deliver, win, admin_user):
    deliver(campaign, contact, days=10)
    win(100, days=5)
    win(40, days=5, kind="lost")
    win(70, kind="new")
    win(7, kind="new", currency="USD")
    found = attribution.worth(campaign, admin_user)
    assert (found.touched, found.won, found.open, found.lost) == (4, 1, 2, 1)
    assert found.open_value == (Money(Decimal("70.00"), "EUR"), Money(Decimal("7.00"), "USD"))
    for show in attribution.SHOWS:
        assert attribution.leads({campaign.pk}, admin_user, show).count() == getattr(found, show)


def test_currencies_stay_apart_and_only_our_own_is_compared_with_costs(campaign, contact, deliver, win, admin_user):
    deliver(campaign, contact, days=10)
    win(Decimal("300.00"), days=5)
    win(Decimal("900.00"), days=5, currency="USD")
    CostLine.objects.create(campaign=campaign, what="Design", amount=Decimal("60.10"))
    CostLine.objects.create(campaign=campaign, what="Print", amount=Decimal("59.90"))
    found = attribution.worth(campaign, admin_user)
    assert found.linear == (Money(Decimal("900.00"), "USD"), Money(Decimal("300.00"), "EUR"))
    assert found.spent == Money(Decimal("120.00"), "EUR")
    assert (found.return_linear, found.roi_linear, found.foreign) == (Decimal("2.5"), Decimal("1.5"), True)


def test_without_costs_there_is_no_return(campaign, admin_user):
    found = attribution.worth(campaign, admin_user)
    assert (found.return_last, found.return_linear, found.roi_linear, found.foreign) == (None, None, None, False)


def test_a_manager_sees_what_their_team_won(campaign, contact, deliver, win, manager, marketer, other_team, other_rep):
    deliver(campaign, contact, days=10)
    win(100, days=5, team=other_team, owner=other_rep)
    assert attribution.worth(campaign, marketer).won == 1
    assert attribution.worth(campaign, manager).won == 0


@pytest.mark.django_db
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_all_campaigns_together_are_credited_exactly_what_was_won(data):
    """Any deals, any mails, any currencies: the credits of all campaigns sum to the value of the deals that were touched."""
    from django.db import transaction

    from crm.models import Pipeline, Stage
    from marketing.models import Delivery

    with transaction.atomic():
        pipeline = Pipeline.objects.create(name_en="P")
        won = Stage.objects.create(pipeline=pipeline, name_en="Won", kind="won")
        campaigns = [Campaign.objects.create(name=str(n)) for n in range(3)]
        expected = {}
        number = 0
        for who in range(data.draw(st.integers(1, 3))):
            person = Contact.objects.create(name=str(who), email=f"p{who}@x.example")
            mails = data.draw(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 400)), max_size=6))
            for campaign, days in mails:
                number += 1
                Delivery.objects.create(
                    campaign=campaigns[campaign], step=number, contact=person, person=person.pk, state="sent",
                    due_at=_days_ago(days), sent_at=_days_ago(days), message_id=f"<h.{number}@x>",
                )  # fmt: skip
            for value, code, days in data.draw(
                st.lists(st.tuples(CENTS, st.sampled_from(["EUR", "USD", "JPY"]), st.integers(0, 300)), max_size=3)
            ):
                value = min(value, Decimal("999999999999.99"))
                Lead.objects.create(
                    title="x",
                    pipeline=pipeline,
                    stage=won,
                    contact=person,
                    value=value,
                    currency=code,
                    closed_at=_days_ago(days - 0.5),
                )
                if any(0 <= mail_days - (days - 0.5) <= 180 for _campaign, mail_days in mails):
                    expected[code] = expected.get(code, 0) + value
        admin = User(role="admin", is_superuser=True)
        found = [attribution.worth(campaign, admin) for campaign in campaigns]
        for model in ("last", "linear"):
            credited = {}
            for one in found:
                for money in getattr(one, model):
                    credited[money.currency] = credited.get(money.currency, 0) + money.amount
            assert credited == {code: value for code, value in expected.items() if value}
        transaction.set_rollback(True)
