"""What serves where: inheritance, the second of two admins, and the history."""

import pytest
from django.core.exceptions import ValidationError

from core.models import AuditEntry
from core.services.edits import Stale
from modelhub import interface
from modelhub.models import Assignment, ModelVersion
from modelhub.services import assignments


@pytest.fixture
def other(db):
    return ModelVersion.objects.create(key="other", name="other", task="draft", engine="composer")


def _assign(version, segment, admin_user, seen=""):
    return assignments.assign("draft", segment, version, by=admin_user, reason="try it for a week", seen=seen)


def test_inherited_from_segment_to_parent_to_default(tree, composer_default, other, admin_user):
    assert interface.serving("draft", tree["dach-banks"].pk).key == "composer-1"
    _assign(other, tree["europe"], admin_user)
    served = interface.serving("draft", tree["dach-banks"].pk)
    assert (served.key, served.segment) == ("other", tree["europe"].pk)
    assert interface.serving("draft", None).key == "composer-1"
    assert interface.serving("draft", 987654).key == "composer-1"
    assert interface.serving("read", None) is None


def test_a_broken_version_is_passed_over(tree, composer_default, other, admin_user):
    _assign(other, tree["dach"], admin_user)
    ModelVersion.objects.filter(pk=other.pk).update(state="broken", problem="gone")
    assert interface.serving("draft", tree["dach-banks"].pk).key == "composer-1"
    cell = next(row for row in assignments.table() if row.segment == tree["dach"]).cells[1]
    assert cell.version == other
    assert cell.stands_in.key == "composer-1"


def test_the_second_of_two_admins_is_told(tree, composer_default, composer, other, admin_user):
    seen = assignments.stamp(composer_default)
    _assign(other, None, admin_user, seen)
    with pytest.raises(Stale):
        _assign(composer, None, admin_user, seen)
    assert Assignment.objects.get(segment=None).version == other
    _assign(other, tree["dach"], admin_user)
    with pytest.raises(Stale):  # both saw an empty place, the first has filled it
        _assign(composer, tree["dach"], admin_user)


def test_every_change_is_written_down(tree, composer_default, other, admin_user):
    made = _assign(other, tree["dach"], admin_user)
    assignments.unassign(made, by=admin_user, reason="enough of it", seen=assignments.stamp(made))
    verbs = list(AuditEntry.objects.filter(noun="assignment").order_by("id").values_list("verb", "reason", "actor"))
    assert verbs == [("assign", "try it for a week", admin_user.pk), ("unassign", "enough of it", admin_user.pk)]
    assert interface.serving("draft", tree["dach"].pk).key == "composer-1"


def test_the_default_cannot_be_taken_away(composer_default, admin_user):
    with pytest.raises(ValueError, match="default"):
        assignments.unassign(composer_default, by=admin_user, reason="", seen=assignments.stamp(composer_default))
    assert Assignment.objects.exists()


def test_only_a_ready_version_of_the_task_can_be_assigned(tree, rules, other, admin_user):
    with pytest.raises(ValidationError):
        _assign(rules, tree["dach"], admin_user)
    other.state = "broken"
    other.save()
    with pytest.raises(ValidationError):
        _assign(other, tree["dach"], admin_user)
    assert not Assignment.objects.exists()
