"""Scoping, tokens, segments, health: what everything else rests on."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from core.models import ApiToken, AuditEntry, User
from core.models.segments import check_conditions
from core.scoping import RULES, may, reach
from core.services import edits, segments, tokens
from core.services.edits import Stale
from crm.models import Claim, Company, Lead


def test_every_role_says_something_of_every_group():
    assert set(RULES) == set(User.Role.values)
    assert len({frozenset(groups) for groups in RULES.values()}) == 1


def test_own_team_and_all(lead, other_lead, rep, teammate, other_rep, manager, marketer, admin_user):
    def of(user, action="read"):
        return set(Lead.objects.for_user(user, action))

    assert of(rep) == of(teammate) == of(manager) == {lead}
    assert of(other_rep) == {other_lead}
    assert of(marketer) == of(admin_user) == {lead, other_lead}
    assert of(rep, "edit") == of(manager, "edit") == {lead}
    assert of(teammate, "edit") == of(marketer, "edit") == set()
    assert of(admin_user, "edit") == {lead, other_lead}


def test_an_unowned_lead_of_the_team_can_be_taken_by_its_reps(lead, teammate, other_rep):
    Lead.objects.update(owner=None)
    assert lead in Lead.objects.for_user(teammate, "edit")
    assert lead not in Lead.objects.for_user(other_rep, "edit")
    Lead.objects.update(team=None)
    assert lead not in Lead.objects.for_user(teammate)


def test_without_a_team_one_sees_one_s_own(lead, rep, db):
    loner = User.objects.create_user("l@fairlead.example", name="Loner")
    Company.objects.create(name="Nobody's")
    assert not Lead.objects.for_user(loner).exists()
    assert not Company.objects.for_user(loner).exists()
    Lead.objects.update(owner=loner)
    assert lead in Lead.objects.for_user(loner)


def test_who_left_reaches_nothing(rep, lead, claims):
    rep.is_active = False
    assert reach(rep, "sales") == "none"
    assert not Lead.objects.for_user(rep).exists()
    assert not Claim.objects.for_user(rep).exists()


def test_hub_and_house_are_the_admin_s(rep, manager, marketer, admin_user):
    for group in ("hub", "house"):
        assert [may(user, group, "edit") for user in (rep, manager, marketer, admin_user)] == [
            False,
            False,
            False,
            True,
        ]


# tokens


def test_a_token_acts_as_its_person_and_is_kept_as_a_hash(client, rep, lead):
    token, secret = tokens.make(rep, "Import")
    assert secret not in str(ApiToken.objects.values())
    answer = client.get("/api/v1/leads/", headers={"authorization": f"Bearer {secret}"})
    assert answer.status_code == 200
    assert lead.title in answer.content.decode()
    token.refresh_from_db()
    assert token.last_used_at


def test_a_read_only_token_writes_nothing(client, rep, lead):
    _token, secret = tokens.make(rep, "Look", read_only=True)
    answer = client.post(
        "/api/v1/messages/", {}, headers={"authorization": f"Bearer {secret}"}, content_type="application/json"
    )
    assert answer.status_code == 403


@pytest.mark.parametrize("spoil", ["revoke", "expire", "leave", "garble"])
def test_a_dead_token_is_refused(client, rep, spoil):
    token, secret = tokens.make(rep, "Import")
    if spoil == "revoke":
        tokens.revoke(token, by=rep)
    elif spoil == "expire":
        ApiToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    elif spoil == "leave":
        User.objects.update(is_active=False)
    else:
        secret = secret[:-1] + ("a" if secret[-1] != "a" else "b")
    answer = client.get("/api/v1/leads/", headers={"authorization": f"Bearer {secret}"})
    assert answer.status_code == 401
    assert "unknown, revoked or expired" in answer.json()["detail"]


def test_sessions_end_when_somebody_is_switched_off_or_gets_a_new_password(rep_client, rep):
    assert rep_client.get("/more/").status_code == 200
    User.objects.update(is_active=False)
    assert rep_client.get("/more/").status_code == 302
    User.objects.update(is_active=True)
    assert rep_client.get("/more/").status_code == 200
    rep.set_password("another-long-one")
    rep.save()
    assert rep_client.get("/more/").status_code == 302


# edits


def test_the_second_of_two_is_told_and_nothing_of_theirs_is_written(lead, rep, manager):
    edits.change(lead, by=rep, expected=1, title="First")
    second = Lead.objects.get(pk=lead.pk)
    with pytest.raises(Stale, match="Somebody changed this"):
        edits.change(second, by=manager, expected=1, title="Second")
    assert Lead.objects.get().title == "First"
    entry = AuditEntry.objects.get(noun="lead")
    assert (entry.actor, entry.after) == (rep, {"title": "First"})


# segments


def test_the_deepest_segment_that_holds_wins(segments_tree):
    find = segments.find
    assert find({"industry": "logistics", "employees": 900}).key == "logistics-large"
    assert find({"industry": "Logistics", "employees": 20}).key == "logistics"
    assert find({"industry": "Logistics"}).key == "logistics"
    assert find({"industry": "Mining", "employees": 900}) is None
    assert [one.key for one in segments.path(find({"industry": "Logistics", "employees": 900}))] == [
        "logistics-large",
        "logistics",
    ]


@pytest.fixture
def segments_tree(segments):
    return segments


HOLDS = [
    ("is", "DE", " de ", True), ("is", "DE", None, False), ("is_not", "DE", None, True), ("is_not", "DE", "DE", False),
    ("in", ["DE", "AT"], "at", True), ("in", "DE, AT", "AT", True), ("not_in", ["DE"], None, True), ("in", ["DE"], None, False),
    ("at_least", 500, 500, True), ("at_least", "500", 499, False), ("at_most", 10, None, False), ("at_least", "many", 5, False),
    ("contains", "bank", "Investment Banking", True), ("contains", "", "x", False), ("contains", "x", None, False),
]  # fmt: skip


@pytest.mark.parametrize(("op", "value", "fact", "holds"), HOLDS)
def test_conditions(op, value, fact, holds):
    facts = {} if fact is None else {"country": fact}
    assert segments.matches([{"field": "country", "op": op, "value": value}], facts) is holds


@pytest.mark.parametrize(
    "bad",
    [
        "x",
        [1],
        [{"field": "x"}],
        [{"field": "shoe", "op": "is", "value": 1}],
        [{"field": "value", "op": "~", "value": 1}],
    ],
)
def test_bad_conditions_are_refused(bad):
    with pytest.raises(ValidationError):
        check_conditions(bad)


# health


def test_alive_and_ready(client, db, settings):
    assert client.get("/healthz").json() == {"status": "ok"}
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["broker"]) == (200, "ok" if settings.REDIS_URL else "embedded")


def test_not_ready_while_migrations_wait(client, db):
    from django.db.migrations.recorder import MigrationRecorder

    MigrationRecorder.Migration.objects.filter(app="crm").delete()
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["migrations"].endswith("to run")


def test_a_broker_that_is_away_is_reported_and_not_required(client, db, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    from celery import current_app

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            current_app,
            "connection_for_write",
            lambda **_: current_app.amqp.Connection("redis://127.0.0.1:1/0", connect_timeout=1),
        )
        answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["broker"].startswith("away")


def test_the_api_describes_itself_without_a_warning(db, tmp_path):
    from django.core.management import call_command

    call_command("spectacular", file=str(tmp_path / "schema.yml"), validate=True, fail_on_warn=True)
