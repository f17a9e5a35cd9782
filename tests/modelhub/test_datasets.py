"""Freezing examples: what counts as absent, unknown, a copy, a contradiction or a leak, and who stands on which side."""

import pytest
from django.core.exceptions import ValidationError

from modelhub.engine import corpus, near_duplicates
from modelhub.engine.datasets import group_key
from modelhub.interface import Correction, correct, forget
from modelhub.models import Dataset, Example, ModelVersion, Prediction
from modelhub.services import dataset_cleaning, datasets

WORDS = "freight invoice clerk harbour sensor ledger pallet claim nurse letter tender permit vessel crane".split()
NEEDS = ("latency", "pricing-request", "summarisation")


def text(number):
    """A text of its own for each number: no two share five characters in a row but by chance."""
    return f"{WORDS[number % 14]} {WORDS[number // 14 % 14]} {number * 7919} asks {chr(97 + number % 26) * 9}"


@pytest.fixture
def examples(needs, tree):
    """48 examples of 12 customers, two needs each, in the deepest segment."""
    return [
        Example.objects.create(
            source=f"crm.message:{n}", text=text(n), language="en" if n % 3 else "zh", group=f"crm.company:{n % 12}",
            labels={NEEDS[n % 3]: True, NEEDS[(n + 1) % 3]: False}, spans={NEEDS[n % 3]: [[0, 5]]},
            segment=tree["dach-banks"],
        )
        for n in range(48)
    ]  # fmt: skip


def freeze(**options):
    return datasets.freeze("Banks, November", **{"with_corpus": False, **options})


def test_a_segment_takes_the_examples_below_it_and_no_others(examples, tree):
    Example.objects.create(source="elsewhere", text="Somebody else's words", labels={"latency": True})
    assert freeze(segment=tree["europe"]).rows.count() == 48
    assert freeze().rows.count() == 49


def test_customers_stand_on_one_side_and_a_quarter_is_held_out(examples):
    dataset = freeze()
    sides = {}
    for row in dataset.rows.all():
        sides.setdefault(row.group, set()).add(row.split)
    assert len(sides) == 12
    assert all(len(side) == 1 for side in sides.values())
    assert dataset.rows.filter(split="test").count() == 12
    for need in NEEDS:
        held = sum(counts.get(need, 0) for counts in dataset.counts["test"].values())
        assert 2 <= held <= 6  # of 16


def test_the_same_examples_give_the_same_dataset_and_digest(examples, admin_user):
    first = freeze(by=admin_user)
    assert freeze() == first
    other = datasets.freeze("Another name", with_corpus=False)
    assert other != first
    assert other.digest == first.digest
    Example.objects.filter(pk=examples[0].pk).update(labels={"latency": True})
    assert freeze().digest != first.digest


def test_counts_say_what_is_there(examples):
    dataset = freeze()
    assert sum(dataset.counts["rows"]["train"].values()) + sum(dataset.counts["rows"]["test"].values()) == 48
    for split in ("train", "test"):
        for code, needs in dataset.counts[split].items():
            rows = [r for r in dataset.rows.filter(split=split, language=code) if r.labels.get("latency")]
            assert needs.get("latency", 0) == len(rows)


def test_what_was_predicted_and_never_judged_is_unknown(examples):
    version = ModelVersion.objects.create(key="r", name="r", task="read", engine="reader")
    for needs in (["languages"], ["latency", "pricing-request", "no-such-need"]):  # only the latest reading counts
        Prediction.objects.create(
            source="crm.message:0", task="read", version=version, input_hash="x",
            output={"needs": [{"need": need} for need in needs]},
        )  # fmt: skip
    Example.objects.filter(source="crm.message:0").update(labels={"latency": True}, spans={"latency": []})
    dataset = freeze()
    row = dataset.rows.get(source="crm.message:0")
    assert row.unknown == ["pricing-request"]
    message = next(m for m in datasets.messages(dataset, row.split) if m.id == row.source)
    assert message.unknown == ("pricing-request",)
    assert dict(message.needs) == {"latency": ()}
    assert corpus.judged([message], ["latency", "pricing-request", "languages"]).tolist() == [[True, False, True]]


