"""The embedded bus: a message is whole before a worker can see it, and a broken one harms nobody."""

from pathlib import Path
from queue import Empty

import pytest
from kombu import Connection

from config import bus


@pytest.fixture
def channel(tmp_path):
    bus.register()
    options = {name: str(tmp_path) for name in ("data_folder_in", "data_folder_out")}
    with Connection("embedded://", transport_options={**options, "control_folder": str(tmp_path / "c")}) as connection:
        yield connection.channel()


def test_a_message_comes_once_and_in_order(channel):
    channel._put("ml", {"n": 1})
    channel._put("default", {"n": 2})
    assert channel._get("ml") == {"n": 1}
    with pytest.raises(Empty):
        channel._get("ml")
    assert channel._get("default") == {"n": 2}


def test_a_half_written_message_is_passed_over(channel, tmp_path):
    (tmp_path / "1_x.ml.msg").write_bytes(b"")
    with pytest.raises(Empty):
        channel._get("ml")
    channel._put("ml", {"n": 1})
    assert channel._get("ml") == {"n": 1}


def test_nothing_is_seen_under_its_name_before_it_is_whole(channel, tmp_path, monkeypatch):
    seen = []
    rename = Path.rename
    monkeypatch.setattr(Path, "rename", lambda a, b: (seen.append(list(tmp_path.glob("*.msg"))), rename(a, b)))
    channel._put("ml", {"n": 1})
    assert seen == [[]]
    assert channel._get("ml") == {"n": 1}
