"""Every address as nobody, as a stranger of another team, as a teammate: what they get, and that nothing was written."""

import contextlib

import pytest
from django.apps import apps
from django.core.files.base import ContentFile
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from config.api import router
from core.models import Job
from core.services import tokens
from crm.models import (
    Competitor,
    Message,
    Pitch,
    PitchDelivery,
    PitchSentence,
    Requirement,
    Rereading,
    RereadLead,
    Task,
)
from modelhub.models import (
    BaseModel,
    Dataset,
    DatasetRow,
    Evaluation,
    Example,
    ModelVersion,
    Offer,
    SentenceSet,
    TrainingRun,
)
from modelhub.services import shipped
from tests.access_table import API, FOREIGN, PAGES

SECRET = "Hanseatic"  # stands in every row of Mira's lead, and may stand on no page of a stranger

MARKETING = ("campaigns", "campaigner")  # who reads campaigns, who changes them


def _names(patterns, prefix=""):
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix
            yield from _names(pattern.url_patterns, inner)
        elif isinstance(pattern, URLPattern) and pattern.name:
            yield prefix + pattern.name


def _api_names():
    return {name for name in _names(get_resolver().url_patterns) if name.startswith(tuple(f"{base}-" for base in API))}


ALL_NAMES = sorted({name for name in _names(get_resolver().url_patterns) if not name.startswith(FOREIGN)})


@pytest.fixture
def world(lead, rep, contact, claims, needs, stages, audience, campaign, campaign_copy):
    """A row of every kind that an address needs; args by the name of the row."""
    shipped.ensure()
    message = Message.objects.create(
        lead=lead, channel="mail", subject="Hanseatic asks", text="Hanseatic must run it in-house", state="read"
    )
    file = Message(lead=lead, channel="file", file_name="Hanseatic.pdf", state="read")
    file.file.save("x.pdf", ContentFile(b"%PDF-1.4"))
    requirement = Requirement.objects.create(lead=lead, need=needs["latency"])
    pitch = Pitch.objects.create(lead=lead, contact=contact, author=rep, subject="For Hanseatic", state="draft")
    sentence = PitchSentence.objects.create(pitch=pitch, position=1, text="Hello Hanseatic", verdict="no-claim-needed")
    delivery = PitchDelivery.objects.create(pitch=pitch, message_id="<hanseatic@fairlead.example>", state="ambiguous")
    task = Task.objects.create(lead=lead, title="Call Hanseatic", due_at=timezone.now(), assignee=rep)
    job = Job.objects.create(kind="crm.read", by=rep, run_at=timezone.now(), note="Hanseatic")
    token, _secret = tokens.make(rep, "Hanseatic import")
    claim = claims["latency"]
    evaluation = _evaluation()
    read_again = Rereading.objects.create(
        change=1, before="reader v1", after="reader v2", state="done", done=1, total=1
    )
    RereadLead.objects.create(rereading=read_again, lead=lead, messages=1, came=["latency"])
    return {
        "": [], "lead": [lead.pk], "lead_field": [lead.pk, "value"], "company": [lead.company.pk], "contact": [contact.pk],
        "message": [message.pk], "file_message": [file.pk], "requirement": [requirement.pk], "pitch": [pitch.pk],
        "sentence": [sentence.pk], "delivery": [delivery.pk], "task": [task.pk], "job": [job.pk], "token": [token.pk],
        "claim": [claim.pk], "evidence": [claim.evidence.get().pk],
        "competitor": [Competitor.objects.create(name="Corvid AI").pk], "need": ["latency"], "version": [shipped.READER],
        "example": [Example.objects.create(source=message.source, text=message.text, labels={"latency": True}).pk],
        "offer": [Offer.objects.create(source="crm.message:0", text="Hanseatic is unsure").pk],
        "sentences": [SentenceSet.objects.create(name="Hanseatic's pitches", digest="s", rows=[]).pk],
        "load": [Job.objects.create(kind="hub.load-examples", run_at=timezone.now(), note="Hanseatic").pk],
        "rereading": [1], "evaluation": [evaluation.pk], "dataset": [evaluation.data_id],
        "run": [_run(evaluation.data_id)],
        "stage": [stages["new"].pk], "source": [f"crm.message:{message.pk}"],
        "audience": [audience.pk], "campaign": [campaign.pk], "campaign_copy": [campaign_copy.pk],
        "copy_sentence": [campaign_copy.sentences.first().pk], "token_text": ["12-0123456789abcdefghijklmnop"],
        "campaign_mail": [campaign.deliveries.create(
            contact=contact, person=contact.pk, copy=campaign_copy,
            address="anke@hanseatic.example", state="ambiguous", message_id="<c.1@fairlead.example>", due_at=timezone.now(),
        ).pk],
        "campaign_cost": [campaign.costs.create(what="Hanseatic fair", amount=900).pk],
        "campaign_task": [campaign.tasks.create(title="Call Hanseatic").pk],
    }  # fmt: skip


