"""Forgetting a source erases it everywhere in the hub, and whoever is deleted on the sales side is forgotten."""

import json

import pytest
from django.apps import apps
from django.core.serializers.json import DjangoJSONEncoder

from core.models import AuditEntry, Job
from core.services import jobs
from crm.models import Message, Pitch
from crm.services import messages
from modelhub import interface
from modelhub.models import (
    Dataset,
    DatasetRow,
    Evaluation,
    Example,
    Feedback,
    ModelVersion,
    Offer,
    Prediction,
    SentenceSet,
)
from modelhub.services import forgetting

SOURCE = "crm.message:41"
TEXT = "Frau Petersen wants it in her own cellar."


@pytest.fixture
def versions(db):
    return [ModelVersion.objects.create(key=key, name=key, task="read", engine="reader") for key in ("old", "new")]


def everything_of(source, text, versions):
    """A row of each kind that names the source or holds its text, and a frozen set with its evaluation."""
    old, new = versions
    output = {"needs": [{"need": "private-deployment", "spans": [[0, 5, text[:5]]]}]}
    prediction = Prediction.objects.create(source=source, task="read", version=new, input_hash="x", output=output)
    Feedback.objects.create(
        source=source, prediction=prediction, verdict="confirmed", need="private-deployment", author="Mira"
    )
    Example.objects.create(source=source, text=text, labels={"private-deployment": True})
    Offer.objects.create(source=source, text=text, prediction=prediction)
    findings = {"duplicates": [source, "crm.message:999999"], "conflicts": [{"source": source, "needs": ["latency"]}]}
    data = Dataset.objects.create(name="DACH", digest="d" * 64, findings=findings)
    row = DatasetRow.objects.create(dataset=data, source=source, text=text, split="test")
    other = DatasetRow.objects.create(dataset=data, source="crm.message:999999", text="Another text", split="test")
    changed = [{"id": str(one.pk), "new": ["private-deployment"], "old": []} for one in (row, other)]
    comparison = {"differences": {}, "changed": {"n": 2, "better": 2, "worse": 0, "rows": changed}}
    Evaluation.objects.create(version=new, beside=old, data=data, dataset="DACH", n=2, comparison=comparison)
    return data, row, other


def hub_as_text():
    rows = [list(model._default_manager.values()) for model in apps.get_app_config("modelhub").get_models()]
    return json.dumps(rows, cls=DjangoJSONEncoder, ensure_ascii=False)


def test_nothing_of_the_source_is_left_and_nothing_else_is_touched(versions):
    data, _row, other = everything_of(SOURCE, TEXT, versions)
    Example.objects.create(source="crm.message:999999", text="Another text", labels={"latency": True})
    assert SOURCE in hub_as_text()
    assert interface.forget(SOURCE) == 5
    left = hub_as_text()
    assert f'"{SOURCE}"' not in left
    assert "Petersen" not in left
    data.refresh_from_db()
    assert (data.forgotten, data.digest) == (1, "d" * 64)
    assert data.findings["duplicates"] == [forgetting.ERASED, "crm.message:999999"]
    assert list(data.rows.all()) == [other]
    changed = Evaluation.objects.get().comparison["changed"]
    assert changed["n"] == 2  # what was measured stays measured
    assert [row["id"] for row in changed["rows"]] == [str(other.pk)]
    assert Example.objects.get().source == "crm.message:999999"
    assert interface.forget(SOURCE) == 0
    data.refresh_from_db()
    assert data.forgotten == 1


def test_a_source_whose_number_begins_alike_stays(versions):
    everything_of(f"{SOURCE}7", TEXT, versions)
    assert interface.forget(SOURCE) == 0
    assert Example.objects.get().text == TEXT


