"""The board: true totals, capped columns, moves that stand and moves that go back with their reason."""

import datetime

import pytest
from django.urls import reverse
from django.utils import timezone

from crm.models import Lead, Pipeline, Stage
from crm.services import lead_totals, leads
from crm.views import board as board_views

pytestmark = pytest.mark.django_db


@pytest.fixture
def many(lead, rep, teammate, pipeline, stages):
    """Leads in three stages and two currencies, 60 of them in one column."""
    now = timezone.now()
    steps = [None, now - datetime.timedelta(days=1), now + datetime.timedelta(days=4)]
    Lead.objects.bulk_create(
        [
            Lead(
                title=f"L{n}", pipeline=pipeline, stage=stages["new"] if n < 59 else stages["pilot"], owner=rep if n % 2 else teammate,
                team=rep.team, value=n + n / 100, currency="EUR" if n % 3 else "USD", next_step_at=steps[n % 3],
            )
            for n in range(70)
        ]
    )  # fmt: skip


def test_board_totals_are_list_totals(many, rep_client):
    board = rep_client.get("/leads/board/")
    listed = rep_client.get("/leads/?state=open")
    assert board.context["totals"] == listed.context["totals"]
    assert board.context["totals"].count == 71
    assert {money.currency for money in board.context["totals"].sums} == {"EUR", "USD"}
    for column in board.context["columns"]:
        one = rep_client.get(f"/leads/?state=open&stage={column.stage.pk}")
        assert (one.context["totals"].count, one.context["totals"].sums, one.context["totals"].weighted) == (
            column.totals.count, column.totals.sums, column.totals.weighted,
        )  # fmt: skip
        for state, n in column.totals.steps.items():
            assert rep_client.get(f"/leads/?state=open&stage={column.stage.pk}&step={state}").context["count"] == n


def test_filters_change_board_and_list_alike(many, rep_client):
    board = rep_client.get("/leads/board/?owner=me&step=late")
    listed = rep_client.get("/leads/?state=open&owner=me&step=late")
    assert board.context["totals"] == listed.context["totals"]
    assert 0 < board.context["totals"].count < 71


def test_a_column_draws_fifty_cards_and_gives_the_rest_on_demand(many, rep_client, stages):
    response = rep_client.get("/leads/board/")
    column = next(column for column in response.context["columns"] if column.stage == stages["new"])
    assert len(column.cards.rows) == 50
    assert (column.totals.count, column.left) == (60, 10)
    assert "Show 10 more" in response.text
    more = rep_client.get(reverse("board-more", args=[stages["new"].pk]), {"cursor": column.cards.next})
    assert more.text.count("data-card") == 10
    assert "more</a>" not in more.text
    drawn = {lead.pk for lead in column.cards.rows}
    assert not any(f'id="card-{pk}"' in more.text for pk in drawn)


def test_weights_are_the_stages(many, stages):
    total = lead_totals.of(Lead.objects.filter(stage=stages["pilot"], currency="EUR"))
    assert total.weighted[0].amount == total.sums[0].amount / 2
    assert lead_totals.of(Lead.objects.none()) == lead_totals.Totals(
        0, (), (), dict.fromkeys(lead_totals.STEP_STATES, 0)
    )


def test_only_what_one_may_move_is_movable(lead, rep_client, sign_in, teammate, other_lead):
    assert "data-movable" in rep_client.get("/leads/board/").text
    theirs = sign_in(teammate).get("/leads/board/").text
    assert "Hanseatic Freight" in theirs
    assert "data-movable" not in theirs
    assert "Solent" not in theirs


def post(client, lead, stage, **data):
    body = {"stage": stage.pk, "version": lead.version, **data}
    return client.post(f"{reverse('lead-move', args=[lead.pk])}?board=1", body)


def test_a_move_answers_with_what_changed(lead, rep_client, stages):
    response = post(rep_client, lead, stages["pilot"])
    assert response.status_code == 200
    for part in (
        f'id="card-{lead.pk}"',
        f'id="head-{stages["new"].pk}"',
        f'id="head-{stages["won"].pk}"',
        'id="board-total"',
    ):
        assert part in response.text
    assert "50% = €92k" in response.text
    lead.refresh_from_db()
    assert lead.stage == stages["pilot"]


def test_a_refused_move_says_why_on_the_card(lead, rep_client, stages):
    Stage.objects.filter(pk=stages["pilot"].pk).update(confirmed_needed=2)
    response = post(rep_client, lead, stages["pilot"])
    assert response.status_code == 422
    assert "is-refused" in response.text
    assert "Stayed in New. Pilot needs 2 confirmed requirements; this lead has 0, and 0 proposed." in response.text
    lead.refresh_from_db()
    assert lead.stage == stages["new"]


def test_lost_without_a_reason_goes_back(lead, rep_client, stages):
    response = post(rep_client, lead, stages["lost"])
    assert response.status_code == 422
    assert "Say why it was lost." in response.text
    assert post(rep_client, lead, stages["lost"], lost_reason="timing").status_code == 200


def test_the_second_mover_is_told(lead, rep_client, manager_client, stages):
    assert post(rep_client, lead, stages["pilot"]).status_code == 200
    response = post(manager_client, lead, stages["offer"])
    assert response.status_code == 409
    assert "Somebody changed this" in response.text
    again = post(manager_client, lead, stages["pilot"])  # it is there already: nothing to do, nothing to say
    assert again.status_code == 200
    lead.refresh_from_db()
    assert lead.version == 2


def test_a_plain_form_moves_too(lead, rep_client, stages):
    url = reverse("lead-move", args=[lead.pk])
    response = rep_client.post(url, {"stage": stages["pilot"].pk}, follow=False)
    assert response.headers["Location"] == lead.get_absolute_url()
    response = rep_client.post(url, {"stage": stages["lost"].pk})
    lead.refresh_from_db()
    assert lead.stage == stages["pilot"]
    for wrong in ("", "x", "99999999999999999999", "0"):
        assert rep_client.post(url, {"stage": wrong}).status_code == 404


def test_closed_this_quarter_stands_on_the_drops(lead, rep, rep_client, stages):
    leads.move(lead, stages["won"], by=rep)
    old = leads.create(by=rep, title="Old", value=5)
    leads.move(old, stages["won"], by=rep)
    Lead.objects.filter(pk=old.pk).update(closed_at=timezone.now() - datetime.timedelta(days=100))
    drops = {drop.stage: drop.totals for drop in rep_client.get("/leads/board/").context["drops"]}
    assert drops[stages["won"]].count == 1
    assert drops[stages["won"]].sums[0].amount == 184000


def test_pipelines_and_none(lead, rep_client):
    other = Pipeline.objects.create(name_en="Expansion", position=9)
    Stage.objects.create(pipeline=other, name_en="Start")
    shown = rep_client.get(f"/leads/board/?pipeline={other.pk}")
    assert shown.context["pipeline"] == other
    assert shown.context["totals"].count == 0
    assert rep_client.get("/leads/board/?pipeline=abc").context["pipeline"] != other
    Lead.objects.all().delete()
    Pipeline.objects.all().delete()
    assert "There is no pipeline yet" in rep_client.get("/leads/board/").text


def test_the_board_filters_nothing_by_stage(lead, rep_client, stages):
    assert board_views.FIELDS == ("owner", "step", "rot", "need", "segment", "q")
    shown = rep_client.get(f"/leads/board/?stage={stages['pilot'].pk}&state=won")
    assert shown.context["totals"].count == 1
