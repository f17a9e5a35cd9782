"""A data folder of an earlier edition, with the code of this one: what served goes on serving."""

import pytest

from modelhub.engine import packs as engine_packs
from modelhub.engine.reader import Reader
from modelhub.models import BaseModel, ModelVersion
from modelhub.services import shipped, shipped_readers

pytestmark = [pytest.mark.django_db, pytest.mark.models]


def test_layers_that_came_with_this_edition_are_put_beside_their_base_when_a_message_is_read(packs, tmp_path, settings):
    settings.FAIRLEAD_DATA = tmp_path
    (tmp_path / "packs").mkdir()
    (tmp_path / "packs" / "multilingual-e5-small").symlink_to((packs / "multilingual-e5-small").resolve())
    shipped_readers.ensure_there("default")
    assert (tmp_path / "packs" / engine_packs.TUNED / engine_packs.CARD).is_file()
    reader = Reader.load(tmp_path / "readers" / "default", tmp_path / "packs", shipped_readers.definitions())
    assert reader.read(["What does it cost for forty seats?"])[0].needs


def test_a_shipped_reader_is_told_to_stand_on_its_new_base():
    shipped.ensure()
    reader = ModelVersion.objects.get(key=shipped.READER)
    ModelVersion.objects.filter(pk=reader.pk).update(
        base=BaseModel.objects.get(key="multilingual-e5-small"), card="Older words."
    )
    shipped.ensure()
    reader.refresh_from_db()
    assert reader.base.key == engine_packs.TUNED
    assert "fine-tuned" in reader.card
