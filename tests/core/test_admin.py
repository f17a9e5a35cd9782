"""The admin: whom it lets in, and what it refuses."""

import pytest
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.urls import reverse

from core.models import AuditEntry, Need, Segment, Team, User
from core.services import audit
from crm.models import Pipeline

MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_every_list_and_form_opens(admin_client, admin_user, model, lead, claims, segments):
    audit.record("look", lead, by=admin_user)
    info = model._meta.app_label, model._meta.model_name
    assert admin_client.get(reverse("admin:{}_{}_changelist".format(*info))).status_code == 200
    assert admin_client.get(reverse("admin:{}_{}_add".format(*info))).status_code in (200, 302, 403)
    row = model._default_manager.first()
    if row is not None:
        assert admin_client.get(reverse("admin:{}_{}_change".format(*info), args=[row.pk])).status_code == 200


def test_the_audit_log_names_what_it_is_about_in_the_readers_language(admin_client, admin_user, lead):
    audit.record("look", lead, by=admin_user)
    AuditEntry.objects.create(
        actor=admin_user, verb="look", noun="zeppelin", object_id="1", label="Of an earlier edition"
    )
    admin_user.language = "zh-hans"
    admin_user.save()
    url = reverse("admin:core_auditentry_changelist")
    page = admin_client.get(url).text
    assert '<a href="?noun__exact=' not in page
    assert "线索" in page
    assert "Of an earlier edition" in page
    only = admin_client.get(url, {"noun": "lead"}).text
    assert str(lead) in only
    assert "Of an earlier edition" not in only


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_nobody_else_gets_in(rep_client, marketer_client, client, model):
    url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    assert client.get(url).status_code == 302
    for other in (rep_client, marketer_client):
        answer = other.get(url, follow=True)
        assert answer.status_code == 403
        assert "Only admins" in answer.content.decode()


def test_the_door_is_the_application_s_own(client, db):
    answer = client.get("/admin/", follow=True)
    assert "fl-login" in answer.content.decode()


def test_the_first_page_says_where_the_rest_is(admin_client):
    page = admin_client.get("/admin/").content.decode()
    assert "What is not here" in page
    assert 'href="/jobs/"' in page


def test_role_decides_who_enters(team):
    user = User.objects.create_user("a@fairlead.example", role=User.Role.ADMIN, name="A")
    assert user.is_staff
    user.role = User.Role.REP
    user.save(update_fields=["role"])
    user.refresh_from_db()
    assert not user.is_staff


def test_a_person_is_added_and_written_down(admin_client, team):
    data = {
        "name": "Lin Yue", "email": "Lin@Fairlead.example", "role": "rep", "team": team.pk, "usable_password": "true",
        "password1": "quite-a-long-one", "password2": "quite-a-long-one",
    }  # fmt: skip
    answer = admin_client.post("/admin/core/user/add/", data)
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    assert User.objects.get(name="Lin Yue").email == "lin@fairlead.example"
    entry = AuditEntry.objects.get(noun="user", verb="add")
    assert "password1" not in entry.after


def _person_form(user, **changes):
    return {
        "name": user.name, "email": user.email, "role": user.role, "is_active": "on", "theme": user.theme,
        "language": "", "time_zone": "", **changes,
    }  # fmt: skip


def test_the_last_admin_stays(admin_client, admin_user):
    url = f"/admin/core/user/{admin_user.pk}/change/"
    page = admin_client.post(url, _person_form(admin_user, role="rep")).content.decode()
    assert "last admin" in page
    User.objects.create_user("b@fairlead.example", role=User.Role.ADMIN, name="B")
    assert admin_client.post(url, _person_form(admin_user, role="rep")).status_code == 302


CONDITIONS = [
    ("employees at_least 500\nindustry in Banking，Insurance", ""),
    ("size is 5", "“size” is no field"),
    ("employees over 5", "“over” is no operator"),
    ("employees at_least many", "“many” is no number"),
    ("industry is", "a value is missing"),
]


