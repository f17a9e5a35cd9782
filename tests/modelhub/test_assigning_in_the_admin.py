"""The admin assigns, adds and retires; nobody else gets in, and nothing is written when they try."""

import json
import shutil
import struct

import pytest
from django.urls import reverse

from core.models import AuditEntry
from modelhub.engine import artifacts
from modelhub.models import Assignment, Evaluation, ModelVersion
from modelhub.services import assignments

OVERVIEW = "/admin/modelhub/assignment/"


@pytest.fixture
def other(db):
    return ModelVersion.objects.create(key="other", name="other composer", task="draft", engine="composer")


def _place(segment=None, task="draft"):
    name = "admin:modelhub_assignment_place" if segment else "admin:modelhub_assignment_default"
    return reverse(name, args=[task, segment.pk] if segment else [task])


@pytest.mark.parametrize("who", ["rep", "manager", "marketer"])
@pytest.mark.parametrize("staff", [False, True])
def test_nobody_else_assigns(who, staff, request, sign_in, tree, composer_default, other):
    person = request.getfixturevalue(who)
    person.is_staff = staff
    person.save()
    client = sign_in(person)
    versions = "/admin/modelhub/modelversion/"
    for address in (
        OVERVIEW,
        _place(),
        _place(tree["dach"]),
        versions,
        f"{versions}add/",
        f"{versions}{other.pk}/change/",
    ):
        assert client.get(address).status_code in (302, 403), address
        values = {"version": other.pk, "reason": "mine", "seen": assignments.stamp(composer_default), "name": "x"}
        assert client.post(address, values).status_code in (302, 403), address
    client.post(versions, {"action": "retire", "_selected_action": [other.pk]})
    other.refresh_from_db()
    assert (other.state, other.name) == ("ready", "other composer")
    assert list(Assignment.objects.values_list("version__key", flat=True)) == ["composer-1"]
    assert not AuditEntry.objects.exists()


def test_the_tree_shows_own_and_inherited(staff_client, tree, composer_default, other, admin_user):
    assignments.assign("draft", tree["europe"], other, by=admin_user, reason="try it for a week", seen="")
    page = staff_client.get(OVERVIEW).content.decode()
    assert page.count("other composer") == 3  # Europe's own, and two that inherit it
    assert page.count("inherited from Europe") == 2
    assert "nothing assigned" in page  # reading, for all
    assert (
        page.count('class="hub-task">Draft pitches') == page.count('class="hub-task">Read messages') == 4
    )  # on phones
    assert reverse("rereadings") in page


def test_assign_with_a_reason_and_inherit_again(staff_client, tree, composer_default, other):
    page = staff_client.get(_place(tree["dach"])).content.decode()
    assert "composer v1 serves here, inherited." in page
    answer = staff_client.post(_place(tree["dach"]), {"version": other.pk, "reason": "", "seen": ""})
    assert answer.status_code == 200  # a reason is wanted
    assert not Assignment.objects.filter(segment=tree["dach"]).exists()
    staff_client.post(_place(tree["dach"]), {"version": other.pk, "reason": "banks asked", "seen": ""})
    made = Assignment.objects.get(segment=tree["dach"])
    assert (made.version, made.reason, made.by.name) == (other, "banks asked", "Tomas")
    assert AuditEntry.objects.get(noun="assignment").reason == "banks asked"
    ModelVersion.objects.filter(pk=other.pk).update(state="broken")  # then the form sends no version
    values = {"reason": "over", "seen": assignments.stamp(made), "inherit": "1"}
    assert staff_client.post(_place(tree["dach"]), values).status_code == 302
    assert not Assignment.objects.filter(segment=tree["dach"]).exists()


def test_the_second_admin_is_told_and_sees_the_new_state(staff_client, composer_default, composer, other, admin_user):
    seen = assignments.stamp(composer_default)
    assignments.assign("draft", None, other, by=admin_user, reason="I was the first", seen=seen)
    answer = staff_client.post(_place(), {"version": composer.pk, "reason": "I was the second", "seen": seen})
    assert answer.status_code == 200
    page = answer.content.decode()
    assert "Somebody assigned another version" in page
    assert "other composer serves here since" in page
    assert Assignment.objects.get().version == other
    new = assignments.stamp(Assignment.objects.get())
    assert f'value="{new}"' in page.replace("&#x27;", "'")
    assert (
        staff_client.post(_place(), {"version": composer.pk, "reason": "I was the second", "seen": new}).status_code
        == 302
    )


