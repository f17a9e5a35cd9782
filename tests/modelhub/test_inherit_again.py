"""Letting a segment inherit again passes the same gate as assigning: the inherited version beside the one that serves."""

import pytest
from django.urls import reverse

from core.models import AuditEntry
from core.services.edits import Stale
from modelhub.models import Assignment, AssignmentChange, Evaluation, ModelVersion
from modelhub.services import assignments, gates, history

REASON = "The banks asked for it"


@pytest.fixture
def default(db):
    version = ModelVersion.objects.create(key="reader-a", name="reader A", task="read", engine="reader")
    Assignment.objects.create(task="read", segment=None, version=version)
    return version


@pytest.fixture
def own(tree):
    """The segment's own assignment, of another version than the default."""
    version = ModelVersion.objects.create(key="reader-b", name="reader B", task="read", engine="reader")
    return Assignment.objects.create(task="read", segment=tree["dach"], version=version)


def compared(default, own, low, high, n=212):
    """The own version beside the default one: what is good for it speaks against inheriting."""
    shown = {"difference": (low + high) / 2, "low": low, "high": high, "verdict": ""}
    return Evaluation.objects.create(
        version=own.version, beside=default, dataset="DACH corrections", n=n, figures={"macro_f1": 0.84},
        comparison={"differences": {"macro_f1": shown}, "figures": {"macro_f1": 0.8}},
    )  # fmt: skip


def inherit(assignment, by, reason=""):
    assignments.unassign(assignment, by=by, reason=reason, seen=assignments.stamp(assignment))


def place(segment):
    return reverse("admin:modelhub_assignment_place", args=["read", segment.pk])


@pytest.mark.parametrize("measured", [False, True])
def test_a_worse_or_unmeasured_inherited_version_needs_a_reason(measured, default, own, admin_user):
    if measured:
        compared(default, own, 0.02, 0.06)
    for reason in ("", "because", "   because  "):
        with pytest.raises(gates.Refused) as refused:
            inherit(own, admin_user, reason)
        assert refused.value.gate.verdict == ("worse" if measured else "unevaluated")
    assert Assignment.objects.filter(pk=own.pk).exists()
    assert not AssignmentChange.objects.exists()
    assert not AuditEntry.objects.exists()
    inherit(own, admin_user, REASON)
    change = AssignmentChange.objects.get()
    assert (change.kind, change.reason, change.gate["verdict"]) == ("inherit", REASON, "overruled")
    assert ("Worse than reader B: −.040 (−.060 to −.020)" in change.gate["told"]) == measured
    assert AuditEntry.objects.get().reason == REASON


def test_one_that_is_not_shown_to_be_worse_needs_none(default, own, admin_user):
    compared(default, own, -0.02, 0.03)
    inherit(own, admin_user)
    assert AssignmentChange.objects.get().gate["verdict"] == "passed"


def test_the_nearest_version_above_that_can_serve_is_judged(default, own, tree, admin_user):
    parents = ModelVersion.objects.create(key="reader-c", name="reader C", task="read", engine="reader")
    Assignment.objects.create(task="read", segment=tree["europe"], version=parents)
    compared(default, own, -0.02, 0.03)
    assert gates.judge_inheriting("read", tree["dach"]).verdict == "unevaluated"  # reader C would serve
    ModelVersion.objects.filter(pk=parents.pk).update(state="broken")
    assert gates.judge_inheriting("read", tree["dach"]).verdict == "passed"
    ModelVersion.objects.filter(pk=default.pk).update(state="broken")
    gate = gates.judge_inheriting("read", tree["dach"])
    assert (gate.verdict, gate.evaluation) == ("unevaluated", None)
    assert "No version that is assigned above can serve" in gate.told


def test_where_the_own_version_is_broken_the_inherited_one_serves_already(default, own, admin_user):
    ModelVersion.objects.filter(pk=own.version_id).update(state="broken", problem="model.safetensors was changed")
    inherit(own, admin_user)
    assert AssignmentChange.objects.get().gate == {"verdict": "passed", "told": "It serves here already."}


def test_whoever_is_second_is_told_so_before_the_gate_speaks(default, own, staff_client, admin_user):
    seen = assignments.stamp(own)
    other = ModelVersion.objects.create(key="reader-c", name="reader C", task="read", engine="reader")
    assignments.assign("read", own.segment, other, by=admin_user, reason=REASON, seen=seen)
    with pytest.raises(Stale):
        assignments.unassign(own, by=admin_user, reason="", seen=seen)
    now = Assignment.objects.get(segment=own.segment)
    values = {"reason": REASON, "seen": assignments.stamp(now), "inherit": "1"}
    assert staff_client.post(place(own.segment), values).status_code == 302
    page = staff_client.post(place(own.segment), values)
    assert page.status_code == 200
    assert "Somebody let it inherit again while you had this open." in page.content.decode()
    assert AssignmentChange.objects.filter(kind="inherit").count() == 1


def test_rolling_back_to_inheriting_is_noted_and_never_refused(default, own, tree, admin_user):
    compared(default, own, 0.02, 0.06)
    inherit(own, admin_user, REASON)
    assignments.rollback("read", tree["dach"], by=admin_user, seen="", last=history.of("read", tree["dach"])[0].pk)
    now = Assignment.objects.get(segment=tree["dach"])
    assignments.assign("read", tree["dach"], default, by=admin_user, reason=REASON, seen=assignments.stamp(now))
    now = Assignment.objects.get(segment=tree["dach"])
    inherit(now, admin_user)  # what it inherits is what serves
    assignments.assign("read", tree["dach"], own.version, by=admin_user, reason=REASON, seen="")
    now, last = Assignment.objects.get(segment=tree["dach"]), history.of("read", tree["dach"])[0]
    change = assignments.rollback("read", tree["dach"], by=admin_user, seen=assignments.stamp(now), last=last.pk)
    assert (change.kind, change.version, change.gate["verdict"]) == ("rollback", None, "worse")
    assert not Assignment.objects.filter(segment=tree["dach"]).exists()


def test_the_form_shows_what_would_serve_with_its_figures(default, own, tree, staff_client):
    evaluation = compared(default, own, 0.02, 0.06)
    page = staff_client.get(place(tree["dach"])).content.decode()
    assert "Inherit again: reader A would serve here" in page
    shown = page.split('id="heir"')[1].split("</details>")[0]
    assert "Worse than reader B: −.040 (−.060 to −.020)" in shown
    assert "beside reader B: macro-F1 0.800 : 0.840" in shown
    assert reverse("hub-evaluation", args=[evaluation.pk]) in shown
    values = {"reason": "no", "seen": assignments.stamp(own), "inherit": "1"}
    refused = staff_client.post(place(tree["dach"]), values).content.decode()
    assert "It may serve nevertheless if you write why, in 10 characters or more." in refused
    assert ">no</textarea>" in refused
    assert 'id="heir" open>' in refused  # what it is about stands open beside the refusal
    assert 'id="heir">' in page
    assert Assignment.objects.filter(pk=own.pk).exists()
    assert staff_client.post(place(tree["dach"]), {**values, "reason": REASON}).status_code == 302
    assert not Assignment.objects.filter(pk=own.pk).exists()
    told = staff_client.get(reverse("admin:modelhub_assignment_history")).content.decode()
    assert REASON in told
    assert "Worse than reader B" in told
    assert 'id="heir"' not in staff_client.get(place(tree["europe"])).content.decode()  # it inherits anyway