@pytest.mark.parametrize(("lines", "error"), CONDITIONS)
def test_conditions_are_checked_line_by_line(admin_client, lines, error):
    data = {"key": "new", "name_en": "New", "conditions": lines, "position": 1}
    answer = admin_client.post("/admin/core/segment/add/", data)
    if error:
        page = answer.content.decode()
        assert error in page
        assert "Line 1" in page
        return
    assert Segment.objects.get(key="new").conditions == [
        {"field": "employees", "op": "at_least", "value": 500},
        {"field": "industry", "op": "in", "value": ["Banking", "Insurance"]},
    ]


def test_conditions_survive_a_round_trip_through_the_form(admin_client, segments):
    segment = segments["logistics-large"]
    page = admin_client.get(f"/admin/core/segment/{segment.pk}/change/").content.decode()
    assert "employees at_least 500" in page


def test_a_segment_cannot_stand_below_itself(admin_client, segments):
    top, below = segments["logistics"], segments["logistics-large"]
    data = {"key": top.key, "name_en": "x", "parent": below.pk, "conditions": "", "position": 1}
    assert "below itself" in admin_client.post(f"/admin/core/segment/{top.pk}/change/", data).content.decode()


def test_a_new_need_is_made_with_examples(admin_client, needs):
    data = {
        "key": "legal-review", "facet": "capability", "active": "on", "position": 40, "name_en": "Legal review", "name_zh": "合同审查",
        "description_en": "Contracts are checked", "description_zh": "审合同", "examples_en": "one\n\ntwo\n", "examples_zh": "一",
    }  # fmt: skip
    answer = admin_client.post("/admin/core/need/add/", data)
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    assert Need.objects.get(key="legal-review").examples_en == ["one", "two"]


def _stages(pipeline, *, drop=()):
    rows = list(pipeline.stages.all())
    data = {
        "name_en": pipeline.name_en,
        "name_zh": "",
        "position": 0,
        "stages-TOTAL_FORMS": len(rows),
        "stages-INITIAL_FORMS": len(rows),
    }
    for number, stage in enumerate(rows):
        for field in ("position", "name_en", "name_zh", "kind", "probability", "expected_days", "colour", "guidance"):
            data[f"stages-{number}-{field}"] = getattr(stage, field)
        data |= {f"stages-{number}-id": stage.pk, f"stages-{number}-pipeline": pipeline.pk}
        if stage.kind in drop:
            data[f"stages-{number}-DELETE"] = "on"
    return data


def test_a_pipeline_keeps_won_and_lost(admin_client, pipeline):
    url = f"/admin/crm/pipeline/{pipeline.pk}/change/"
    assert "one won and one lost" in admin_client.post(url, _stages(pipeline, drop=("won",))).content.decode()
    assert pipeline.stages.filter(kind="won").exists()
    data = _stages(pipeline) | {"stages-0-name_en": "Fresh"}
    assert admin_client.post(url, data).status_code == 302
    assert Pipeline.objects.get().stages.first().name_en == "Fresh"
    assert AuditEntry.objects.filter(noun="stage", verb="change").count() == 1


def test_deleting_is_written_down(admin_client, db):
    team = Team.objects.create(name="West")
    admin_client.post(f"/admin/core/team/{team.pk}/delete/", {"post": "yes"})
    assert not Team.objects.filter(name="West").exists()
    assert AuditEntry.objects.get(verb="delete").label == "West"


def test_a_lost_second_factor_is_removed(admin_client, rep):
    Authenticator.objects.create(user=rep, type=Authenticator.Type.TOTP, data={})
    data = {"action": "remove_second_factor", "_selected_action": [rep.pk]}
    admin_client.post("/admin/core/user/", data)
    assert not Authenticator.objects.exists()
    assert AuditEntry.objects.filter(verb="remove second factor", object_id=str(rep.pk)).exists()