def test_a_broken_version_cannot_be_chosen(staff_client, composer_default, other):
    ModelVersion.objects.filter(pk=other.pk).update(state="broken", problem="model.safetensors was changed")
    page = staff_client.get(_place()).content.decode()
    assert "model.safetensors was changed" in page
    values = {"version": other.pk, "reason": "try", "seen": assignments.stamp(composer_default)}
    assert "cannot serve" in staff_client.post(_place(), values).content.decode()
    assert Assignment.objects.get().version.key == "composer-1"


def test_unknown_places_are_404(staff_client, composer_default):
    assert staff_client.get("/admin/modelhub/assignment/place/nonsense/").status_code == 404
    assert staff_client.get("/admin/modelhub/assignment/place/draft/4711/").status_code == 404
    assert staff_client.get(f"/admin/modelhub/assignment/{composer_default.pk}/change/").status_code == 302
    assert staff_client.get("/admin/modelhub/assignment/add/").status_code == 302


def _weights(path, names=("w",)):
    header = {name: {"dtype": "F32", "shape": [1], "data_offsets": [4 * i, 4 * i + 4]} for i, name in enumerate(names)}
    data = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(data)) + data + b"\0\0\0\0" * len(names))


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "tiny-llama"
    place.mkdir()
    (place / "config.json").write_text(json.dumps({"architectures": ["LlamaForCausalLM"], "model_type": "llama"}))
    (place / "tokenizer.json").write_text("{}")
    _weights(place / "model.safetensors")
    return place


def _version(folder="", **values):
    return {
        "name": "tiny", "key": "tiny", "task": "draft", "engine": "causal", "folder": str(folder), "adapter": "",
        "languages": "en", "card": "", "address": "", "remote_model": "", "key_variable": "", "timeout": "", **values,
    }  # fmt: skip


def test_add_a_folder_and_keep_its_digests(staff_client, folder):
    assert staff_client.post("/admin/modelhub/modelversion/add/", _version(folder)).status_code == 302
    made = ModelVersion.objects.get(key="tiny")
    assert set(made.config["files"]["folder"]) == {"config.json", "model.safetensors", "tokenizer.json"}
    assert made.config["languages"] == ["en"]
    assert AuditEntry.objects.get(noun="modelversion").verb == "add"
    page = staff_client.get("/admin/modelhub/modelversion/").content.decode()
    assert "tiny" in page


def test_add_a_reader_and_keep_its_digest(staff_client, tmp_path):
    made = artifacts.save(tmp_path / "theirs", "reader", {}, {"settings.json": {}})
    theirs = _version(tmp_path / "theirs", task="read", engine="reader")
    assert staff_client.post("/admin/modelhub/modelversion/add/", theirs).status_code == 302
    assert ModelVersion.objects.get().config["digest"] == made.digest
    artifacts.save(tmp_path / "drafts", "drafter", {}, {"settings.json": {}})
    another = {**theirs, "folder": str(tmp_path / "drafts"), "key": "another"}
    page = staff_client.post("/admin/modelhub/modelversion/add/", another).content.decode()
    assert "reader is needed here" in page


@pytest.mark.parametrize(
    ("name", "why"),
    [("pytorch_model.bin", "never loaded"), ("modeling_evil.py", "never loaded"), ("weights.pkl", "never loaded")],
)
def test_a_folder_that_could_run_code_is_refused(staff_client, folder, name, why):
    (folder / name).write_bytes(b"x")
    assert why in staff_client.post("/admin/modelhub/modelversion/add/", _version(folder)).content.decode()
    assert not ModelVersion.objects.exists()


def test_remote_code_and_foreign_kinds_are_refused(staff_client, folder):
    (folder / "config.json").write_text(json.dumps({"architectures": ["BertModel"]}))
    assert "is needed here" in staff_client.post("/admin/modelhub/modelversion/add/", _version(folder)).content.decode()
    (folder / "config.json").write_text(json.dumps({"architectures": ["XForCausalLM"], "auto_map": {"AutoModel": "x"}}))
    assert "its own code" in staff_client.post("/admin/modelhub/modelversion/add/", _version(folder)).content.decode()
    (folder / "model.safetensors").unlink()
    (folder / "config.json").write_text(json.dumps({"architectures": ["LlamaForCausalLM"]}))
    assert "safetensors" in staff_client.post("/admin/modelhub/modelversion/add/", _version(folder)).content.decode()
    missing = _version(folder.parent / "nowhere")
    assert "is not there" in staff_client.post("/admin/modelhub/modelversion/add/", missing).content.decode()
    assert not ModelVersion.objects.exists()


