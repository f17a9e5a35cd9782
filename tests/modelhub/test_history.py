"""Who let which version serve, when and why: every change is kept, the last can be taken back, workers follow at once."""

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from core.models import AuditEntry
from core.services.edits import Stale
from modelhub.models import Assignment, AssignmentChange, ModelVersion
from modelhub.services import assignments, history, inheritance, versions
from modelhub.signals import assignment_changed
from tests.fixtures.servers import wait_for
from tests.modelhub.chat_peer import serving

REASON = "The banks asked for it"


@pytest.fixture
def other(db):
    return ModelVersion.objects.create(key="other", name="other composer", task="draft", engine="composer")


@pytest.fixture
def news():
    """What was told, in order."""
    told = []

    def hear(**values):
        told.append(values)

    assignment_changed.connect(hear)
    yield told
    assignment_changed.disconnect(hear)


def assign(version, segment, by):
    current = Assignment.objects.filter(task="draft", segment=segment).first()
    seen = assignments.stamp(current)
    return assignments.assign("draft", segment, version, by=by, reason=REASON, seen=seen)


def url(page, segment=None):
    kind = "place" if segment else "default"
    return reverse(f"admin:modelhub_assignment_{kind}_{page}", args=["draft", *([segment.pk] if segment else [])])


def back(client, segment=None, **values):
    current = Assignment.objects.filter(task="draft", segment=segment).first()
    last = history.of("draft", segment).first()
    given = {"seen": assignments.stamp(current), "last": last.pk if last else "", **values}
    return client.post(url("rollback", segment), given, follow=True).content.decode()


def test_every_change_is_kept_and_told(tree, composer, composer_default, other, admin_user, news):
    made = assign(other, tree["europe"], admin_user)
    assignments.unassign(made, by=admin_user, reason="They asked for the old one", seen=assignments.stamp(made))
    first, second = reversed(history.of("draft", tree["europe"]))
    assert (first.kind, first.version, first.before, first.reason) == ("assign", other, None, REASON)
    assert (second.kind, second.version, second.before) == ("inherit", None, other)
    assert (second.gate["verdict"], second.reason) == ("overruled", "They asked for the old one")
    assert [(told["before"], told["after"]) for told in news] == [
        ("composer v1", "other composer"), ("other composer", "composer v1"),
    ]  # fmt: skip
    assert news[0]["change"] == first.pk
    assert set(news[0]["segments"]) == {segment.pk for segment in tree.values()}
    assert AuditEntry.objects.filter(noun="assignment").count() == 2


def test_a_change_reaches_what_inherits_and_no_more(tree, composer_default, other, admin_user):
    assign(other, tree["dach"], admin_user)
    assert inheritance.follow("draft", tree["europe"]) == [tree["europe"].pk]
    assert inheritance.follow("draft", tree["dach"]) == [tree["dach"].pk, tree["dach-banks"].pk]
    assert inheritance.follow("draft", None) == [None, tree["europe"].pk]


def test_a_change_that_fails_is_told_to_nobody(tree, composer_default, other, admin_user, news):
    def refuse(**_):
        raise RuntimeError("the receiver fails")

    assignment_changed.connect(refuse)
    try:
        with pytest.raises(RuntimeError):
            assign(other, tree["dach"], admin_user)
    finally:
        assignment_changed.disconnect(refuse)
    assert not Assignment.objects.filter(segment=tree["dach"]).exists()  # the change stands or falls with its news
    assert not AssignmentChange.objects.exists()


def test_roll_back_to_the_version_before_and_forth_again(
    tree, composer, composer_default, other, staff_client, admin_user
):
    assign(other, None, admin_user)
    page = staff_client.get(url("history")).content.decode()
    assert "Roll back to composer v1" in page
    assert REASON in page
    assert "composer v1 serves again" in back(staff_client)
    assert Assignment.objects.get(segment=None).version == composer
    change = history.of("draft", None)[0]
    assert (change.kind, change.version, change.before) == ("rollback", composer, other)
    assert change.reason == "Rolled back from other composer."
    assert AuditEntry.objects.order_by("-id")[0].verb == "rollback"
    back(staff_client)  # itself a change: taken back like any other
    assert Assignment.objects.get(segment=None).version == other
    assert AssignmentChange.objects.count() == 3


