"""Many examples are frozen by a worker; what became of it is a click away from the page of its job."""

import threading

import pytest
from django.test import Client
from django.urls import reverse

from core.models import AuditEntry, Job, User
from core.services import jobs
from modelhub.models import Dataset, DatasetRow, Evaluation, Example, ModelVersion
from modelhub.services import datasets, freezing
from tests.fixtures.at_once import at_once
from tests.fixtures.servers import PATIENCE

WORDS = "freight invoice clerk harbour sensor ledger pallet claim nurse letter tender permit vessel crane".split()


@pytest.fixture
def many(needs, tree, monkeypatch):
    monkeypatch.setattr(freezing, "AT_ONCE", 30)
    for n in range(40):
        Example.objects.create(
            source=f"crm.message:{n}", text=f"{WORDS[n % 14]} {WORDS[n // 14]} {n * 7919} asks {chr(97 + n % 26) * 9}",
            language="en", group=f"crm.company:{n % 10}", labels={"latency": True}, segment=tree["dach"],
        )  # fmt: skip
    return {"name": "DACH, November", "segment": tree["europe"].pk}


def ask(client, values):
    client.post(reverse("hub-dataset-new"), values)
    return Job.objects.get(kind="hub.freeze")


def page(client, job):
    return client.get(reverse("job", args=[job.pk])).content.decode()


def test_a_worker_freezes_many_and_its_page_leads_to_them(many, admin_client):
    job = ask(admin_client, many)
    assert ask(admin_client, many) == job  # clicked twice
    assert not Dataset.objects.exists()
    assert "Look at the dataset" not in page(admin_client, job)
    jobs.work("default")
    job.refresh_from_db()
    made = Dataset.objects.get()
    assert (job.state, job.done, job.total, job.result) == ("done", 2, 3, {"dataset": made.pk})
    assert (made.name, made.with_corpus, made.rows.count(), made.by) == ("DACH, November", False, 40, job.by)
    shown = page(admin_client, job)
    assert "Look at the dataset" in shown
    assert f'href="{made.get_absolute_url()}"' in shown
    made.delete()
    assert "Look at the dataset" not in page(admin_client, job)


def test_freezing_again_takes_the_same_options_and_leaves_what_was_frozen(many, admin_client, rep_client):
    Example.objects.filter(pk__in=Example.objects.values("pk")[:25]).update(origin="labelled")
    admin_client.post(reverse("hub-dataset-new"), {**many, "origins": ["labelled"]})
    old = Dataset.objects.get()
    again = reverse("hub-dataset-again", args=[old.pk])
    assert rep_client.post(again).status_code == 403
    assert admin_client.get(again).status_code == 405
    assert admin_client.post(reverse("hub-dataset-again", args=[old.pk + 1])).status_code == 404
    assert "Nothing has changed since" in admin_client.post(again, follow=True).content.decode()
    assert Dataset.objects.count() == 1
    Example.objects.filter(origin="labelled").first().delete()
    admin_client.post(again)
    new = Dataset.objects.exclude(pk=old.pk).get()
    assert (new.name, new.segment, new.with_corpus, new.rows.count()) == (old.name, old.segment, False, 24)
    assert old.rows.count() == 25
    old.segment.children.update(parent=None)
    old.segment.delete()
    assert "no longer there" in admin_client.post(again, follow=True).content.decode()
    assert Dataset.objects.count() == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("worker", [False, True], ids=["at once", "by a worker"])
def test_pressed_by_two_admins_at_once_it_is_frozen_once(many, admin_user, monkeypatch, worker):
    old = datasets.freeze("DACH", segment=None, with_corpus=False, by=admin_user)
    Example.objects.first().delete()
    again = reverse("hub-dataset-again", args=[old.pk])
    clients = [Client(), Client()]
    for client, email in zip(clients, ("ada@fairlead.example", "ben@fairlead.example"), strict=True):
        client.force_login(User.objects.create_user(email, name=email[:3].title(), role="admin"))
    if not worker:
        monkeypatch.setattr(freezing, "AT_ONCE", 500)
        gate, prepare = threading.Barrier(2), datasets.prepare

        def prepared_by_both(*args, **kwargs):  # before either writes
            ready = prepare(*args, **kwargs)
            gate.wait(PATIENCE)
            return ready

        monkeypatch.setattr(datasets, "prepare", prepared_by_both)
    answers = at_once(*[lambda client=client: client.post(again) for client in clients])
    assert [answer.status_code for answer in answers] == [302, 302]
    jobs.work("default")
    new = Dataset.objects.exclude(pk=old.pk).get()
    assert new.rows.count() == DatasetRow.objects.filter(dataset=new).count() == 39
    assert AuditEntry.objects.filter(verb="freeze").count() == 2
    assert Job.objects.filter(kind="hub.freeze").count() == worker
    leads_to = reverse("job", args=[Job.objects.get().pk]) if worker else new.get_absolute_url()
    assert {answer.url for answer in answers} == {leads_to}
    for client in clients:
        assert new.get_absolute_url() in client.get(leads_to).content.decode()


def test_what_makes_no_dataset_is_told_and_a_cancelled_one_writes_nothing(many, admin_client, monkeypatch):
    Example.objects.update(group="crm.company:1")
    job = ask(admin_client, many)
    jobs.work("default")
    job.refresh_from_db()
    assert job.state == "failed"
    assert "none can be held out" in page(admin_client, job)
    Job.objects.all().delete()
    job = ask(admin_client, many)
    prepare = freezing.datasets.prepare

    def cancelled(*args, **kwargs):
        jobs.cancel(Job.objects.get(pk=job.pk))
        return prepare(*args, **kwargs)

    monkeypatch.setattr(freezing.datasets, "prepare", cancelled)
    jobs.work("default")
    job.refresh_from_db()
    assert job.state == "cancelled"
    assert not DatasetRow.objects.exists()


def test_a_comparison_ends_with_a_link_to_its_figures(admin_client):
    version = ModelVersion.objects.create(key="reader-a", name="reader A", task="read", engine="reader")
    row = Evaluation.objects.create(version=version, dataset="DACH", n=40, figures={"macro_f1": 0.8})
    job = jobs.enqueue("hub.compare", {"version": version.pk, "dataset": None})
    Job.objects.update(state="done", result={"evaluation": row.pk})
    assert f'href="{reverse("hub-evaluation", args=[row.pk])}"' in page(admin_client, job)
    Job.objects.update(state="running")
    assert "Look at the figures" not in page(admin_client, job)
