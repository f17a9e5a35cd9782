"""Leads: made, edited, moved through gates, sorted into segments."""

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone, translation

from core.models import AuditEntry
from core.services.edits import Stale
from crm.models import Activity, Lead, Pipeline, Requirement, Stage
from crm.services import activities, companies, lead_steps, leads

pytestmark = pytest.mark.django_db


def test_a_new_lead_starts_in_the_first_open_stage_and_its_segment(rep, company, pipeline, stages, segments):
    lead = leads.create(by=rep, title="  Waybills  ", company=company, value=100)
    assert (lead.title, lead.stage, lead.owner, lead.team) == ("Waybills", stages["new"], rep, rep.team)
    assert lead.segment == segments["logistics-large"]
    assert AuditEntry.objects.filter(noun="lead", verb="make", object_id=str(lead.pk), actor=rep).exists()


@pytest.mark.parametrize(
    "wrong", [{"title": " "}, {"title": "x", "value": -1}, {"title": "x", "currency": "XXX"}, {"title": "x" * 201}]
)
def test_a_lead_with_a_wrong_field_is_refused(rep, pipeline, wrong):
    with pytest.raises(ValidationError):
        leads.create(by=rep, **wrong)
    assert not Lead.objects.exists()


def test_without_an_open_stage_there_is_nowhere_to_start(rep):
    Pipeline.objects.create(name_en="Empty")
    with pytest.raises(ValidationError, match="no open stage"):
        leads.create(by=rep, title="x")


def test_an_edit_is_written_down_and_raises_the_version(lead, rep):
    lead.refresh_from_db()
    leads.edit(lead, by=rep, expected=1, title="Pilot for 14 ports", value=200)
    lead.refresh_from_db()
    assert (lead.title, lead.version) == ("Pilot for 14 ports", 2)
    entry = AuditEntry.objects.get(verb="change", noun="lead")
    assert entry.before["value"].startswith("184000")
    assert entry.after["value"] == 200
    activity = lead.activities.get(kind=Activity.Kind.CHANGE)
    assert "Value" in activities.describe(activity)
    assert activity.data["fields"]["value"][1] == "200"


def test_what_changed_is_told_in_the_reader_s_language_and_time(lead, rep, pipeline, stages):
    other = Pipeline.objects.create(name_en="Existing customers", name_zh="老客户")
    Stage.objects.create(pipeline=other, name_en="Signal", name_zh="有意向")
    Pipeline.objects.filter(pk=pipeline.pk).update(name_en="New business", name_zh="新业务")
    at = datetime.datetime(2026, 3, 4, 17, 30, tzinfo=datetime.UTC)
    lead = Lead.objects.get(pk=lead.pk)
    leads.edit(lead, by=rep, expected=1, pipeline=other, next_step="Call", next_step_at=at)
    entry = lead.activities.get(kind=Activity.Kind.CHANGE)
    Activity.objects.update(text="as it was written")
    with translation.override("en"), timezone.override("Europe/Berlin"):
        told = activities.describe(entry)
        assert "Pipeline: New business → Existing customers" in told
        assert told.endswith("→ 4 Mar 2026, 18:30")
    with translation.override("zh-hans"):
        told = activities.describe(entry)
        assert "新业务 → 老客户" in told
        assert "Pipeline" not in told


def test_an_older_entry_whose_values_are_plain_words_is_still_told(lead, rep):
    fields = {"pipeline": ["New business", "Other"], "next_step_at": ["", "2026-03-04 17:30"], "value": ["1", "2"]}
    entry = activities.log(lead, Activity.Kind.CHANGE, "x", by=rep, data={"fields": fields})
    told = activities.describe(entry)
    assert "Pipeline: New business → Other; " in told
    assert "– → 4 Mar 2026, 17:30" in told
    assert told.endswith("Value: 1 → 2")


def test_the_second_of_two_people_is_told_and_writes_nothing(lead, rep, manager):
    other = Lead.objects.get(pk=lead.pk)
    leads.edit(lead, by=rep, expected=1, title="First")
    with pytest.raises(Stale):
        leads.edit(other, by=manager, expected=1, title="Second", value=1)
    lead.refresh_from_db()
    assert (lead.title, lead.value) == ("First", 184000)
    assert lead.activities.count() == 1


def test_a_refused_edit_leaves_the_row_in_memory_as_it_was(lead, rep):
    with pytest.raises(ValidationError):
        leads.edit(lead, by=rep, expected=1, value=-5)
    assert lead.value == 184000


def test_unknown_fields_are_a_mistake_of_the_caller(lead, rep):
    with pytest.raises(TypeError, match="segment"):
        leads.edit(lead, by=rep, expected=1, segment=None)


def test_a_move_is_one_change_one_activity(lead, stages, rep):
    Lead.objects.filter(pk=lead.pk).update(stage_since=timezone.now() - datetime.timedelta(days=4))
    lead.refresh_from_db()
    leads.move(lead, stages["discovery"], by=rep, expected=1)
    lead.refresh_from_db()
    assert (lead.stage, lead.version, lead.days_in_stage) == (stages["discovery"], 2, 0)
    activity = lead.activities.get(kind=Activity.Kind.STAGE)
    assert activity.data["days"] == 4
    assert activities.describe(activity) == "Moved from New to Discovery"
    steps = {step.stage: step for step in lead_steps.of(lead)}
    assert steps[stages["new"]].days == 4
    assert steps[stages["discovery"]].current


