"""The client of OpenAI-compatible servers, against a real one on this machine."""

import threading

import pytest

from modelhub.engine.addresses import AddressError
from modelhub.engine.chat_server import ChatServer, ServerError
from tests.fixtures.servers import PATIENCE
from tests.modelhub.chat_peer import serving

SCHEMA = {"type": "object"}


def _ask(peer, **kwargs):
    server = ChatServer(peer.url, "tiny", **{"own_network": True, "timeout": 60.0, **kwargs})
    return server.ask([{"role": "user", "content": "hello"}], "answer", SCHEMA, most=50)


def test_the_answer_is_the_json_and_the_schema_and_key_are_sent(monkeypatch):
    monkeypatch.setenv("HUB_TEST_API_KEY", "secret-of-the-server")
    with serving(lambda body: {"ok": True}) as peer:
        assert _ask(peer, key_variable="HUB_TEST_API_KEY") == {"ok": True}
    assert peer.seen[0]["response_format"]["json_schema"]["schema"] == SCHEMA
    assert peer.seen[0]["max_tokens"] == 50
    assert peer.headers[0]["Authorization"] == "Bearer secret-of-the-server"


def test_a_missing_key_is_told_before_anything_is_sent(monkeypatch):
    monkeypatch.delenv("HUB_TEST_API_KEY", raising=False)
    with serving(lambda body: {}) as peer, pytest.raises(ServerError, match="HUB_TEST_API_KEY"):
        _ask(peer, key_variable="HUB_TEST_API_KEY")
    assert not peer.seen


def test_a_busy_server_is_tried_again():
    answers = [(503, b"", {}), (429, b"", {"Retry-After": "0"}), {"ok": 1}]
    with serving(lambda body: answers.pop(0)) as peer:
        assert _ask(peer) == {"ok": 1}
    assert len(peer.seen) == 3


def test_tries_are_bounded_and_the_body_is_not_repeated():
    with serving(lambda body: (500, b"stack trace with secrets", {})) as peer, pytest.raises(ServerError) as told:
        _ask(peer)
    assert len(peer.seen) == 3
    assert "secrets" not in str(told.value)


def test_a_refusal_is_not_tried_again():
    with serving(lambda body: (401, b"{}", {})) as peer, pytest.raises(ServerError, match="check the key"):
        _ask(peer)
    assert len(peer.seen) == 1


def test_redirects_are_not_followed():
    with serving(lambda body: (302, b"", {"Location": "http://169.254.169.254/"})) as peer, pytest.raises(ServerError):
        _ask(peer)
    assert len(peer.seen) == 1


@pytest.mark.parametrize("content", ["not json", "", '"text"x', "{"])
def test_what_is_not_the_json_asked_for_is_refused(content):
    with serving(lambda body: content) as peer, pytest.raises(ServerError, match="not the JSON"):
        _ask(peer)


def test_an_answer_too_big_is_thrown_away():
    with serving(lambda body: {"text": "x" * (2 << 20)}) as peer, pytest.raises(ServerError, match="more than"):
        _ask(peer)


def test_a_slow_server_costs_no_more_than_the_timeout():
    given_up, answers = threading.Event(), []

    def late(body):
        given_up.wait(PATIENCE)
        answers.append(body)
        return {}

    with serving(late) as peer:
        with pytest.raises(ServerError, match="no answer"):
            _ask(peer, timeout=0.5)
        assert answers == []  # it was not waited for
        given_up.set()


def test_nobody_at_home_is_told():
    with pytest.raises(ServerError, match="no connection"):
        ChatServer("http://127.0.0.1:9/v1", "tiny", own_network=True, timeout=1).ask([], "a", SCHEMA, most=1)


def test_a_local_address_needs_an_admins_word():
    with serving(lambda body: {}) as peer, pytest.raises(AddressError, match="private"):
        _ask(peer, own_network=False)
    assert not peer.seen


def test_no_other_secret_of_the_process_can_be_sent(monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "the-sites-own")
    with serving(lambda body: {}) as peer, pytest.raises(ServerError, match="_API_KEY"):
        _ask(peer, key_variable="SECRET_KEY")
    assert not peer.seen
