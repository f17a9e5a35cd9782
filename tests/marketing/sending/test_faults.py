"""Workers killed at each tenth of a sending, two at once, a wiped queue and a flushed broker: counted at the server."""

import asyncio
import collections
import signal
import time

import pytest
from aiosmtpd.controller import Controller
from redis import Redis

from marketing.services.delivering import HANDFUL
from tests.fixtures.servers import PATIENCE, free_port, wait_for
from tests.marketing.sending.conftest import Server

MAKE = """
from core.models import Job, User
from crm.models import Contact
from marketing.models import Audience, Campaign, CampaignCopy, Consent, CopySentence
from marketing.services import approval, sending
user = User.objects.create_user("elena@fairlead.example", "a-long-password", name="Elena", role="marketer")
Contact.objects.bulk_create(
    Contact(name=f"Person {{n}}", email=f"p{{n}}@baltic.example", language="en", owner=user) for n in range({n})
)
Consent.objects.bulk_create(
    Consent(contact=c, given=True, wording="Yes", source="form") for c in Contact.objects.all()
)
audience = Audience.objects.create(name="All", conditions={{"all": []}}, owner=user)
campaign = Campaign.objects.create(
    name="Ports", audience=audience, owner=user, sender_name="Elena", sender_email="elena@fairlead.example",
    reply_to="replies@fairlead.example", utm_campaign="ports",
)
copy = CampaignCopy.objects.create(campaign=campaign, language="en", subjects=["Hello {{{{ contact.first_name }}}}"])
CopySentence.objects.create(
    copy=copy, position=1, paragraph=1, text="Read https://fairlead.example.com/x today.", verdict="no-claim-needed"
)
campaign.state, campaign.approved_hash = "approved", approval.content_hash(campaign)
campaign.save()
sending.start(campaign, by=user)
"""
WORK = """
import os
import time
from datetime import timedelta
from django.conf import settings
from django.utils import timezone
from core.models import Job
from core.services import jobs
from marketing.services import driving
if {alone}:  # the lease of the job that the killed worker held: its end is not waited for
    Job.objects.filter(state="running").update(lease_until=timezone.now() - timedelta(seconds=1))
(settings.FAIRLEAD_DATA / f"up-{{os.getpid()}}").touch()
while not (settings.FAIRLEAD_DATA / "go").exists():
    time.sleep(0.01)
while True:
    driving.look()
    jobs.work("default")
    time.sleep(0.1)
"""
STATES = """
from collections import Counter
from marketing.models import Campaign, Delivery
print(Campaign.objects.get().state, dict(Counter(Delivery.objects.values_list("state", flat=True))))
"""
ROWS = "from marketing.models import Delivery; print(*Delivery.objects.filter(state={state!r}).values_list('address', flat=True))"


class Slow(Server):
    """Takes its time for each mail, so that a kill lands in the middle of something; from the `most`-th on it never answers."""

    most = 1_000_000

    async def handle_DATA(self, server, session, envelope):
        await asyncio.sleep(0.004)
        answer = await super().handle_DATA(server, session, envelope)
        while len(self.mails) >= self.most:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.004)
        return answer


@pytest.fixture
def sink():
    """A server that outlives the workers and counts."""
    handler = Slow()
    controller = Controller(handler, hostname="127.0.0.1", port=free_port(), ready_timeout=60)
    controller.start()
    handler.url = f"smtp://127.0.0.1:{controller.port}"
    yield handler
    controller.stop()


@pytest.fixture(params=["embedded", pytest.param("served", marks=[pytest.mark.postgres])])
def site(request, make_site, sink):
    """An installation on SQLite and one on PostgreSQL, with short leases."""
    more = {"DATABASE_URL": request.getfixturevalue("postgres")} if request.param == "served" else {}
    return make_site(
        EMAIL_URL=sink.url,
        SITE_URL="https://crm.fairlead.example.com",
        JOB_TICK_SECONDS="1",
        MAIL_LEASE_SECONDS="2",
        **more,
    )


def worker(site, alone=True):
    """A worker that begins as soon as the file `go` is there; `alone` says that no other one lives."""
    return site.start("manage.py", "shell", "-v", "0", "-c", WORK.format(alone=alone), log="send.log")


def done(site):
    return site.shell(STATES).startswith("done")


