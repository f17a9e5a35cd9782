"""Pages of datasets and runs: what everyone sees, what an admin does there, and how they look."""

import pytest
from django.conf import settings
from django.urls import reverse

from core.models import Job
from modelhub.models import Assignment, BaseModel, Dataset, DatasetRow, Example, ModelVersion, TrainingRun
from modelhub.services import run_data, runs
from tests.fixtures.browser import settled

WORDS = "Nothing may leave the vault of Hanseatic"


@pytest.fixture
def base(db):
    return BaseModel.objects.create(
        key="all-minilm-l6-v2", name="MiniLM L6 v2", kind="encoder", source="pack all-minilm-l6-v2"
    )


@pytest.fixture
def dataset(needs, tree):
    made = Dataset.objects.create(
        name="DACH banks, November", segment=tree["dach-banks"], digest="d" * 64,
        counts={
            "rows": {"train": {"en": 148, "zh": 31}, "test": {"en": 49, "zh": 12}},
            "train": {"en": {"latency": 41, "private-deployment": 62, "explainability": 4}, "zh": {"latency": 12}},
            "test": {"en": {"latency": 13, "private-deployment": 20, "explainability": 1}, "zh": {"latency": 5}},
        },
        findings={
            "examples": 251, "duplicates": ["crm.message:1"] * 6, "evaluation": ["crm.message:3"], "alike": 4,
            "conflicts": [{"source": "crm.message:2", "needs": ["latency"]}], "corpus": [], "empty": 0, "labels": {},
        },
    )  # fmt: skip
    DatasetRow.objects.create(dataset=made, source="crm.message:7", text=WORDS, language="en", split="test")
    return made


