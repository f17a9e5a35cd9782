"""A worker killed with -9 while it sends: no mail goes out twice, none is lost, what cannot be known is shown."""

import asyncio
import contextlib
import os
import random
import signal
import socket
import sqlite3
import threading
import time
from collections import Counter

import pytest
from aiosmtpd.controller import Controller

from tests.fixtures.servers import PATIENCE, free_port, wait_for

pytestmark = pytest.mark.slow

MAKE = """
from core.models import User
from crm.models import *
rep = User.objects.filter(email="rep@x.example").first() or User.objects.create_user("rep@x.example", name="Rep", role="admin")
line = Pipeline.objects.first() or Pipeline.objects.create(name_en="New")
stage = Stage.objects.first() or Stage.objects.create(pipeline=line, name_en="New", kind="open", probability=10, expected_days=7)
from crm.services import sending
for n in range({n}):
    contact = Contact.objects.create(name=f"P{{n}}", email=f"p{{n}}@x.example")
    lead = Lead.objects.create(title=f"L{{n}}", contact=contact, pipeline=line, stage=stage, owner=rep)
    pitch = Pitch.objects.create(lead=lead, contact=contact, author=rep, subject=f"S{{n}}", subject_verdict="no-claim-needed", state="ready", drafted_text="Hello,")
    PitchSentence.objects.create(pitch=pitch, position=1, text="Hello,", verdict="no-claim-needed")
    sending.send(pitch, by=rep, expected=None)
"""
ASK = """
from core.models import Need, User
from crm.models import *
from crm.services import pitches, sentences
rep = User.objects.create_user("rep@x.example", name="Rep", role="admin")
line = Pipeline.objects.create(name_en="New")
stage = Stage.objects.create(pipeline=line, name_en="New", kind="open", probability=10, expected_days=7)
lead = Lead.objects.create(title="L", pipeline=line, stage=stage, owner=rep)
claim = Claim.objects.create(text_en="Helm answers in German, English and Mandarin.", status="approved", visibility="customer")
claim.needs.add(Need.objects.get(key="languages"))
Requirement.objects.create(lead=lead, need=Need.objects.get(key="languages"), status="confirmed")
pitch = pitches.start(lead, by=rep)
"""
EDIT = """
from core.services import jobs
jobs.work("ml")
pitch.refresh_from_db()
sentences.edit(pitch.sentences.last(), "Helm answers in German.", by=rep, expected=pitch.version)
"""
ML = "from core.services import jobs; jobs.work('ml')"
WORK = "from core.services import jobs; jobs.work('default')"
AGAIN = "from crm.models import *; from crm.services import sending; d = PitchDelivery.objects.get(); sending.settle(d, 'again', by=None)\n"


class Sink:
    """Keeps every mail; `stop_at` ("MAIL", "DATA") makes it wait there for ever, telling `reached`."""

    def __init__(self):
        self.mails, self.stop_at, self.slow = [], "", 0.0
        self.reached, self.taken, self.go_on, self.wait_for_lock = (
            threading.Event(),
            threading.Event(),
            threading.Event(),
            False,
        )

    async def handle_MAIL(self, server, session, envelope, address, options):
        if self.stop_at == "MAIL":
            self.reached.set()
            await asyncio.sleep(3600)
        envelope.mail_from = address
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        await asyncio.sleep(random.random() * self.slow)
        self.mails.append(envelope.content.decode())
        if self.wait_for_lock:
            self.reached.set()
            await asyncio.to_thread(self.go_on.wait, PATIENCE)
        if self.stop_at == "DATA":
            self.reached.set()
            await asyncio.sleep(3600)
        await asyncio.sleep(random.random() * self.slow)
        self.taken.set()
        return "250 OK"

    def ids(self):
        return Counter(
            line[12:].strip() for mail in self.mails for line in mail.splitlines() if line.startswith("Message-ID:")
        )


@pytest.fixture
def sink():
    inbox = Sink()
    controller = Controller(inbox, hostname="127.0.0.1", port=free_port(), ready_timeout=60)
    controller.start()
    inbox.port = controller.port
    yield inbox
    controller.stop()


@pytest.fixture
def site(make_site, sink):
    return make_site(EMAIL_URL=f"smtp://127.0.0.1:{sink.port}")


@contextlib.contextmanager
def database(site):
    with contextlib.closing(
        sqlite3.connect(site.folder / "fairlead.sqlite3", isolation_level=None, timeout=20)
    ) as opened:
        yield opened


def states(site):
    with database(site) as rows:
        return rows.execute(
            "select d.state, d.attempts, d.message_id, p.state from crm_pitchdelivery d join crm_pitch p on p.id = d.pitch_id"
        ).fetchall()


def leases_end(site):
    """What the worker held is free for another one, as after some minutes."""
    with database(site) as rows:
        rows.execute("update core_job set lease_until = '2020-01-01 00:00:00' where state = 'running'")
        rows.execute("update core_job set run_at = '2020-01-01 00:00:00' where state = 'queued'")
        rows.execute("update crm_pitchdelivery set lease_until = '2020-01-01 00:00:00' where lease_until is not null")
        rows.execute("update crm_pitchdelivery set retry_at = '2020-01-01 00:00:00' where retry_at is not null")


