"""The gate before an assignment: figures of both versions decide, a written reason overrules, a broken version never serves."""

import pytest
from django.urls import reverse

from core.models import AuditEntry
from modelhub.models import Assignment, AssignmentChange, Dataset, Evaluation, ModelVersion
from modelhub.services import assignments, deciding, gates

REASON = "The banks asked for it"


@pytest.fixture
def old(db):
    version = ModelVersion.objects.create(key="reader-a", name="reader A", task="read", engine="reader")
    Assignment.objects.create(task="read", segment=None, version=version)
    return version


@pytest.fixture
def new(db):
    return ModelVersion.objects.create(key="reader-b", name="reader B", task="read", engine="reader")


def measured(version, beside=None, low=-0.01, high=0.03, dataset="DACH corrections", n=212, segment=None):
    mean = round((low + high) / 2, 4)
    verdict = "better" if low > 0 else "worse" if high < 0 else "none shown"
    shown = {"difference": mean, "low": low, "high": high, "verdict": verdict}
    comparison = {"differences": {"macro_f1": shown}, "figures": {"macro_f1": 0.8}} if beside else {}
    data = Dataset.objects.create(name=dataset, digest="x", segment=segment)
    return Evaluation.objects.create(
        version=version, beside=beside, dataset=dataset, data=data, n=n, figures={"macro_f1": 0.8 + mean},
        comparison=comparison,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("low", "high", "verdict", "words"),
    [
        (0.019, 0.049, "passed", "Better than reader A: +.034 (+.019 to +.049) on “DACH corrections”, n = 212."),
        (-0.01, 0.03, "passed", "No difference to reader A shown: +.010 (−.010 to +.030)"),
        (-0.05, -0.01, "worse", "Worse than reader A: −.030 (−.050 to −.010)"),
    ],
)
def test_the_interval_decides(old, new, low, high, verdict, words):
    measured(new, old, low, high)
    gate = gates.judge("read", None, new)
    assert gate.verdict == verdict
    assert words in gate.told


def test_a_comparison_of_what_serves_with_the_candidate_counts_the_other_way_round(old, new):
    measured(old, new, 0.02, 0.06)
    gate = gates.judge("read", None, new)
    assert gate.verdict == "worse"
    assert "−.040 (−.060 to −.020)" in gate.told


def test_the_latest_comparison_counts(old, new):
    measured(new, old, -0.05, -0.01)
    measured(new, old, 0.01, 0.05)
    assert gates.judge("read", None, new).verdict == "passed"


@pytest.mark.parametrize(("n", "verdict"), [(13, "unevaluated"), (29, "unevaluated"), (30, "passed")])
def test_of_too_few_messages_nothing_is_concluded(old, new, n, verdict, tree, admin_user):
    measured(new, old, 0.02, 0.06, n=n)
    gate = gates.judge("read", tree["dach"], new)
    assert gate.verdict == verdict
    assert (f"Too few to say, n = {n}: at least 30 are wanted." in gate.told) == gate.wants_reason
    if gate.wants_reason:
        with pytest.raises(gates.Refused):
            assignments.assign("read", tree["dach"], new, by=admin_user, reason="", seen="")
        assert not Assignment.objects.filter(segment=tree["dach"]).exists()


def test_the_places_own_set_decides_before_its_parents_and_a_general_one(old, new, tree):
    own = measured(new, old, 0.01, 0.05, segment=tree["dach"])
    parents = measured(new, old, -0.05, -0.01, segment=tree["europe"])
    general = measured(new, old)
    banks = measured(new, old, -0.05, -0.01, segment=tree["dach-banks"])
    decides = {key: gates.judge("read", place, new).evaluation for key, place in [*tree.items(), ("", None)]}
    assert decides == {"europe": parents, "dach": own, "dach-banks": banks, "": general}
    again = measured(new, old, -0.05, -0.01, segment=tree["dach"])
    assert gates.judge("read", tree["dach"], new).evaluation == again  # of its own sets, the latest
    measured(new, old, 0.01, 0.05, segment=tree["dach"], n=13)
    assert gates.judge("read", tree["dach"], new).evaluation == again  # of too few messages none


