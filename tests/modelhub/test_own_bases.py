"""A base model of one's own: added in the admin as a folder, chosen for a training run, and what comes of it serves."""

import pytest
from django.urls import reverse

from modelhub import interface
from modelhub.models import BaseModel, TrainingRun
from modelhub.services import assignments
from tests.modelhub import tiny_encoder
from tests.modelhub.training_runs import work

pytestmark = pytest.mark.usefixtures("one_thread")
ASKED = "we run a depot near the harbour. quote and budget for the depot team"


@pytest.fixture(params=["bert", "roberta"])
def folder(request, tmp_path):
    return tiny_encoder.as_hubs_keep_it(tmp_path / f"our-{request.param}", request.param)


def add(client, folder):
    values = {"key": folder.name, "name": "Our own", "kind": "encoder", "licence": "MIT", "source": str(folder)}
    answer = client.post(reverse("admin:modelhub_basemodel_add"), values)
    assert answer.status_code == 302, answer.content.decode()
    return BaseModel.objects.get(key=folder.name)


def train(client, base, dataset, seed=1):
    """Start a run from the page that offers the base, and work it; returns the run."""
    new = reverse("hub-run-new")
    assert f'value="{base.pk}"' in client.get(new).content.decode()
    values = {"dataset": dataset.pk, "recipe": "linear", "base": base.pk, "own_weight": 2, "seed": seed}
    assert client.post(new, values).status_code == 302
    work()
    return TrainingRun.objects.select_related("result__base").latest("pk")


def needs_in(text, version):
    result = interface.read([interface.ReadRequest("x:1", text)])[0]
    assert result.serving.key == version.key
    return {need.need for need in result.reading.needs}


def test_a_folder_added_in_the_admin_is_trained_on_and_serves(folder, dataset, staff_client, admin_user):
    base = add(staff_client, folder)
    run = train(staff_client, base, dataset)
    assert (run.state, run.problem, run.result.base) == ("done", "", base)
    assignments.assign("read", None, run.result, by=admin_user, reason="It is the only one there is", seen="")
    found = needs_in(ASKED, run.result)
    assert "pricing-request" in found
    assert not {"latency", "languages"} <= found  # it does not list whatever it knows
    assert "pricing-request" in needs_in(f"{ASKED} " * 200, run.result)  # longer than the model takes at once
    base.refresh_from_db()
    assert len(base.sha256) == 64  # from now on a swap of the weights is noticed


@pytest.mark.parametrize("folder", ["bert"], indirect=True)
def test_weights_that_were_swapped_are_not_trained_on(folder, dataset, staff_client, admin_user):
    base = add(staff_client, folder)
    run = train(staff_client, base, dataset)
    assignments.assign("read", None, run.result, by=admin_user, reason="It is the only one there is", seen="")
    needs_in(ASKED, run.result)
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-4] + b"\0\0\0\1")
    run = train(staff_client, base, dataset, seed=2)
    assert run.state == "failed"
    assert f"the weights of {base.key} are others than when it was added" in run.problem