def _evaluation():
    """A reader beside another on a dataset with a text of Hanseatic's, whose answer changed."""
    old, new = ModelVersion.objects.get(key=shipped.READER_MINILM), ModelVersion.objects.get(key=shipped.READER)
    data = Dataset.objects.create(name="DACH", digest="x")
    row = DatasetRow.objects.create(
        dataset=data, source="crm.message:1", text="Hanseatic must run it in-house", language="en", split="test"
    )
    changed = {"id": str(row.pk), "language": "en", "new": ["latency"], "old": [], "errors": [1, 0]}
    comparison = {"figures": {}, "differences": {}, "changed": {"n": 1, "better": 0, "worse": 1, "rows": [changed]}}
    return Evaluation.objects.create(
        version=new, beside=old, data=data, dataset=data.name, n=1, figures={"macro_f1": 0.8}, comparison=comparison
    )


def _run(dataset):
    base = BaseModel.objects.get(key="all-minilm-l6-v2")
    return TrainingRun.objects.create(name="A run", dataset_id=dataset, base=base, state="paused").pk


def _snapshot():
    """All rows of the sales and the marketing side, as values; what the hub and the queue hold is written by workers only."""
    return {
        model._meta.label: list(model._default_manager.order_by("pk").values())
        for label in ("crm", "core", "marketing")
        for model in apps.get_app_config(label).get_models()
        if model._meta.model_name != "user"
    }


def test_every_address_is_in_the_table():
    api = _api_names()
    assert sorted(set(ALL_NAMES) - set(PAGES) - api) == []
    assert sorted(name for name in PAGES if name not in ALL_NAMES) == []


def test_every_api_route_is_in_the_table():
    assert sorted(basename for _prefix, _view, basename in router.registry) == sorted(API)


@pytest.mark.parametrize("name", sorted(PAGES))
def test_page(name, world, client, rep_client, stranger_client, sign_in, teammate, manager, other_marketer):
    row, sees, does = PAGES[name]
    url = reverse(name, args=world[row])
    mate = sign_in(teammate)
    before = _snapshot()
    for method, who, other in (("get", sees, does), ("post", does, sees)):
        if who == "-":  # not served, or served as the other method is
            answer = getattr(rep_client, method)(url)
            _body(answer)
            if answer.status_code == 405 or name == "enter":
                continue
            who = other
        _as_nobody(client, method, url, who)
        _as_stranger(stranger_client, method, url, who)
        _as_teammate(mate, method, url, who)
        if who in MARKETING:
            assert getattr(rep_client, method)(url).status_code == 403, f"{method} {url} lets a rep in"
            _as_manager(sign_in(manager), method, url, who)
    if does not in ("person", "anyone"):
        assert _snapshot() == before
    if sees not in ("-", "anyone"):
        answer = rep_client.get(url)
        _body(answer)
        assert answer.status_code in ((200, 302) if sees not in ("marketer", "admin", *MARKETING) else (403, 404))
    if sees in MARKETING:
        assert sign_in(other_marketer).get(url).status_code in (200, 302)


def _body(answer):
    """The whole body; a file is closed, but not the response, since that would end the test's transaction."""
    if not answer.streaming:
        return answer.content
    body = b"".join(answer.streaming_content)
    for close in answer._resource_closers:
        close()
    return body


