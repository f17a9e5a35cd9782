"""How far a mail came: refused, put off, taken, or unknown, against real servers that misbehave."""

import asyncio
import socket
import threading

import pytest

from marketing.engine.smtp import Connection

MAIL = b"Subject: x\r\n\r\n.a line that begins with a dot\r\n..two\r\nend\r\n"


@pytest.fixture
def connection(server, settings):
    made = Connection("127.0.0.1", settings.EMAIL_PORT, timeout=60, local_name="tests.example")
    yield made
    made.close()


def send(connection, to="a@baltic.example"):
    return connection.send("bounces+1@fairlead.example", to, MAIL)


@pytest.mark.parametrize("extensions", [[], ["PIPELINING"]])
def test_a_mail_arrives_as_it_was_and_the_connection_is_used_again(server, connection, extensions):
    server.extensions = extensions
    assert [send(connection).kind for _n in range(3)] == ["sent"] * 3
    assert server.mails[0].content == MAIL
    assert server.mails[0].mail_from == "bounces+1@fairlead.example"
    assert len({id(mail) for mail in server.mails}) == 3


@pytest.mark.parametrize("extensions", [[], ["PIPELINING"]])
@pytest.mark.parametrize(
    ("answer", "kind"), [("550 5.1.1 no such user", "refused"), ("450 4.2.0 grey", "later"), ("421 4.7.0 slow", "later"), ("454 4.7.0 quota", "later")],
)  # fmt: skip
def test_a_refused_recipient_does_not_spoil_the_next(server, connection, extensions, answer, kind):
    server.extensions = extensions
    server.answers["a@baltic.example"] = answer
    found = send(connection)
    assert (found.kind, found.words, found.connected) == (kind, answer, True)
    assert found.slow_down == (answer[:3] in ("421", "454"))
    assert send(connection, "b@baltic.example").kind == "sent"
    assert server.to == ["b@baltic.example"]


@pytest.mark.parametrize(("answer", "kind"), [("552 too big", "refused"), ("451 4.7.1 too fast", "later")])
def test_an_answer_after_the_dot_is_exact(server, connection, answer, kind):
    server.data["a@baltic.example"] = answer
    found = send(connection)
    assert (found.kind, found.words) == (kind, answer)
    assert found.slow_domain == ("4.7.1" in answer)


def test_a_server_that_hangs_after_the_dot_leaves_it_unknown(server, settings):
    connection = Connection("127.0.0.1", settings.EMAIL_PORT, timeout=3, local_name="tests.example")

    async def hang(_server):
        await asyncio.sleep(600)
        return "250 too late"

    server.data["a@baltic.example"] = hang
    assert send(connection).kind == "unknown"
    assert send(connection, "b@baltic.example").kind == "sent"
    connection.close()


def test_a_connection_dropped_after_the_dot_leaves_it_unknown(server, connection):
    async def drop(smtp):
        smtp.transport.abort()
        return "250 never said"

    server.data["a@baltic.example"] = drop
    assert send(connection).kind == "unknown"


class Rude:
    """Answers line by line from a script, then hangs up."""

    def __init__(self, *answers):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port, self.answers, self.seen = self.socket.getsockname()[1], answers, []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                talk, _peer = self.socket.accept()
            except OSError:
                return
            with talk, talk.makefile("rb") as lines:
                for answer in self.answers:
                    talk.sendall(answer)
                    self.seen.append(lines.readline())

    def close(self):
        self.socket.close()


@pytest.mark.parametrize(
    ("answers", "kind", "connected"),
    [
        ((), "later", False),
        ((b"554 go away\r\n",), "later", False),
        ((b"220 hi\r\n", b"250 ok\r\n"), "later", True),  # dropped at MAIL
        ((b"220 hi\r\n", b"250 ok\r\n", b"250 ok\r\n", b"250 ok\r\n"), "later", True),  # dropped at DATA
        ((b"220 hi\r\n", b"250 ok\r\n", b"250 ok\r\n", b"250 ok\r\n", b"500 no\r\n"), "refused", True),
    ],
)
def test_what_fails_before_the_dot_was_certainly_not_taken(answers, kind, connected):
    rude = Rude(*answers)
    connection = Connection("127.0.0.1", rude.port, timeout=60, local_name="tests.example")
    found = send(connection)
    assert (found.kind, found.connected) == (kind, connected)
    assert b".\r\n" not in rude.seen
    connection.close()
    rude.close()


def test_a_server_that_is_away_costs_a_mail_nothing():
    connection = Connection("127.0.0.1", 1, timeout=1)
    found = send(connection)
    assert (found.kind, found.code, found.connected) == ("later", 0, False)


def test_a_connection_gone_stale_is_opened_again(server, connection):
    assert send(connection).kind == "sent"
    connection._smtp.sock.shutdown(socket.SHUT_RDWR)
    assert send(connection, "b@baltic.example").kind == "sent"
    assert server.to == ["a@baltic.example", "b@baltic.example"]