def check_the_books(site, sink, planned, in_flight):
    """Nobody twice, nobody lost, and what is unknown was in somebody's hand."""
    twice = [address for address, n in collections.Counter(sink.to).items() if n > 1]
    assert twice == []
    sent, unknown = (set(site.shell(ROWS.format(state=state)).split()) for state in ("sent", "ambiguous"))
    assert len(sent) + len(unknown) == planned
    assert sent <= set(sink.to)
    assert set(sink.to) <= sent | unknown
    assert len(unknown) <= in_flight
    return unknown


@pytest.mark.slow
def test_a_worker_killed_at_each_tenth_sends_nothing_twice_and_loses_nothing(site, sink):
    site.shell(MAKE.format(n=400))
    (site.folder / "go").touch()
    tenth_of_the_rest = (400 - 10 * HANDFUL) // 10  # a kill may leave a handful that never reached the server
    for tenth in range(10):
        wanted = max(len(sink.mails) + 1, tenth * tenth_of_the_rest)
        sink.most = wanted + tenth % 2 * 15  # every second kill surely finds a mail in hand; no worker gets far ahead
        process = worker(site)
        wait_for(lambda wanted=wanted: len(sink.mails) >= wanted, "the next tenth")
        site.kill(process, signal.SIGKILL)
    sink.most = Slow.most
    worker(site)
    wait_for(lambda: done(site), "the end")
    unknown = check_the_books(site, sink, 400, 10 * HANDFUL)
    assert len(unknown) >= 5  # else no kill came in the middle of anything
    assert len(sink.mails) >= 400 - 10 * HANDFUL


@pytest.mark.slow
def test_two_workers_at_once_share_no_mail(site, sink):
    site.environment["MAIL_LEASE_SECONDS"] = "60"  # nobody dies here
    site.shell(MAKE.format(n=400))
    site.shell(
        "from core.services import jobs\nfrom core.models import Job\n"
        "from marketing.services import driving\ndriving.plan_work(jobs.claim('default'))\n"
        "job = Job.objects.get(state='queued')\njob.pk, job.dedupe_key = None, 'second'\njob.save()"
    )
    workers = [worker(site, alone=False), worker(site, alone=False)]
    wait_for(lambda: len(list(site.folder.glob("up-*"))) == 2, "the second worker")
    (site.folder / "go").touch()
    wait_for(lambda: done(site), "the end")
    check_the_books(site, sink, 400, 0)
    assert len(sink.mails) == 400
    assert [one.poll() for one in workers] == [None, None]
    shares = site.shell(
        "from core.models import Job; print(*Job.objects.filter(kind='marketing.send').values_list('done', flat=True))"
    )
    assert "0" not in shares.split()  # both did some of it


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.redis
def test_a_flushed_broker_and_a_wiped_queue_lose_nothing(make_site, postgres, redis, sink):
    site = make_site(
        EMAIL_URL=sink.url, SITE_URL="https://crm.fairlead.example.com", JOB_TICK_SECONDS="1", MAIL_LEASE_SECONDS="10",
        DATABASE_URL=postgres, REDIS_URL=redis,
    )  # fmt: skip
    site.shell(MAKE.format(n=300))
    site.worker("default")
    wait_for(lambda: len(sink.mails) > 60, "the first mails")
    with Redis.from_url(redis) as broker:
        broker.flushall()
    site.shell("from core.models import Job; Job.objects.all().delete()")
    wait_for(lambda: done(site), "the end")
    time.sleep(1)
    check_the_books(site, sink, 300, 0)
    assert len(sink.mails) == 300


@pytest.mark.slow
def test_a_worker_asked_to_end_leaves_nothing_in_doubt(site, sink):
    site.shell(MAKE.format(n=3000))
    process = site.worker("default")
    wait_for(lambda: len(sink.mails) > 60, "the first mails")
    process.send_signal(signal.SIGTERM)
    process.wait(PATIENCE)
    assert len(sink.mails) < 3000
    assert site.shell(ROWS.format(state="attempting")) == ""
    assert site.shell(ROWS.format(state="ambiguous")) == ""
    assert site.shell(ROWS.format(state="claimed")) == ""
    assert sorted(site.shell(ROWS.format(state="sent")).split()) == sorted(sink.to)
