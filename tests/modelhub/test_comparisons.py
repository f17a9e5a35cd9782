"""A new reader beside the one that serves, really trained and really read, as jobs; the page; labels that changed meanwhile."""

import dataclasses

import pytest
from django.urls import reverse

from core.models import Job, Need
from core.services import jobs
from core.services.needs import SHIPPED
from modelhub.engine import corpus, learning_curve, reader_training
from modelhub.models import Assignment, BaseModel, Dataset, DatasetRow, Evaluation, ModelVersion, TrainingRun
from modelhub.services import comparisons, gates, learning_curves
from tests.modelhub.chat_peer import serving

pytestmark = pytest.mark.slow
WANTED = ("latency", "pricing-request", "private-deployment", "languages")


@pytest.fixture(scope="module")
def labelled():
    """Messages of the shipped training corpus with four needs, both languages."""
    found = [
        dataclasses.replace(message, needs={need: spans for need, spans in message.needs.items() if need in WANTED})
        for message in corpus.load_all(corpus.TRAIN)
        if any(need in WANTED for need in message.needs)
    ]
    english = [message for message in found if message.language == "en"]
    chinese = [message for message in found if message.language == "zh"]
    return english[:60] + chinese[:30], english[130:170] + chinese[40:60]


@pytest.fixture(scope="module")
def folders(labelled, tmp_path_factory):
    """Two readers, of few messages and of many."""
    definitions = [need for need in corpus.definitions(SHIPPED) if need.key in WANTED]
    recipe, made = reader_training.Recipe(folds=2, steps=30), {}
    for key, rows in (("few", labelled[0][:40]), ("many", labelled[0])):
        made[key] = tmp_path_factory.mktemp("readers") / key
        reader_training.train(rows, definitions, [], made[key], recipe=recipe)
    return made


@pytest.fixture
def dataset(needs, labelled):
    made = Dataset.objects.create(name="DACH corrections", digest="x", with_corpus=False)
    DatasetRow.objects.bulk_create(
        DatasetRow(
            dataset=made, source=f"crm.message:{split}{number}", text=message.text, language=message.language,
            labels=dict.fromkeys(message.needs, True), spans={k: [list(s) for s in v] for k, v in message.needs.items()},
            group=f"lead:{number}", split=split,
        )
        for split, rows in zip(("train", "test"), labelled, strict=True)
        for number, message in enumerate(rows)
    )  # fmt: skip
    return made


@pytest.fixture
def old(needs, folders):
    version = ModelVersion.objects.create(
        key="few", name="few reader", task="read", engine="reader", folder=str(folders["few"])
    )
    Assignment.objects.create(task="read", segment=None, version=version)
    return version


@pytest.fixture
def new(needs, folders):
    return ModelVersion.objects.create(
        key="many", name="many reader", task="read", engine="reader", folder=str(folders["many"])
    )


@pytest.fixture
def compared(dataset, old, new):
    comparisons.request(new, dataset)
    assert jobs.work("ml") == 1
    return comparisons.latest(new)


def test_both_read_the_same_messages_and_the_differences_are_kept(dataset, old, new, admin_user):
    job = comparisons.request(new, dataset, by=admin_user)
    assert comparisons.request(new, dataset).pk == job.pk
    jobs.work("ml")
    job.refresh_from_db()
    whole = comparisons.latest(new)
    assert (job.state, job.done, job.total, job.result) == ("done", 120, 120, {"evaluation": whole.pk})
    rows = {row.language: row for row in Evaluation.objects.filter(version=new)}
    assert {key: row.n for key, row in rows.items()} == {"": 60, "en": 40, "zh": 20}
    assert (whole.beside, whole.data, whole.dataset) == (old, dataset, "DACH corrections")
    shown = whole.comparison["differences"]["macro_f1"]
    assert shown["low"] <= shown["difference"] <= shown["high"]
    gap = whole.figures["macro_f1"] - whole.comparison["figures"]["macro_f1"]
    assert shown["difference"] == pytest.approx(gap, abs=0.02)
    assert set(whole.comparison["needs"]) <= set(WANTED)
    changed = whole.comparison["changed"]
    assert changed["n"] == len(changed["rows"]) > 0
    held = {str(pk) for pk in dataset.rows.filter(split="test").values_list("pk", flat=True)}
    assert {row["id"] for row in changed["rows"]} <= held
    assert whole.figures["ms"] > 0
    assert whole.figures["memory_mb"] is not None
    assert sum(row["n"] for row in whole.figures["reliability"]) == 60 * len(WANTED)
    assert gates.judge("read", None, new).evaluation == whole