def test_roll_back_to_inheriting(tree, composer_default, other, staff_client, admin_user):
    assign(other, tree["dach"], admin_user)
    assert "Roll back: inherit again" in staff_client.get(url("history", tree["dach"])).content.decode()
    assert "DACH inherits again" in back(staff_client, tree["dach"])
    assert not Assignment.objects.filter(segment=tree["dach"]).exists()
    back(staff_client, tree["dach"])
    assert Assignment.objects.get(segment=tree["dach"]).version == other


def test_a_roll_back_after_somebody_elses_change_is_told(
    tree, composer, composer_default, other, staff_client, admin_user
):
    assign(other, None, admin_user)
    seen, last = assignments.stamp(Assignment.objects.get(segment=None)), history.of("draft", None)[0].pk
    assign(composer, None, admin_user)
    page = back(staff_client, seen=seen, last=last)
    assert "Somebody assigned another version" in page
    assert Assignment.objects.get(segment=None).version == composer
    with pytest.raises(Stale):
        assignments.rollback(
            "draft", None, by=admin_user, seen=assignments.stamp(Assignment.objects.get(segment=None)), last=last
        )
    assert AssignmentChange.objects.count() == 2
    assert "Somebody assigned another version" in back(staff_client, last="nonsense")


def test_pressed_twice_it_rolls_back_once(composer, composer_default, other, staff_client, admin_user):
    assign(other, None, admin_user)
    values = {"seen": assignments.stamp(Assignment.objects.get()), "last": history.of("draft", None)[0].pk}
    back(staff_client, **values)
    back(staff_client, **values)
    assert Assignment.objects.get().version == composer


def test_a_broken_version_before_is_not_rolled_back_to(composer, composer_default, other, staff_client, admin_user):
    assign(other, None, admin_user)
    ModelVersion.objects.filter(pk=composer.pk).update(state="broken", problem="model.safetensors was changed")
    page = back(staff_client)
    assert "It was not rolled back." in page
    assert "model.safetensors was changed" in page
    assert Assignment.objects.get().version == other


def test_where_nothing_was_changed_there_is_nothing_to_take_back(composer_default, staff_client, tree):
    assert "Nothing was changed yet." in staff_client.get(url("history")).content.decode()
    assert "nothing to go back to" in back(staff_client)
    assert staff_client.get(url("rollback")).status_code == 405
    assert staff_client.get("/admin/modelhub/assignment/place/draft/4711/history/").status_code == 404


def test_the_history_of_all_places(tree, composer_default, other, staff_client, admin_user):
    assign(other, tree["dach"], admin_user)
    page = staff_client.get(reverse("admin:modelhub_assignment_history")).content.decode()
    assert "DACH" in page
    assert "overruled" in page
    assert "It was measured" in page or "It was never measured" in page


def test_the_history_of_a_segment_outlives_it(tree, composer, composer_default, other, staff_client, admin_user):
    assign(other, tree["dach-banks"], admin_user)
    assign(other, None, admin_user)
    tree["dach-banks"].delete()
    kept = AssignmentChange.objects.get(place="DACH banks")
    assert (kept.segment, kept.version, kept.reason) == (None, other, REASON)
    assert [change.place for change in history.of("draft", None)] == [
        ""
    ]  # what was changed at the default, and no more
    page = staff_client.get(reverse("admin:modelhub_assignment_history")).content.decode()
    assert "DACH banks <small>deleted since</small>" in page
    assert "DACH banks" not in staff_client.get(url("history")).content.decode()
    back(staff_client)
    assert Assignment.objects.get().version == composer