def test_moving_twice_is_moving_once(lead, stages, rep):
    stale = Lead.objects.get(pk=lead.pk)
    leads.move(lead, stages["pilot"], by=rep, expected=1)
    leads.move(stale, stages["pilot"], by=rep, expected=1)
    assert stale.version == 2
    assert lead.activities.filter(kind=Activity.Kind.STAGE).count() == 1


def test_a_move_on_a_stale_version_is_refused(lead, stages, rep, manager):
    stale = Lead.objects.get(pk=lead.pk)
    leads.move(lead, stages["pilot"], by=rep, expected=1)
    with pytest.raises(Stale):
        leads.move(stale, stages["offer"], by=manager, expected=1)
    lead.refresh_from_db()
    assert lead.stage == stages["pilot"]


@pytest.mark.parametrize("reason", ["", "because"])
def test_lost_needs_a_reason(lead, stages, rep, reason):
    with pytest.raises(leads.MoveRefused, match="Say why") as refused:
        leads.move(lead, stages["lost"], by=rep, lost_reason=reason)
    assert refused.value.code == "reason"
    leads.move(lead, stages["lost"], by=rep, lost_reason="price", note="Too dear by half")
    lead.refresh_from_db()
    assert lead.lost_reason == "price"
    assert lead.closed_at
    assert lead.activities.filter(kind=Activity.Kind.NOTE, text="Too dear by half").exists()


def test_a_closed_lead_is_opened_by_its_owner_or_a_manager_only(lead, stages, rep, teammate, manager):
    leads.move(lead, stages["won"], by=rep)
    Lead.objects.filter(pk=lead.pk).update(owner=None)
    lead.refresh_from_db()
    with pytest.raises(leads.MoveRefused, match="owner or a sales manager"):
        leads.move(lead, stages["pilot"], by=teammate)
    leads.move(lead, stages["pilot"], by=manager)
    lead.refresh_from_db()
    assert lead.closed_at is None
    assert lead.stage == stages["pilot"]


def test_the_reason_goes_when_a_lost_lead_is_opened_again(lead, stages, rep):
    leads.move(lead, stages["lost"], by=rep, lost_reason="timing")
    leads.move(lead, stages["new"], by=rep)
    lead.refresh_from_db()
    assert lead.lost_reason == ""
    assert lead.closed_at is None


def test_a_stage_that_needs_confirmed_requirements_stays_shut(lead, stages, rep, needs):
    Stage.objects.filter(pk=stages["pilot"].pk).update(confirmed_needed=1)
    stages["pilot"].refresh_from_db()
    requirement = Requirement.objects.create(lead=lead, need=needs["languages"])
    with pytest.raises(leads.MoveRefused, match="1 confirmed requirement; this lead has 0, and 1 proposed") as refused:
        leads.move(lead, stages["pilot"], by=rep)
    assert refused.value.code == "requirements"
    lead.refresh_from_db()
    assert lead.stage == stages["new"]
    assert lead.version == 1
    requirement.status = Requirement.Status.CONFIRMED
    requirement.save()
    leads.move(lead, stages["pilot"], by=rep)
    requirement.delete()
    leads.move(lead, stages["offer"], by=rep)
    leads.move(lead, stages["pilot"], by=rep)  # back is always open


def test_a_stage_of_another_pipeline_is_refused_but_the_pipeline_can_be_changed(lead, rep):
    other = Pipeline.objects.create(name_en="Expansion", position=1)
    stage = Stage.objects.create(pipeline=other, name_en="Start", position=0)
    with pytest.raises(leads.MoveRefused, match="another pipeline"):
        leads.move(lead, stage, by=rep)
    leads.edit(lead, by=rep, expected=1, pipeline=other)
    lead.refresh_from_db()
    assert lead.stage == stage


def test_the_segment_follows_the_company(lead, company, rep, segments):
    leads.set_segment(lead)
    assert lead.segment == segments["logistics-large"]
    companies.edit(company, by=rep, expected=1, industry="banking")
    lead.refresh_from_db()
    assert lead.segment == segments["banking"]
    assert lead.version == 1  # derived: nobody's open form becomes stale


def test_a_given_lead_goes_to_the_new_owners_team(lead, rep, other_rep, other_team):
    leads.edit(lead, by=rep, expected=1, owner=other_rep)
    lead.refresh_from_db()
    assert lead.team == other_team


def test_next_step_set_done_and_gone(lead, rep):
    at = timezone.now() + datetime.timedelta(hours=3)
    leads.set_next_step(lead, "Send the price", at, by=rep)
    assert lead.next_step_at == at
    leads.finish_step(lead, by=rep)
    assert (lead.next_step, lead.next_step_at) == ("", None)
    assert lead.activities.filter(data__done="Send the price").count() == 1
    leads.finish_step(lead, by=rep)
    assert lead.activities.filter(data__done="Send the price").count() == 1


def test_a_task_ticked_twice_is_done_once(lead, rep):
    task = activities.add_task(lead, "Call Anke", timezone.now(), by=rep)
    assert task.assignee == rep
    activities.finish_task(task, by=rep)
    activities.finish_task(task, by=rep)
    assert lead.activities.filter(data__done="Call Anke").count() == 1
    with pytest.raises(ValidationError):
        activities.add_task(lead, " ", timezone.now(), by=rep)


def test_company_names_are_found_in_any_case_and_domains_tidied(company, rep, other_rep):
    assert companies.named("hanseatic FREIGHT", by=rep) == company
    assert companies.named("hanseatic FREIGHT", by=other_rep) != company  # another team's is not found
    assert companies.domain_of("https://www.Acme.com/about") == "acme.com"
    with pytest.raises(ValidationError):
        companies.edit(company, by=rep, expected=1, domain="http://[bad")