@pytest.mark.parametrize("gone", ["message", "lead", "company"])
def test_what_goes_on_the_sales_side_goes_in_the_hub(lead, versions, gone):
    message = Message.objects.create(lead=lead, channel="mail", text=TEXT, state="read")
    everything_of(message.source, TEXT, versions)
    pitch = Pitch.objects.create(lead=lead, author=lead.owner, state="draft")
    Prediction.objects.create(source=f"crm.pitch:{pitch.pk}", task="draft", version=versions[0], input_hash="y")
    if gone == "company":
        lead.delete()
        lead.company.delete()
    else:
        {"message": message, "lead": lead}[gone].delete()
    assert "Petersen" not in hub_as_text()
    assert Prediction.objects.filter(source__startswith="crm.pitch").exists() == (gone == "message")


def test_a_contact_that_is_deleted_takes_their_words_along(lead, contact, versions):
    theirs = Message.objects.create(lead=lead, contact=contact, channel="mail", text=TEXT, state="read")
    others = Message.objects.create(lead=lead, channel="mail", text="Anybody else's words", state="read")
    everything_of(theirs.source, TEXT, versions)
    Example.objects.create(source=others.source, text=others.text)
    contact.delete()
    assert "Petersen" not in hub_as_text()
    assert Example.objects.get().source == others.source


def test_a_message_deleted_while_it_is_read_leaves_nothing(lead, versions, monkeypatch):
    message, _made = messages.add(lead, text=TEXT, channel="mail")

    def read_and_lose(requests, *, keep):
        Message.objects.filter(pk=message.pk).delete()
        Prediction.objects.create(
            source=requests[0].source, task="read", version=versions[0], input_hash="x", output={"q": TEXT}
        )
        raise RuntimeError("the worker lost it")

    monkeypatch.setattr(interface, "read", read_and_lose)
    jobs.work("ml")
    assert Job.objects.get(kind="crm.read").state == "done"
    assert "Petersen" not in hub_as_text()


def judged(name, *found):
    rows = [
        {"id": n, "sentence": sentence, "claims": [{"id": "c", "text": claim, "about": about}], "verdict": "supported"}
        for n, (sentence, claim, about) in enumerate(found)
    ]
    return SentenceSet.objects.create(name=name, digest=name, rows=rows)


def test_judged_sentences_that_tell_what_is_erased_go_and_our_own_claims_stay(lead, contact, versions):
    message = Message.objects.create(
        lead=lead, contact=contact, channel="mail", state="read",
        text="Guten Tag,\nFrau  Petersen wants it in her own cellar. And then: 私どもの地下室に置きます。\nThank you",
    )  # fmt: skip
    held = judged(
        "Spring",
        ("Frau Petersen wants it in her own cellar!", "Runs there.", ""),  # a sentence of it
        ("Yes.", "Frau Petersen wants it in her own cellar", ""),  # a claim of ours that she repeats
        ("Yes.", "Runs there.", "私どもの地下室に置きます"),  # a product that she names
        ("Thank you", "Runs there.", ""),  # anybody's words
        ("Somebody wants it in a cellar.", "Runs there.", ""),
    )
    gone = judged("Only theirs", (f"She wrote: {message.text} So she did.", "Runs there.", ""))
    untouched = judged("Others", ("It runs on your own servers.", "Runs there.", ""))
    contact.delete()
    held.refresh_from_db()
    assert [row["id"] for row in held.rows] == [1, 2, 3, 4]
    assert held.digest == "Spring"
    told = {entry.object_id: entry.after for entry in AuditEntry.objects.filter(noun="sentenceset", verb="erase")}
    assert told == {str(held.pk): {"sentences": 4}, str(gone.pk): {"sentences": 0}}
    assert set(SentenceSet.objects.all()) == {held, untouched}
    assert interface.forget(SOURCE, "Yes.") == interface.forget(SOURCE) == 0


def test_a_message_that_is_deleted_takes_the_judged_sentences_along(lead, versions):
    message = Message.objects.create(lead=lead, channel="mail", text=TEXT, state="read")
    judged("Spring", (TEXT, "Runs there.", ""), ("It runs on your own servers.", "Runs there.", ""))
    message.delete()
    assert "Petersen" not in hub_as_text()
    assert len(SentenceSet.objects.get().rows) == 1