@pytest.fixture
def run(dataset, base, admin_user):
    curve = [
        {
            "step": 4 * n, "of": 400, "epoch": n / 20, "loss": 0.42 * 0.965**n + 0.02 * (n % 3), "seconds": 5.0 * n,
            "rate": 5e-5 * min(n / 8, 1) * (1 - n / 100), "validation": 0.52 + 0.06 * (n // 20) if n % 20 == 0 else None,
        }
        for n in range(1, 62)
    ]  # fmt: skip
    made = runs.start(dataset, "finetune", base, {"epochs": 4}, by=admin_user)
    TrainingRun.objects.filter(pk=made.pk).update(
        state="running", step=244, steps=400, seconds=318, memory_mb=1480, curve=curve,
        log=[[1.2, "fine-tuning all-minilm-l6-v2 on 152 messages, 27 held out"], [3.1, "fitting a first head on the untouched encoder"],
             [104.0, "epoch 1 of 4: macro-F1 0.580 on the messages held out"]],
    )  # fmt: skip
    made.refresh_from_db()
    return made


def get(client, name, *args):
    answer = client.get(reverse(name, args=args))
    assert answer.status_code == 200
    return answer.content.decode()


def test_everyone_sees_datasets_and_no_words_of_customers(rep_client, dataset):
    assert "DACH banks, November" in get(rep_client, "hub-datasets")
    page = get(rep_client, "hub-dataset", dataset.pk)
    assert "Latency" in page
    assert "Copies: 6" in page
    assert "In the shipped evaluation: 1" in page
    assert page.count("few") == 1  # explainability: one text held out
    assert WORDS not in page
    assert "Train on it" not in page


def test_erased_texts_are_told(rep_client, dataset):
    Dataset.objects.filter(pk=dataset.pk).update(forgotten=2)
    assert "2 texts were erased since this was frozen" in get(rep_client, "hub-dataset", dataset.pk)
    assert "2 erased since" in get(rep_client, "hub-datasets")


def test_an_admin_freezes_and_trains(admin_client, base, needs, tree):
    for n in range(24):
        Example.objects.create(
            source=f"s{n}", text=f"{chr(97 + n) * 9} {n * 7919} wants it", labels={"latency": True}, group=f"c{n % 6}",
            segment=tree["dach"], language="en",
        )  # fmt: skip
    values = {"name": "DACH", "segment": tree["europe"].pk}
    answer = admin_client.post(reverse("hub-dataset-new"), values)
    made = Dataset.objects.get()
    assert answer["Location"] == made.get_absolute_url()
    assert not made.with_corpus
    answer = admin_client.post(reverse("hub-dataset-new"), values)  # clicked twice
    assert Dataset.objects.get() == made
    form = get(admin_client, "hub-run-new")
    assert "MiniLM" in form
    values = {
        "dataset": made.pk, "recipe": "finetune", "base": base.pk, "own_weight": "3", "seed": "7", "epochs": "2",
        "rate": "0.0001", "batch": "", "frozen_layers": "3",
    }  # fmt: skip
    for _click in range(2):
        answer = admin_client.post(reverse("hub-run-new"), values)
    run = TrainingRun.objects.get()
    assert answer["Location"] == run.get_absolute_url()
    assert (run.config["tuning"]["epochs"], run.config["tuning"]["rate"], run.config["own_weight"]) == (2, 1e-4, 3.0)
    assert run.config["tuning"]["batch"] == 8
    assert Job.objects.get(kind="hub.train").by == run.by


def test_the_form_offers_the_base_of_what_serves_and_says_which_reads_english_alone(admin_client, base, dataset):
    wide = BaseModel.objects.create(key="multilingual-e5-small", name="E5 small", kind="encoder", source="pack e5")
    assert f'<option value="{wide.pk}" selected>' not in get(admin_client, "hub-run-new")
    reader = ModelVersion.objects.create(key="reader-9", name="reader v9", task="read", engine="reader", base=wide)
    Assignment.objects.create(task="read", segment=None, version=reader)
    page = get(admin_client, "hub-run-new")
    assert f'<option value="{wide.pk}" selected>E5 small</option>' in page
    assert f'<option value="{base.pk}">MiniLM L6 v2, English only</option>' in page
    assert 'class="fl-tuning"' in page
    assert ".fl-hint" not in (settings.BASE_DIR / "static/hub.css").read_text()  # app.css has it, for help texts
    answer = admin_client.post(reverse("hub-run-new"), {"dataset": dataset.pk, "recipe": "linear", "rate": "7"})
    assert 'class="fl-tuning"' not in answer.content.decode()  # a fault in a field that hides could not be found


def test_bad_input_is_told_and_nothing_is_lost(admin_client, base, dataset):
    answer = admin_client.post(reverse("hub-dataset-new"), {"name": "Too few", "with_corpus": "on"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "0 usable examples are there, 20 are needed" in page
    assert 'value="Too few"' in page
    answer = admin_client.post(
        reverse("hub-run-new"),
        {"dataset": dataset.pk, "recipe": "finetune", "base": "999", "own_weight": "-1", "seed": "x"},
    )
    assert answer.status_code == 422
    assert "What you typed is still here." in answer.content.decode()
    assert not TrainingRun.objects.exists()


def test_the_list_and_the_run_show_where_it_is(rep_client, run):
    assert "Running" in get(rep_client, "hub-runs")
    page = get(rep_client, "hub-run", run.pk)
    for part in (
        "step 244 of 400",
        "about 3 min left",
        ".700",
        "5 min 18 s",
        "1,480 MB",
        "tuning.weight_decay",
        "2.0e-05",
    ):
        assert part in page, part
    assert page.count("<polyline") == 2
    assert "Pause" not in page.split("<main")[1]


def test_what_moves_comes_as_a_fragment_until_it_ends(rep_client, run):
    fragment = rep_client.get(reverse("hub-run", args=[run.pk]), headers={"HX-Request": "true"}).content.decode()
    assert fragment.startswith('<div id="run" hx-get=')
    assert "<html" not in fragment
    version = ModelVersion.objects.create(key="reader-r1", name="DACH banks, tuned", task="read", engine="reader")
    TrainingRun.objects.filter(pk=run.pk).update(state="done", result=version, step=400)
    fragment = rep_client.get(reverse("hub-run", args=[run.pk]), headers={"HX-Request": "true"}).content.decode()
    assert "hx-trigger" not in fragment
    assert "DACH banks, tuned" in fragment


def test_an_admin_pauses_resumes_and_cancels(admin_client, run):
    def post(verb, **headers):
        return admin_client.post(reverse(f"hub-run-{verb}", args=[run.pk]), headers=headers)

    assert "pausing" in post("pause", **{"HX-Request": "true"}).content.decode()
    run.refresh_from_db()
    assert (run.state, run.wish) == ("running", "pause")
    assert post("resume")["Location"] == run.get_absolute_url()
    run.refresh_from_db()
    assert run.wish == ""
    TrainingRun.objects.filter(pk=run.pk).update(state="paused")
    assert "Go on" in get(admin_client, "hub-run", run.pk)
    post("cancel")
    run.refresh_from_db()
    assert run.state == "cancelled"
    TrainingRun.objects.filter(pk=run.pk).update(state="done")
    page = admin_client.post(reverse("hub-run-cancel", args=[run.pk]), follow=True).content.decode()
    assert "had already ended" in page


@pytest.mark.parametrize("verb", ["pause", "resume", "cancel"])
def test_a_rep_changes_nothing(rep_client, run, verb):
    assert rep_client.post(reverse(f"hub-run-{verb}", args=[run.pk])).status_code == 403
    run.refresh_from_db()
    assert (run.state, run.wish) == ("running", "")
    assert rep_client.post(reverse("hub-run-new"), {}).status_code == 403
    assert rep_client.post(reverse("hub-dataset-new"), {"name": "x"}).status_code == 403
    assert Dataset.objects.count() == 1


def test_a_failed_run_says_why_and_can_be_tried_again(admin_client, run):
    TrainingRun.objects.filter(pk=run.pk).update(state="failed", problem="base model e5 is not here")
    page = get(admin_client, "hub-run", run.pk)
    assert "base model e5 is not here." in page
    assert "Try again" in page
    assert "base model e5 is not here" in get(admin_client, "hub-runs")


def test_a_run_on_an_outdated_dataset_leads_to_freezing_it_again(admin_client, rep_client, run, dataset):
    Dataset.objects.update(with_corpus=True, corpus_digest="of another release")
    TrainingRun.objects.filter(pk=run.pk).update(state="failed", problem=run_data.OUTDATED)
    page = get(admin_client, "hub-run", run.pk)
    assert f"{run_data.OUTDATED}." in page
    assert f'<a href="{dataset.get_absolute_url()}">To the dataset' in page
    assert reverse("hub-run-resume", args=[run.pk]) not in page  # it would fail the same way
    again = reverse("hub-dataset-again", args=[dataset.pk])
    shown = get(admin_client, "hub-dataset", dataset.pk)
    assert "runs on it are refused" in shown
    assert f'action="{again}"' in shown
    assert again not in get(rep_client, "hub-dataset", dataset.pk)
    dataset.segment.delete()
    assert again not in get(admin_client, "hub-dataset", dataset.pk)


def test_a_run_that_has_not_begun_and_an_empty_hub(admin_client, run, dataset):
    TrainingRun.objects.filter(pk=run.pk).update(state="queued", step=0, steps=0, curve=[], log=[], seconds=0)
    assert "as soon as one is free" in get(admin_client, "hub-run", run.pk)
    TrainingRun.objects.all().delete()
    Dataset.objects.all().delete()
    assert "Nothing was trained here yet" in get(admin_client, "hub-runs")
    assert "No dataset yet" in get(admin_client, "hub-datasets")
    assert "no dataset to train on" in get(admin_client, "hub-run-new")


@pytest.mark.browser
@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_they_look_right(open_page, admin_user, run, dataset, width, scheme, shots):
    places = [("run", run.get_absolute_url()), ("runs", reverse("hub-runs")), ("dataset", dataset.get_absolute_url()),
              ("datasets", reverse("hub-datasets")), ("run-new", reverse("hub-run-new")), ("dataset-new", reverse("hub-dataset-new"))]  # fmt: skip
    for name, address in places:
        page = open_page(address, admin_user, width, 1100, color_scheme=scheme)
        settled(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
        assert page.problems == []
        if shots:
            page.screenshot(path=shots / f"{name}-{width}-{scheme}.png", full_page=True)