def test_what_the_serving_reader_was_trained_on_tests_neither(dataset, old, new):
    earlier = Dataset.objects.create(name="Last quarter", digest="y", with_corpus=False)
    base = BaseModel.objects.create(key="tiny", name="tiny", kind="encoder", source="pack tiny")
    TrainingRun.objects.create(name="first", dataset=earlier, base=base, state="done", result=old)
    rows = list(dataset.rows.filter(split="test"))
    for source, group, text, split in [
        (rows[3].source, "", "Rewritten since", "train"), ("crm.message:a", rows[5].group, "Of that customer", "train"),
        ("crm.message:b", "", rows[7].text.upper(), "train"), (rows[9].source, "", rows[9].text, "test"),
    ]:  # fmt: skip
        DatasetRow.objects.create(dataset=earlier, source=source, group=group, text=text, split=split)
    comparisons.request(new, dataset)
    jobs.work("ml")
    whole = comparisons.latest(new)
    assert (whole.n, whole.beside) == (57, old)
    assert whole.comparison["notes"][0].startswith("3 held-out messages were left out")
    assert not {str(rows[i].pk) for i in (3, 5, 7)} & {row["id"] for row in whole.comparison["changed"]["rows"]}


def test_run_twice_it_is_written_once(compared, dataset, new):
    before = list(Evaluation.objects.order_by("pk").values_list("pk", "figures__macro_f1"))
    comparisons.request(new, dataset)
    jobs.work("ml")
    assert list(Evaluation.objects.order_by("pk").values_list("pk", "figures__macro_f1")) == before


def test_a_version_that_cannot_be_loaded_says_so_in_one_line(dataset, old, tmp_path):
    lost = ModelVersion.objects.create(
        key="lost", name="lost reader", task="read", engine="reader", folder=str(tmp_path / "nowhere")
    )
    job = comparisons.request(lost, dataset)
    jobs.work("ml")
    job.refresh_from_db()
    assert job.state == "failed"
    assert job.error.startswith("lost reader could not be measured: ")
    assert "\n" not in job.error
    assert not Evaluation.objects.exists()


def test_a_serving_version_that_does_not_answer_leaves_the_figures_alone(dataset, old, new):
    with serving(lambda body: (500, b"{}", {})) as peer:
        away = ModelVersion.objects.create(
            key="away", name="away reader", task="read", engine="openai", address=peer.url, remote_model="tiny",
            config={"own_network": True, "timeout": 60},
        )  # fmt: skip
        Assignment.objects.update(version=away)
        comparisons.request(new, dataset)
        jobs.work("ml")
    row = comparisons.latest(new)
    assert row.beside is None
    assert "away reader serves but could not be read" in row.comparison["notes"][0]
    assert row.figures["macro_f1"] > 0
    assert gates.judge("read", None, new).verdict == "unevaluated"


def test_a_cancelled_comparison_writes_nothing(dataset, old, new, monkeypatch):
    job = comparisons.request(new, dataset)
    progress = jobs.progress

    def cancel_then_ask(row, done, *args, **kwargs):
        jobs.cancel(Job.objects.get(pk=row.pk))
        return progress(row, done, *args, **kwargs)

    monkeypatch.setattr(jobs, "progress", cancel_then_ask)
    jobs.work("ml")
    job.refresh_from_db()
    assert job.state == "cancelled"
    assert not Evaluation.objects.exists()


def test_without_held_out_rows_the_shipped_messages_give_figures_only(dataset, old, new, monkeypatch, admin_client):
    monkeypatch.setattr(corpus, "load_all", lambda folder: comparisons.held_out(dataset)[:12])
    comparisons.request(new, None)
    jobs.work("ml")
    row = comparisons.latest(new)
    assert (row.dataset, row.data) == ("shipped evaluation set", None)
    assert row.comparison["changed"]["rows"] == []
    page = admin_client.get(reverse("hub-evaluation", args=[row.pk])).content.decode()
    assert "are not shown, so that nobody tunes a model to them" in page or not row.comparison["changed"]["n"]


def test_only_readers_are_compared_on_messages(composer, dataset):
    with pytest.raises(ValueError, match="readers"):
        comparisons.request(composer, dataset)


@pytest.mark.parametrize("what", ["switched off", "renamed", "deleted"])
def test_needs_that_changed_meanwhile_are_left_out_and_named(
    what, compared, dataset, old, new, admin_client, rep_client
):
    need = Need.objects.filter(key="latency")
    if what == "switched off":
        need.update(active=False)
    elif what == "renamed":
        need.update(key="speed-of-answers")
    else:
        need.delete()
    earlier = reverse("hub-evaluation", args=[compared.pk])
    assert "latency" in admin_client.get(earlier).content.decode().lower()  # what was measured is still shown
    assert rep_client.get(reverse("hub-version", args=[new.key])).status_code == 200
    comparisons.request(new, dataset)
    jobs.work("ml")
    row = comparisons.latest(new)
    assert row.figures["left_out"] == ["latency"]
    assert "latency" not in row.figures["needs"]
    assert row.figures["macro_f1"] > 0
    page = admin_client.get(reverse("hub-evaluation", args=[row.pk])).content.decode()
    assert "switched off or gone" in page
    assert gates.judge("read", None, new).verdict in ("passed", "worse")


