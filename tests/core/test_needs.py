"""The needs that ship."""

import json

from core.models import Need
from core.services import needs


def test_all_needs_are_there_after_migrate(db):
    assert Need.objects.count() == 39
    assert Need.objects.filter(facet="intent").count() == 8
    assert Need.objects.first().key == "text-generation"


def test_loading_twice_writes_nothing(db):
    needs.load()
    assert needs.load() == 0


def test_what_an_admin_edited_is_kept(db):
    needs.load()
    Need.objects.filter(key="latency").update(description_en="Our own words", active=False)
    assert needs.load() == 0
    need = Need.objects.get(key="latency")
    assert (need.description_en, need.active) == ("Our own words", False)


def test_new_words_reach_the_rows_nobody_edited(db, tmp_path):
    needs.load()
    rows = json.loads(needs.SHIPPED.read_text(encoding="utf-8"))
    rows[0]["description_en"] = "Better words"
    Need.objects.filter(key=rows[0]["key"]).update(active=False)
    path = tmp_path / "needs.json"
    path.write_text(json.dumps(rows), encoding="utf-8")
    assert needs.load(path) == 1
    need = Need.objects.get(key=rows[0]["key"])
    assert (need.description_en, need.active) == ("Better words", False)


def test_every_need_can_be_learned_from_its_words(db):
    for need in Need.objects.all():
        assert min(len(need.description_en), len(need.description_zh) * 3) > 40, need.key
        assert len(need.examples_en) == len(need.examples_zh) == 3, need.key
        assert all(not example.isascii() for example in need.examples_zh), need.key
