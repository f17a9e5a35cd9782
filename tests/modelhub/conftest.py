"""Versions, a segment tree, and an admin who may enter the Django admin."""

import pytest
from django.utils import translation

from core.models import Segment
from modelhub.models import Assignment, BaseModel, Example, ModelVersion
from modelhub.services import datasets, loading, run_work
from tests.modelhub import tiny_encoder


@pytest.fixture(autouse=True)
def _fresh_process():
    """Each test starts as a worker that has just started: nothing loaded, nothing remembered."""
    loading.let_go()
    with translation.override("en"):  # a page another test saw in Chinese leaves its language behind
        yield
    loading.let_go()


@pytest.fixture
def tree(db):
    """Three segments, one under the other, by key."""
    found = {}
    above = None
    for position, (key, name, name_zh) in enumerate(
        [("europe", "Europe", "欧洲"), ("dach", "DACH", "德语区"), ("dach-banks", "DACH banks", "德语区银行")]
    ):
        above = Segment.objects.create(key=key, name_en=name, name_zh=name_zh, parent=above, position=position)
        found[key] = above
    return found


@pytest.fixture
def composer(db):
    return ModelVersion.objects.create(key="composer-1", name="composer v1", task="draft", engine="composer")


@pytest.fixture
def rules(db):
    return ModelVersion.objects.create(key="rules-1", name="rules v1", task="verify", engine="rules")


@pytest.fixture
def composer_default(composer):
    return Assignment.objects.create(task="draft", segment=None, version=composer)


@pytest.fixture
def server_version(db):
    """Return a function that registers a model server at an address, for reading or drafting."""

    def make(address, task="draft", key="server", **config):
        return ModelVersion.objects.create(
            key=key, name=f"{key} model", task=task, engine="openai", address=address, remote_model="tiny",
            config={"own_network": True, "timeout": 60, **config},
        )  # fmt: skip

    return make


@pytest.fixture
def staff_client(sign_in, admin_user):
    admin_user.is_staff = True
    admin_user.save()
    return sign_in(admin_user)


@pytest.fixture(scope="module")
def single_thread():
    """torch on one thread: threads that wait for each other are slow where other tests run beside these."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def one_thread(single_thread, monkeypatch):
    """Runs on one thread that tell each step."""
    monkeypatch.setattr(run_work, "TELL_EVERY", 0.0)


@pytest.fixture(scope="module")
def base_folder(tmp_path_factory):
    return tiny_encoder.build(tmp_path_factory.mktemp("bases") / "tiny")


@pytest.fixture
def base(base_folder, db):
    return BaseModel.objects.create(key="tiny", name="Tiny", kind="encoder", source=str(base_folder))


@pytest.fixture
def dataset(needs, tree, settings, tmp_path, base):
    settings.FAIRLEAD_DATA = tmp_path / "data"
    settings.FAIRLEAD_DATA.mkdir()
    for message in tiny_encoder.messages(72):
        Example.objects.create(
            source=message.id, text=message.text, language="en", labels=dict.fromkeys(message.needs, True),
            spans={need: [list(span) for span in spans] for need, spans in message.needs.items()}, group=message.writer,
            segment=tree["dach-banks"],
        )  # fmt: skip
    return datasets.freeze("Banks", segment=tree["europe"], with_corpus=False)
