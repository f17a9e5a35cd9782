"""The month of campaigns: bars cut at weeks, lanes that never overlap, days for narrow screens."""

import datetime
import random

import pytest

from marketing.models import Campaign
from marketing.services import calendar

pytestmark = pytest.mark.django_db
NOVEMBER = datetime.date(2026, 11, 1)


def add(name, start=None, end=None, **values):
    return Campaign.objects.create(name=name, starts_on=day(start), ends_on=day(end), **values)


def day(n):
    """Return the n-th of November 2026; None stays None."""
    return None if n is None else NOVEMBER + datetime.timedelta(days=n - 1)


def month(first=NOVEMBER):
    return calendar.month(Campaign.objects.all(), first)


def bars(found):
    return [[(bar.campaign.name, bar.column, bar.days, bar.lane) for bar in week.bars] for week in found.weeks]


def test_a_month_has_whole_weeks_from_monday_on():
    weeks = month().weeks
    assert len(weeks) == 6
    assert weeks[0].days[0] == datetime.date(2026, 10, 26)
    assert all(len(week.days) == 7 and week.days[0].weekday() == 0 for week in weeks)


def test_a_span_is_cut_at_the_week_and_says_where_it_goes_on():
    add("Long", 4, 14)
    _first, second, third, *_rest = month().weeks
    [one], [two] = second.bars, third.bars
    assert (one.column, one.days, one.begins, one.ends) == (3, 5, True, False)
    assert (two.column, two.days, two.begins, two.ends) == (1, 6, False, True)


def test_what_overlaps_lies_in_lanes_and_a_free_lane_is_used_again():
    add("A", 2, 4)
    add("B", 3, 6)
    add("C", 5, 8)
    assert bars(month())[1] == [("A", 1, 3, 1), ("B", 2, 4, 2), ("C", 4, 4, 1)]
    assert month().weeks[1].lanes == 2


def test_no_two_bars_of_a_lane_share_a_day():
    chance = random.Random(4)
    for n in range(40):
        start = chance.randint(-20, 40)
        add(f"{n}", start, start + chance.randint(0, 25))
    for week in month().weeks:
        taken = [(bar.lane, bar.column + n) for bar in week.bars for n in range(bar.days)]
        assert len(taken) == len(set(taken))
        assert all(1 <= column <= 7 for _lane, column in taken)


def test_one_date_is_a_day_and_none_is_left_out():
    add("Only a start", 10)
    add("Only an end", None, 11)
    add("Nothing")
    assert bars(month())[2] == [("Only a start", 2, 1, 1), ("Only an end", 3, 1, 1)]


def test_a_campaign_around_the_month_is_in_it_and_one_beside_it_is_not():
    add("Around", -40, 70)
    add("Before", -60, -30)
    add("After", 60, 61)
    assert {name for week in bars(month()) for name, *_place in week} == {"Around"}
    assert [(day.day, [what for what, _campaign in day.events]) for day in month().days] == [(NOVEMBER, ["goes on"])]


def test_days_list_starts_sendings_and_ends():
    moment = datetime.datetime(2026, 11, 12, 12, tzinfo=datetime.UTC)
    add("Autumn", 9, 20, send_at=moment)
    add("Fair", 9, 9)
    listed = [(day.day.day, [(what, campaign.name) for what, campaign in day.events]) for day in month().days]
    assert listed == [
        (9, [("starts", "Autumn"), ("starts", "Fair")]), (12, [("is sent", "Autumn")]), (20, [("ends", "Autumn")]),
    ]  # fmt: skip


@pytest.mark.parametrize(("text", "first"), [
    ("2026-02", (2026, 2)), ("2026-13", (2026, 11)), ("0000-01", (2026, 11)), ("9999-12", (2026, 11)), ("", (2026, 11)),
    ("2026-1x", (2026, 11)), ("-------", (2026, 11)), ("²⁰²⁶-01", (2026, 11)),
])  # fmt: skip
def test_a_month_that_is_none_is_this_one(text, first):
    assert calendar.chosen(text, datetime.date(2026, 11, 29)) == datetime.date(*first, 1)


def test_months_beside_turn_over_the_year():
    assert month(datetime.date(2026, 1, 1)).before == datetime.date(2025, 12, 1)
    assert month(datetime.date(2026, 12, 1)).after == datetime.date(2027, 1, 1)