def _as_nobody(client, method, url, who):
    answer = getattr(client, method)(url)
    if who == "anyone":
        assert answer.status_code < 500
    elif who == "nobody":
        assert answer.status_code == 404
    elif who == "person_api":
        assert answer.status_code == 401
    elif who != "-":
        assert answer.status_code == 302, f"{method} {url}: {answer.status_code}"
        assert answer["Location"].startswith("/account/login/")


def _as_stranger(client, method, url, who):
    answer = getattr(client, method)(url)
    if who in ("reader", "owner", "self", "nobody"):
        assert answer.status_code == 404, f"{method} {url}: {answer.status_code}"
    elif who in ("marketer", "admin", *MARKETING):
        assert answer.status_code in (403, 404), f"{method} {url}: {answer.status_code}"
    if who != "-":
        assert answer.status_code < 500
        assert SECRET.encode() not in _body(answer), f"{method} {url} tells a stranger"


def _as_manager(client, method, url, who):
    """A sales manager reads campaigns and changes none."""
    answer = getattr(client, method)(url)
    _body(answer)
    allowed = (200, 302) if who == "campaigns" else (403,)
    assert answer.status_code in allowed, f"{method} {url}: {answer.status_code}"


def _as_teammate(client, method, url, who):
    answer = getattr(client, method)(url)
    _body(answer)
    if who == "reader":
        assert answer.status_code in (200, 302), f"{method} {url}: {answer.status_code}"
    elif who == "owner":
        assert answer.status_code in (403, 404), f"{method} {url}: {answer.status_code}"
    elif who in ("self", "nobody"):
        assert answer.status_code == 404, f"{method} {url}: {answer.status_code}"


@pytest.mark.parametrize("name", sorted(_api_names()))
def test_api(name, world, client, stranger_client, sign_in, teammate, manager, lead):
    basename = next(base for base in sorted(API, key=len, reverse=True) if name.startswith(f"{base}-"))
    row, changes = API[basename]
    url = _api_url(name, basename, world, row, lead)
    mate, before = sign_in(teammate), _snapshot()
    detail = not name.endswith("-list")
    for method in ("get", "post", "put", "patch", "delete"):
        assert getattr(client, method)(url, content_type="application/json").status_code == 401
        answer = (
            getattr(stranger_client, method)(url, {}, content_type="application/json")
            if method != "get"
            else stranger_client.get(url)
        )
        assert answer.status_code < 500, f"{method} {url}"
        assert SECRET.encode() not in answer.content
        house = row in ("claim", "need")  # everybody reads these
        if changes in MARKETING:  # a rep is refused by role, a manager reads
            assert answer.status_code in (403, 405), f"{method} {url}: {answer.status_code}"
            read = getattr(sign_in(manager), method)(url)
            assert read.status_code == (200 if method == "get" else 403), f"manager {method} {url}: {read.status_code}"
        elif detail and not house:
            assert answer.status_code in (404, 405), f"{method} {url}: {answer.status_code}"
        if house and method != "get":
            assert answer.status_code in ((405,) if changes == "nobody" else (403, 405)), (
                f"{method} {url}: {answer.status_code}"
            )
        if detail and method != "get":
            denied = getattr(mate, method)(url, {}, content_type="application/json")
            assert denied.status_code in (403, 404, 405), f"teammate {method} {url}: {denied.status_code}"
    assert _snapshot() == before


def _api_url(name, basename, world, row, lead):
    own = [lead.pk] if basename == "api-requirement" else []
    for args in (own, [*own, *world[row]], [*world[row], *world["sentence"]]):
        with contextlib.suppress(NoReverseMatch):
            return reverse(name, args=args)
    return pytest.fail(f"no address is known for {name}")


def test_a_rep_cannot_assign_a_model(rep_client, manager_client, marketer_client, db):
    shipped.ensure()
    for client in (rep_client, manager_client, marketer_client):
        for path in ("/admin/modelhub/assignment/", "/admin/modelhub/assignment/add/"):
            assert client.post(path, {"segment": "", "task": "read"}, follow=True).status_code == 403