def test_texts_are_for_who_may_edit_the_hub(compared, dataset, admin_client, rep_client, marketer_client):
    url = reverse("hub-evaluation", args=[compared.pk])
    first = compared.comparison["changed"]["rows"][0]
    text = DatasetRow.objects.get(pk=first["id"]).text.split("\n")[0][:20]
    from django.utils.html import escape

    assert escape(text) in admin_client.get(url).content.decode()
    for client in (rep_client, marketer_client):
        page = client.get(url).content.decode()
        assert escape(text) not in page
        assert "answered differently" in page
        assert "few reader" in page
    DatasetRow.objects.filter(pk=first["id"]).delete()  # a person asked to be forgotten
    page = admin_client.get(url).content.decode()
    assert escape(text) not in page or text in "".join(dataset.rows.values_list("text", flat=True))
    assert "The text was erased since" in page


def test_one_language_leads_to_the_whole(compared, rep_client):
    part = Evaluation.objects.get(version=compared.version, language="zh")
    answer = rep_client.get(reverse("hub-evaluation", args=[part.pk]))
    assert answer["Location"] == reverse("hub-evaluation", args=[compared.pk])
    assert rep_client.get(reverse("hub-evaluation", args=[987654])).status_code == 404


def test_who_may_ask_for_a_comparison(dataset, old, new, rep_client, manager_client, admin_client):
    url = reverse("hub-compare", args=[new.key])
    for client in (rep_client, manager_client):
        assert client.post(url, {"dataset": dataset.pk}).status_code == 403
        assert client.post(reverse("hub-curve", args=[dataset.pk])).status_code == 403
    assert not Job.objects.exists()
    assert admin_client.get(url).status_code == 405
    admin_client.post(url, {"dataset": 987654})
    assert not Job.objects.exists()
    answer = admin_client.post(url, {"dataset": dataset.pk})
    job = Job.objects.get(kind="hub.compare")
    assert answer["Location"] == reverse("job", args=[job.pk])
    assert job.payload == {"version": new.pk, "dataset": dataset.pk}


def test_the_learning_curve_is_drawn_point_by_point(dataset, monkeypatch):
    monkeypatch.setattr(learning_curve, "SHARES", (0.5, 1.0))  # two trainings are enough to see it go on
    Need.objects.exclude(key__in=WANTED).update(active=False)
    learning_curves.request(dataset, base="")
    assert learning_curves.request(dataset, base="").pk == learning_curves.running(dataset).pk
    jobs.work("ml", most=1)
    dataset.refresh_from_db()
    assert [row["share"] for row in dataset.curve] == [0.5]
    assert learning_curves.running(dataset).done == 1
    jobs.work("ml")
    dataset.refresh_from_db()
    assert [(row["share"], row["rows"], row["n"]) for row in dataset.curve] == [(0.5, 45, 60), (1.0, 90, 60)]
    assert dataset.curve[-1]["macro_f1"] > 0.3
    assert learning_curves.running(dataset) is None
    learning_curves.request(dataset, base="")
    jobs.work("ml", most=1)
    before = dataset.curve
    dataset.refresh_from_db()
    assert dataset.curve == before  # drawn again it is the same


def test_a_curve_needs_rows_of_both_kinds(dataset, admin_client):
    dataset.rows.filter(split="test").delete()
    with pytest.raises(ValueError, match="held out"):
        learning_curves.request(dataset)


def test_a_dataset_without_the_base_model_says_so(dataset):
    job = learning_curves.request(dataset, base="no-such-pack")
    jobs.work("ml")
    job.refresh_from_db()
    assert job.state == "failed"
    assert "no-such-pack is not here" in job.error


def test_what_more_rows_would_bring():
    curve = [{"rows": n, "macro_f1": y} for n, y in ((100, 0.60), (200, 0.65), (300, 0.679), (400, 0.70))]
    assert learning_curve.gain(curve, 400) == pytest.approx(0.05, abs=0.005)
    assert learning_curve.gain(curve[:2], 400) is None
    falling = [{"rows": n, "macro_f1": 1 / n} for n in (2, 4, 8)]
    assert learning_curve.gain(falling, 8) == 0.0