def kill(process):
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def worker(site, before=""):
    return site.start("manage.py", "shell", "-v", "0", "-c", before + WORK)


def test_killed_before_the_mail_was_handed_over(site, sink):
    mute = socket.create_server(("127.0.0.1", 0))  # takes the connection and never greets
    site.environment["EMAIL_URL"] = f"smtp://127.0.0.1:{mute.getsockname()[1]}"
    process = worker(site, MAKE.format(n=1))
    mute.settimeout(PATIENCE)
    client, _address = mute.accept()
    kill(process)
    client.close()
    mute.close()
    assert [row[:2] for row in states(site)] == [("planned", 0)]
    site.environment["EMAIL_URL"] = f"smtp://127.0.0.1:{sink.port}"
    leases_end(site)
    site.shell(WORK)
    assert [row[0] for row in states(site)] == ["sent"]
    assert list(sink.ids().values()) == [1]


@pytest.mark.parametrize(("where", "arrived"), [("MAIL", 0), ("DATA", 1)])
def test_killed_while_it_was_handed_over(site, sink, where, arrived):
    sink.stop_at = where
    process = worker(site, MAKE.format(n=1))
    assert sink.reached.wait(PATIENCE)
    kill(process)
    assert [row[0] for row in states(site)] == ["attempting"]
    sink.stop_at = ""
    leases_end(site)
    site.shell(WORK)
    assert [(row[0], row[3]) for row in states(site)] == [("ambiguous", "sending")]
    assert sum(sink.ids().values()) == arrived  # never a second time by itself
    leases_end(site)
    site.shell(WORK + "\n" + AGAIN + WORK)
    assert [row[0] for row in states(site)] == ["sent"]
    assert sum(sink.ids().values()) == arrived + 1
    assert len(sink.ids()) == 1  # the same Message-ID, by which the receiver can tell


def test_killed_after_the_reply_and_before_it_was_kept(site, sink):
    sink.wait_for_lock = True
    process = worker(site, MAKE.format(n=1))
    assert sink.reached.wait(PATIENCE)
    with database(site) as rows:
        rows.execute("begin immediate")  # the worker cannot write its result now
        sink.go_on.set()
        assert sink.taken.wait(PATIENCE)
        time.sleep(0.5)
        kill(process)
        rows.execute("rollback")
    leases_end(site)
    site.shell(WORK)
    assert [row[0] for row in states(site)] == ["ambiguous"]
    assert sum(sink.ids().values()) == 1


def test_killed_at_random_moments(site, sink):
    n = 12
    sink.slow = 0.3
    for turn in range(4):
        process = worker(site, "" if turn else MAKE.format(n=n))
        start = len(sink.mails)
        wait_for(lambda start=start, process=process: len(sink.mails) > start or process.poll() is not None, "a mail")
        time.sleep(random.random() * 0.5)
        if process.poll() is None:
            kill(process)
        leases_end(site)
    sink.slow = 0
    site.shell(WORK)
    leases_end(site)
    site.shell(WORK)
    rows, ids = states(site), sink.ids()
    assert len(rows) == n
    assert {row[0] for row in rows} <= {"sent", "ambiguous"}
    assert max(ids.values()) == 1
    for state, _attempts, message_id, pitch_state in rows:
        if state == "sent":
            assert ids[message_id] == 1
            assert pitch_state == "sent"
        else:
            assert ids[message_id] <= 1
            assert pitch_state == "sending"
    assert sum(row[0] == "ambiguous" for row in rows) <= 4  # at most the one in flight at each kill


@pytest.mark.parametrize("before", [ASK, ASK + EDIT], ids=["drafting", "judging"])
def test_killed_while_drafting_or_judging(site, before):
    site.shell(before)
    process = site.start("manage.py", "shell", "-v", "0", "-c", ML)
    with database(site) as rows:
        wait_for(lambda: rows.execute("select 1 from core_job where state = 'running'").fetchone(), "the work")
        rows.execute("begin immediate")  # the worker cannot write its result now
        time.sleep(3)
        kill(process)
        rows.execute("rollback")
        left = rows.execute("select state from core_job order by id desc").fetchone()[0]
    leases_end(site)
    site.shell(ML)
    site.shell(ML)
    with database(site) as rows:
        assert left in ("running", "done")
        assert rows.execute("select state from crm_pitch").fetchall() == [("draft",)]
        positions = [row[0] for row in rows.execute("select position from crm_pitchsentence order by position")]
        assert positions == list(range(1, len(positions) + 1))
        assert len(positions) >= 3
        assert not rows.execute("select 1 from crm_pitchsentence where verdict = ''").fetchone()
        assert rows.execute("select count(*) from core_job where state != 'done'").fetchone() == (0,)
