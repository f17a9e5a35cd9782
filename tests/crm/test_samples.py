"""The sample files parse, a load cut short leaves nothing, and the sample goes away without taking anything of the house's own."""

import json
import signal
import sqlite3

import pytest
from django.core.exceptions import ValidationError

from core.models import Segment, User
from crm.management.commands import load_samples
from crm.models import Claim, Company, Competitor, Contact, Lead, Message, Pipeline
from crm.samples import house, loading, market, offer, texts
from crm.services import competitors as battlecards

pytestmark = pytest.mark.django_db


@pytest.fixture
def sample(needs):
    """People, claims, leads and messages, not yet read (that needs models, and has its own test)."""
    people, segments, stages = house.people(), house.segments(), house.pipelines()
    placed = market.build(people, stages, offer.build(people, segments))
    loading._mark([one.lead for one in placed])
    return people


def test_the_files_hold_a_whole_market():
    companies = list(texts.companies())
    leads = [lead for company in companies for lead in company.leads]
    said = [message for lead in leads for message in lead.messages]
    assert len(companies) >= 110
    assert len(leads) >= 120
    assert len(said) >= 300
    assert {company.language for company in companies} == {"en", "zh"}
    assert len({message.text for message in said}) == len(said)


def test_every_lead_gets_a_segment_where_one_fits_and_every_need_of_a_claim_exists(sample):
    assert Lead.objects.filter(segment__key="uk-public").exists()
    assert Lead.objects.filter(segment__key="china-healthcare").exists()
    assert Claim.objects.usable().count() >= 40
    assert not Claim.objects.filter(status="approved", kind="fact", evidence__isnull=True).exists()


def test_every_competitor_has_a_card_with_both_sides_of_it_and_leads_that_look_at_it(sample):
    assert set(Competitor.objects.values_list("kind", flat=True)) == {"rival", "in-house", "nothing"}
    rivals = Competitor.objects.filter(kind="rival")
    assert rivals.count() >= 3
    for rival in rivals:
        card = battlecards.battlecard(rival, sample["paula"])
        assert rival.summary
        assert rival.summary_zh
        assert card.say, rival
        assert card.beware, rival
        assert len(card.they_say) >= 5
        assert all(claim.text_en and claim.text_zh and claim.evidence.exists() for claim in card.they_say)
        assert rival.claims.filter(needs__key="cost-control").exists()  # what it costs there
        assert rival.claims.filter(evidence__kind="benchmark", evidence__sample_size__gte=20).exists()
        assert not rival.claims.filter(visibility="customer").exists()  # none of it goes into a pitch
        assert Lead.objects.filter(competitors=rival).count() >= 4


def test_it_stays_while_nobody_could_sign_in_afterwards(sample):
    with pytest.raises(ValidationError, match="admin account"):
        loading.remove()
    assert Lead.objects.exists()


def test_one_button_removes_it_and_makes_the_first_admin(sample, sign_in):
    client = sign_in(sample["tomas"])
    assert client.post("/samples/", {"name": "Ada", "email": "ada@own.example", "password": "short"}).status_code == 422
    assert Lead.objects.exists()
    answer = client.post(
        "/samples/", {"name": "Ada", "email": "ada@own.example", "password": "quiet-harbour-9"}, follow=True
    )
    assert answer.status_code == 200
    for model in (Lead, Message, Company, Contact, Claim, Competitor, Pipeline, Segment):
        assert not model.objects.exists(), model
    assert list(User.objects.values_list("email", flat=True)) == ["ada@own.example"]


def test_what_your_own_leads_use_is_kept_and_yours(sample, admin_user):
    company = Company.objects.filter(sample=True).first()
    pipeline = Pipeline.objects.first()
    own = Lead.objects.create(title="Mine", company=company, pipeline=pipeline, stage=pipeline.stages.first())
    loading.remove()
    own.refresh_from_db()
    assert (own.company, own.pipeline) == (company, pipeline)
    assert not Company.objects.get().sample
    assert Lead.objects.count() == 1


def test_only_an_admin_may(rep_client, marketer_client, stranger_client):
    for client in (rep_client, marketer_client, stranger_client):
        assert client.get("/samples/").status_code == 403
        assert client.post("/samples/").status_code == 403


def test_loading_into_a_house_with_leads_does_nothing(lead):
    said = []
    loading.load(said.append)
    assert Lead.objects.count() == 1
    assert "left out" in said[0]


def test_loading_twice_says_that_it_is_here(sample):
    said, before = [], Lead.objects.count()
    loading.load(said.append)
    assert Lead.objects.count() == before
    assert "here already" in said[0]


KILLED = """
import importlib, os, signal
from core.services import jobs, needs
from crm.samples import loading
from modelhub.services import shipped
needs.load()
shipped.ensure()
jobs.work = lambda queue: 0  # the readings need models, and have their own test
where, _, verb = {point!r}.rpartition(".")
if where:
    setattr(importlib.import_module(where), verb, lambda *args, **more: os.kill(os.getpid(), signal.SIGKILL))
loading.load()
"""
POINTS = ("crm.samples.doings.look_through", "marketing.samples.campaigns.make")


@pytest.mark.slow
def test_killed_in_the_middle_it_leaves_nothing_and_the_next_load_brings_all(make_site):
    site = make_site()

    def load(point):
        return site.manage("shell", "-v", "0", "-c", KILLED.format(point=point), check=False)

    def rows():
        with sqlite3.connect(site.folder / "fairlead.sqlite3", timeout=20) as connection:
            tables = ("core_user", "core_segment", "crm_lead", "crm_message", "core_job", "marketing_campaign")
            return {name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in tables}  # noqa: S608

    for point in POINTS:
        done = load(point)
        assert done.returncode == -signal.SIGKILL, done.stderr
        assert "Making people" in done.stdout
        assert not any(rows().values()), (point, rows())
    done = load("")
    assert done.returncode == 0, done.stderr
    assert "ready" in done.stdout
    loaded = rows()
    assert all(loaded.values()), loaded
    assert loaded["crm_lead"] >= 120
    assert "here already" in load("").stdout
    assert rows() == loaded


def test_the_command_tells_that_sqlite_takes_no_other_writing_meanwhile():
    told = " ".join(load_samples.Command().create_parser("manage.py", "load_samples").format_help().split())
    assert "With SQLite nothing else can write until all of it is loaded" in told


def test_the_examples_are_forty_messages():
    rows = [
        json.loads(line) for line in (texts.FOLDER.parent.parent / "examples/messages.jsonl").read_text().splitlines()
    ]
    assert len(rows) == 40
    assert len({row["text"] for row in rows}) == 40