def test_what_is_retired_meanwhile_is_not_assigned_and_what_serves_is_not_retired(
    tree, composer, composer_default, other, admin_user
):
    seen_ready = ModelVersion.objects.get(pk=other.pk)
    versions.retire(other, by=admin_user)
    with pytest.raises(ValidationError, match="cannot serve"):
        assign(seen_ready, tree["dach"], admin_user)
    assert Assignment.objects.get().version == composer
    with pytest.raises(ValidationError, match="serves a segment"):
        versions.retire(composer, by=admin_user)
    composer.refresh_from_db()
    assert composer.state == "ready"


@pytest.mark.parametrize("who", ["rep", "manager", "marketer"])
@pytest.mark.parametrize("staff", [False, True])
def test_nobody_else_sees_the_history_or_rolls_back(
    who, staff, request, sign_in, tree, composer_default, other, admin_user
):
    assign(other, None, admin_user)
    person = request.getfixturevalue(who)
    person.is_staff = staff
    person.save()
    client = sign_in(person)
    for address in (url("history"), url("history", tree["dach"]), reverse("admin:modelhub_assignment_history")):
        assert client.get(address).status_code in (302, 403), address
    values = {"seen": assignments.stamp(Assignment.objects.get()), "last": history.of("draft", None)[0].pk}
    assert client.post(url("rollback"), values).status_code in (302, 403)
    assert Assignment.objects.get().version == other
    assert AssignmentChange.objects.count() == 1


SET_UP = """
from core.models import User
from modelhub.models import Assignment, ModelVersion
from crm.models import Lead, Pipeline, Stage
for key, address in (("old", {old!r}), ("new", {new!r})):
    ModelVersion.objects.create(key=key, name=key, task="read", engine="openai", address=address, remote_model="tiny",
                                config={{"own_network": True, "timeout": 120}})
Assignment.objects.create(task="read", version=ModelVersion.objects.get(key="old"))
User.objects.create_user("a@fairlead.example", "a-long-password", name="A", role="admin")
pipeline = Pipeline.objects.create(name_en="Sales")
stage = Stage.objects.create(pipeline=pipeline, name_en="New", kind="open")
Lead.objects.create(title="x", pipeline=pipeline, stage=stage)
"""
WRITE = """
from crm.models import Lead
from crm.services import messages
message, _ = messages.add(Lead.objects.get(), text={text!r}, channel="mail")
print(message.pk)
"""
CHANGE = """
from core.models import User
from modelhub.models import Assignment, ModelVersion
from modelhub.services import assignments
seen = assignments.stamp(Assignment.objects.get(task="read"))
assignments.assign("read", None, ModelVersion.objects.get(key="new"), by=User.objects.get(), reason="to be followed at once", seen=seen)
"""
BY = "from crm.models import Message; print(Message.objects.get(pk={pk}).read_by)"


@pytest.mark.slow
def test_a_running_worker_follows_without_a_restart(make_site):
    """A real worker process: the first message after the change is read by the new version."""
    says = lambda body: {"needs": [{"need": "latency", "probability": 0.9, "quotes": ["two seconds"]}]}  # noqa: E731
    with serving(says) as old, serving(says) as new:
        site = make_site(JOB_TICK_SECONDS="1")
        site.shell(SET_UP.format(old=old.url, new=new.url))
        worker = site.worker("ml")
        first = site.shell(WRITE.format(text="We need it within two seconds."))
        wait_for(lambda: site.shell(BY.format(pk=first)) == "old", "the first message")
        site.shell(CHANGE)
        second = site.shell(WRITE.format(text="And within two seconds here as well."))
        wait_for(lambda: site.shell(BY.format(pk=second)), "the second message")
        assert site.shell(BY.format(pk=second)) == "new"
        assert worker.poll() is None
    assert new.seen