def test_copies_are_kept_once_and_contradictions_taught_neither_way(examples):
    shout = examples[0].text.upper() + " !"
    newest = Example.objects.create(
        source="again", text=shout, labels={"latency": False, "pricing-request": False, "languages": True}
    )
    dataset = freeze()
    assert dataset.findings["duplicates"] == ["crm.message:0"]
    row = dataset.rows.get(source="again")
    assert row.text == newest.text
    assert dataset.findings["conflicts"] == [{"source": "again", "needs": ["latency"]}]
    assert row.unknown == ["latency"]
    assert row.labels == {"pricing-request": False, "languages": True}


def test_near_duplicates_of_two_customers_are_kept_on_one_side(examples):
    long = "We run a hotline of forty agents and every answer has to be there before the caller breathes in again, "
    for n in range(6):
        Example.objects.create(source=f"like:{n}", text=f"{long}case {n}", labels={"latency": True}, group=f"like{n}")
    dataset = freeze()
    assert dataset.findings["alike"] == 15
    assert len(set(dataset.rows.filter(source__startswith="like").values_list("split", flat=True))) == 1


def test_a_text_of_the_shipped_evaluation_is_left_out(examples, monkeypatch):
    given_away = {group_key(examples[5].text)}
    monkeypatch.setattr(corpus, "text_keys", lambda folder: given_away if folder == corpus.EVALUATION else set())
    dataset = freeze()
    assert dataset.findings["evaluation"] == ["crm.message:5"]
    assert not dataset.rows.filter(source="crm.message:5").exists()


def test_a_text_like_one_of_the_shipped_corpus_is_trained_on(examples):
    shipped = corpus.load_all(corpus.TRAIN)[0]
    Example.objects.filter(source="crm.message:7").update(text=shipped.text + " Thanks!")
    dataset = freeze(with_corpus=True)
    assert dataset.findings["corpus"] == ["crm.message:7"]
    assert dataset.rows.get(source="crm.message:7").split == "train"
    assert dataset.corpus_digest
    assert freeze(with_corpus=False).findings["corpus"] == []


def test_labels_of_needs_that_are_gone_are_left_out_and_told(examples, needs):
    needs["summarisation"].delete()
    dataset = freeze()
    assert dataset.findings["labels"] == {"summarisation": 32}
    assert not any("summarisation" in row.labels for row in dataset.rows.all())


def test_too_few_examples_are_refused_with_numbers(needs, db):
    for n in range(19):
        Example.objects.create(source=f"s{n}", text=text(n), labels={"latency": True}, group=f"g{n}")
    with pytest.raises(ValidationError, match="19 usable examples are there, 20 are needed"):
        freeze()
    assert not Dataset.objects.exists()


def test_a_text_forgotten_while_it_is_frozen_is_not_frozen(examples, monkeypatch):
    clean = dataset_cleaning.clean

    def slowly(drafts, **options):
        found = clean(drafts, **options)
        forget("crm.message:7")
        return found

    monkeypatch.setattr(dataset_cleaning, "clean", slowly)
    with pytest.raises(ValidationError, match="erased meanwhile"):
        freeze()
    assert not Dataset.objects.exists()


def test_examples_of_one_customer_cannot_be_split(needs, db):
    for n in range(30):
        Example.objects.create(source=f"s{n}", text=text(n), labels={"latency": True}, group="crm.company:1")
    with pytest.raises(ValidationError, match="another customer"):
        freeze()


def test_a_correction_of_a_message_carries_its_customer(needs, db):
    correct(Correction("crm.message:1", "How fast?", "confirmed", "latency", "Mira", group="crm.company:9"))
    assert Example.objects.get().group == "crm.company:9"


def test_alike_is_by_shared_five_letter_runs():
    base = "the quick brown fox jumps over the lazy dog and runs home to its den before night falls over hill and dale and every bird is silent"
    texts = [base, base.upper() + "!", base.replace("quick", "swift"), "a wholly different sentence about invoices"]
    assert near_duplicates.pairs(texts, 4) == [(0, 1), (0, 2), (1, 2)]
    assert near_duplicates.pairs(texts, 1) == [(0, 1), (0, 2)]