def test_what_other_segments_customers_say_lets_nothing_pass(old, new, tree):
    measured(new, old, -0.05, -0.01, segment=tree["dach"], n=13)
    measured(new, old, 0.01, 0.05, segment=tree["dach-banks"], n=300)
    assert gates.judge("read", tree["dach-banks"], new).verdict == "passed"
    found = gates.judge("read", tree["dach"], new)
    assert (found.verdict, found.evaluation.n) == ("unevaluated", 13)
    assert gates.judge("read", tree["europe"], new).verdict == "unevaluated"


def test_the_set_of_a_segment_that_is_deleted_speaks_for_nobody_else(old, new, tree, rep_client):
    made = measured(new, old, 0.01, 0.05, segment=tree["dach-banks"])
    tree["dach-banks"].delete()
    made.refresh_from_db()
    assert (made.data.segment, made.data.place) == (None, "DACH banks")  # its name is kept
    for place in (None, tree["dach"]):
        gate = gates.judge("read", place, new)
        assert (gate.verdict, gate.evaluation) == ("unevaluated", None)
        assert (
            "measured beside reader A, which serves here, but only on what other segments' customers say" in gate.told
        )
    assert deciding.places(new) == {}
    page = rep_client.get(reverse("hub-datasets")).content.decode()
    assert "DACH banks" in page
    assert "deleted since" in page
    assert "DACH banks" in rep_client.get(reverse("hub-dataset", args=[made.data_id])).content.decode()
    made.data.save()  # whatever else of it is written
    made.data.refresh_from_db()
    assert made.data.place == "DACH banks"


def test_pages_name_the_places_for_which_a_comparison_decides(old, new, tree, rep_client):
    own = measured(new, old, segment=tree["dach"])
    general = measured(new, old)
    few = measured(new, old, segment=tree["europe"], n=13)
    assert deciding.places(new) == {general.pk: [None], own.pk: [tree["dach"]]}
    assert deciding.of(own) == [tree["dach"]]
    told = {
        row: rep_client.get(reverse("hub-evaluation", args=[row.pk])).content.decode() for row in (own, general, few)
    }
    line = "The gate goes by this comparison for:"
    assert f"{line} DACH</span>" in told[own]
    assert f"{line} Default</span>" in told[general]
    assert line not in told[few]
    assert "The gate does not go by it: n = 13, at least 30 are wanted." in told[few]
    page = rep_client.get(reverse("hub-version", args=[new.key])).content.decode()
    assert f"{line} DACH</span>" in page
    Assignment.objects.create(task="read", segment=tree["dach"], version=new)
    assert deciding.of(own) == [tree["dach"]]  # the other way round: whether the old one may come back
    assert deciding.of(general) == [None]


def test_unmeasured_or_measured_beside_another(old, new, tree):
    assert gates.judge("read", None, new).told == "It was never measured."
    third = ModelVersion.objects.create(key="reader-c", name="reader C", task="read", engine="reader")
    measured(new, third, 0.01, 0.05)
    gate = gates.judge("read", None, new)
    assert gate.verdict == "unevaluated"
    assert "not beside reader A, which serves here" in gate.told
    Assignment.objects.create(task="read", segment=tree["europe"], version=third)
    assert gates.judge("read", tree["dach-banks"], new).verdict == "passed"  # there, the third one serves


def test_what_serves_already_and_an_empty_place(old, new, tree):
    assert gates.judge("read", tree["dach"], old).verdict == "passed"
    Assignment.objects.all().delete()
    assert gates.judge("read", None, new).verdict == "unevaluated"
    measured(new)
    assert gates.judge("read", None, new).verdict == "passed"


def test_a_worse_version_needs_a_reason_of_ten_characters(old, new, tree, admin_user):
    measured(new, old, -0.05, -0.01)
    for reason in ("", "because", "   because  "):
        with pytest.raises(gates.Refused) as refused:
            assignments.assign("read", tree["dach"], new, by=admin_user, reason=reason, seen="")
        assert refused.value.gate.verdict == "worse"
    assert not AssignmentChange.objects.exists()
    assert not AuditEntry.objects.exists()
    assignments.assign("read", tree["dach"], new, by=admin_user, reason=REASON, seen="")
    change = AssignmentChange.objects.get()
    assert (change.kind, change.version, change.before, change.by) == ("assign", new, None, admin_user)
    assert change.gate["verdict"] == "overruled"
    assert "Worse than reader A" in change.gate["told"]
    assert AuditEntry.objects.get().reason == change.reason == REASON


