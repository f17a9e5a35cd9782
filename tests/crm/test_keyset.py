"""Pages by key: every row once, forwards and backwards, whatever the values and the cursor."""

import base64
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm import keyset
from crm.models import Lead

pytestmark = pytest.mark.django_db
BY_VALUE = keyset.Order("value", True, keyset.number)


@pytest.fixture
def many(lead, pipeline, stages, rep):
    """23 more leads, with ties in the value."""
    rows = [
        Lead(title=f"L{n}", pipeline=pipeline, stage=stages["new"], owner=rep, team=rep.team, value=n % 4)
        for n in range(23)
    ]
    Lead.objects.bulk_create(rows)


def walk(order, size=5):
    pages, cursor = [], ""
    while True:
        page = keyset.page(Lead.objects.by_step(), order, cursor=cursor, size=size)
        pages.append(page)
        cursor = page.next
        if not cursor:
            return pages


@pytest.mark.parametrize(
    "order",
    [
        BY_VALUE, keyset.Order("value", False, keyset.number), keyset.Order("step_order", False, keyset.timestamp),
        keyset.Order("updated_at", True, keyset.timestamp), keyset.Order("title"),
    ],
)  # fmt: skip
def test_every_row_comes_once_and_the_way_back_is_the_same(many, order):
    pages = walk(order)
    ids = [row.pk for page in pages for row in page.rows]
    arrow = "-" if order.descending else ""
    assert ids == list(
        Lead.objects.by_step().order_by(f"{arrow}{order.field}", f"{arrow}id").values_list("pk", flat=True)
    )
    assert [(page.start, page.end) for page in pages] == [(1, 5), (6, 10), (11, 15), (16, 20), (21, 24)]
    cursor = pages[-1].previous
    for page in reversed(pages[:-1]):
        back = keyset.page(Lead.objects.by_step(), order, cursor=cursor, size=5)
        assert [row.pk for row in back.rows] == [row.pk for row in page.rows]
        assert back.start == page.start
        cursor = back.previous
    assert cursor == ""


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=40))
def test_a_cursor_nobody_made_gives_a_page(lead, text):
    assert keyset.page(Lead.objects.all(), BY_VALUE, cursor=text, size=5).rows


@pytest.mark.parametrize(
    "place",
    [
        ["x", 1, False, 1],
        ["1", -1, False, 1],
        ["NaN", 1, False, 1],
        ["1e400", 1, False, 1],
        [None],
        {},
        ["1", 1, False, 10**30],
    ],
)
def test_a_cursor_with_wrong_parts_does_no_harm(lead, place):
    cursor = base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")
    assert isinstance(keyset.page(Lead.objects.all(), BY_VALUE, cursor=cursor, size=5).rows, list)


def test_counting_stops_at_the_cap(many):
    assert keyset.capped_count(Lead.objects.all(), cap=10) == 11
    assert keyset.capped_count(Lead.objects.all(), cap=100) == 24