@pytest.mark.parametrize(
    ("address", "own", "why"),
    [
        ("http://169.254.169.254/v1", "on", "metadata"), ("http://127.0.0.1:8001/v1", "", "private"),
        ("http://user:pw@127.0.0.1/v1", "on", "password"),
    ],
)  # fmt: skip
def test_a_server_address_is_looked_at(staff_client, address, own, why):
    values = _version(engine="openai", address=address, remote_model="tiny", own_network=own)
    assert why in staff_client.post("/admin/modelhub/modelversion/add/", values).content.decode()
    assert not ModelVersion.objects.exists()


def test_a_server_in_our_own_network_needs_the_admins_word(staff_client):
    values = _version(engine="openai", address="http://127.0.0.1:8001/v1", remote_model="tiny", own_network="on")
    assert staff_client.post("/admin/modelhub/modelversion/add/", values).status_code == 302
    assert ModelVersion.objects.get().config["own_network"] is True


def test_engine_and_task_must_fit(staff_client, folder):
    page = staff_client.post("/admin/modelhub/modelversion/add/", _version(folder, task="verify")).content.decode()
    assert "does not do that task" in page


def test_check_again_and_retire(staff_client, folder, composer_default, other):
    staff_client.post("/admin/modelhub/modelversion/add/", _version(folder))
    tiny = ModelVersion.objects.get(key="tiny")
    _weights(folder / "model.safetensors", ("w", "swapped"))
    versions = "/admin/modelhub/modelversion/"
    staff_client.post(versions, {"action": "check_again", "_selected_action": [tiny.pk]})
    tiny.refresh_from_db()
    assert tiny.state == "broken"
    assert "swapped" in tiny.problem
    _weights(folder / "model.safetensors")
    staff_client.post(versions, {"action": "check_again", "_selected_action": [tiny.pk]})
    tiny.refresh_from_db()
    assert (tiny.state, tiny.problem) == ("ready", "")
    chosen = [tiny.pk, composer_default.version_id]
    staff_client.post(versions, {"action": "retire", "_selected_action": chosen})
    states = dict(ModelVersion.objects.values_list("key", "state"))
    assert (states["tiny"], states["composer-1"]) == ("retired", "ready")  # one serves and stays
    staff_client.post(versions, {"action": "check_again", "_selected_action": [tiny.pk]})
    tiny.refresh_from_db()
    assert tiny.state == "retired"  # its files are right, and it stays out of use


def test_what_was_measured_stays_what_it_is(staff_client, folder, tmp_path):
    """Else figures and gate would speak of another model than the one that answers."""
    staff_client.post("/admin/modelhub/modelversion/add/", _version(folder))
    tiny = ModelVersion.objects.get()
    page = reverse("admin:modelhub_modelversion_change", args=[tiny.pk])
    other = shutil.copytree(folder, tmp_path / "other")
    assert staff_client.post(page, _version(other)).status_code == 302  # nobody knows it yet
    Evaluation.objects.create(version=tiny, dataset="Requests", n=30, figures={"supported": 0.9})
    told = staff_client.post(page, _version(folder)).content.decode()
    assert "cannot change any more" in told
    assert staff_client.post(page, _version(other, card="Writes letters.")).status_code == 302
    _weights(other / "model.safetensors", ("w", "swapped"))
    assert "swapped" in staff_client.post(page, _version(other, card="Writes more letters.")).content.decode()
    tiny.refresh_from_db()
    assert (tiny.folder, tiny.card) == (str(other), "Writes letters.")


def test_what_ships_is_nobodys_assignment_and_says_so_in_the_readers_language(
    staff_client, admin_user, composer_default
):
    Assignment.objects.update(reason="Shipped default.")
    page = staff_client.get(_place()).text
    assert "composer v1 serves here since" in page
    assert "assigned by" not in page
    admin_user.language = "zh-hans"
    admin_user.save()
    page = staff_client.get(_place()).text
    assert "自带默认。" in page
    assert "Shipped default." not in page