def test_a_better_version_needs_none(old, new, admin_user):
    measured(new, old, 0.02, 0.06)
    assignments.assign("read", None, new, by=admin_user, reason="", seen=assignments.stamp(Assignment.objects.get()))
    assert AssignmentChange.objects.get().gate["verdict"] == "passed"


@pytest.mark.parametrize("state", ["broken", "retired"])
def test_what_cannot_serve_is_refused_whatever_the_reason(old, new, state, tree, staff_client):
    measured(new, old, 0.02, 0.06)
    ModelVersion.objects.filter(pk=new.pk).update(state=state, problem="model.safetensors was changed")
    place = reverse("admin:modelhub_assignment_place", args=["read", tree["dach"].pk])
    page = staff_client.post(place, {"version": new.pk, "reason": REASON, "seen": ""}).content.decode()
    assert "cannot serve" in page or "Select a valid choice" in page
    assert Assignment.objects.count() == 1
    assert not AssignmentChange.objects.exists()


def test_the_form_shows_the_figures_beside_those_of_what_serves(old, new, tree, staff_client):
    evaluation = measured(new, old, -0.05, -0.01)
    place = reverse("admin:modelhub_assignment_place", args=["read", tree["dach"].pk])
    page = staff_client.get(place).content.decode()
    assert "Worse than reader A: −.030 (−.050 to −.010)" in page
    assert reverse("hub-evaluation", args=[evaluation.pk]) in page
    assert "macro-F1 0.770 (n = 212)" in page
    refused = staff_client.post(place, {"version": new.pk, "reason": "no", "seen": ""}).content.decode()
    assert "It may serve nevertheless if you write why, in 10 characters or more." in refused
    assert ">no</textarea>" in refused  # what was written is kept
    assert not Assignment.objects.filter(segment=tree["dach"]).exists()
    assert staff_client.post(place, {"version": new.pk, "reason": REASON, "seen": ""}).status_code == 302
    assert Assignment.objects.get(segment=tree["dach"]).version == new


def test_after_a_change_reading_again_is_offered_as_long_as_the_change_holds(old, new, tree, staff_client):
    place = reverse("admin:modelhub_assignment_place", args=["read", tree["dach"].pk])
    told = staff_client.post(place, {"version": new.pk, "reason": REASON, "seen": ""}, follow=True).content.decode()
    change = AssignmentChange.objects.get()
    again = f'<a href="{reverse("rereading", args=[change.pk])}">Read open messages again</a>'
    assert "reader B serves now. Workers follow with their next batch." in told
    assert again in told
    history = reverse("admin:modelhub_assignment_place_history", args=["read", tree["dach"].pk])
    everything = reverse("admin:modelhub_assignment_history")
    assert all(again in staff_client.get(page).content.decode() for page in (history, everything))
    seen = assignments.stamp(Assignment.objects.get(segment=tree["dach"]))
    back = reverse("admin:modelhub_assignment_place_rollback", args=["read", tree["dach"].pk])
    staff_client.post(back, {"seen": seen, "last": change.pk})
    for page in (history, everything):
        shown = staff_client.get(page).content.decode()
        assert again not in shown
        assert shown.count("Read open messages again") == 1  # of the roll-back


def test_a_version_that_is_not_trained_leads_to_its_training(old, new, staff_client):
    ModelVersion.objects.filter(pk=new.pk).update(state="untrained")
    page = staff_client.get(reverse("admin:modelhub_assignment_default", args=["read"])).content.decode()
    assert f'<a href="{reverse("hub-version", args=[new.key])}">Train it</a>' in page


@pytest.mark.parametrize("task", ["draft", "verify"])
def test_drafting_and_verifying_pass_the_same_gate(task, tree, composer, rules, admin_user):
    version = {"draft": composer, "verify": rules}[task]
    with pytest.raises(gates.Refused):
        assignments.assign(task, tree["dach"], version, by=admin_user, reason="", seen="")
    assignments.assign(task, tree["dach"], version, by=admin_user, reason=REASON, seen="")
    assert Assignment.objects.get(task=task).version == version
