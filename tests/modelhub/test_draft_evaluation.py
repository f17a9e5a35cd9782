"""Drafting versions of every kind write the fixed requests, are measured beside what serves, and the gate heeds it."""

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from core.models import Job
from core.services import jobs
from modelhub.engine import draft_evaluation as engine
from modelhub.models import Assignment, Evaluation, ModelVersion
from modelhub.services import assignments, draft_evaluation, gates, versions
from tests.modelhub import chat_peer
from tests.modelhub.test_local_writers import _copy_tokenizer, tiny_causal, tokenizer_folder  # noqa: F401

FIXED = engine.requests({})


@pytest.fixture
def serving(composer_default, rules, needs):
    """The composer serves by default; the rules verify."""
    Assignment.objects.create(task="verify", segment=None, version=rules)
    return composer_default.version


@pytest.fixture
def few(monkeypatch):
    """Only some of the requests, English ones."""

    def keep(n):
        chosen = dict([(name, one) for name, one in FIXED.items() if one.language == "en"][:n])
        monkeypatch.setattr(engine, "requests", lambda _names: chosen)

    return keep


def measure(version, by=None):
    job = draft_evaluation.request(version, by=by)
    jobs.work("ml", most=1)
    job.refresh_from_db()
    return job


def local(engine_name, folder, adapter=""):
    version = ModelVersion(
        key=f"tiny-{engine_name}", name=f"tiny {engine_name}", task="draft", engine=engine_name, folder=str(folder),
        adapter=str(adapter),
    )  # fmt: skip
    version.config = {"files": versions.fingerprints(version)}
    version.save()
    return version


def test_twelve_requests_in_both_languages_are_fixed():
    assert len(FIXED) == 12
    assert sorted(one.language for one in FIXED.values()) == ["en"] * 6 + ["zh"] * 6
    assert all(len(one.claims) == 3 and one.requirements for one in FIXED.values())


def test_the_composer_is_measured_like_any_other(serving, admin_client, admin_user):
    job = measure(serving, admin_user)
    assert (job.state, job.error, job.done, job.total) == ("done", "", 12, 12)
    row = Evaluation.objects.get()
    assert (row.n, row.dataset, row.beside) == (12, "drafts", None)
    assert row.figures["supported"] > 0.8
    assert row.figures["replaced"] == 0
    assert row.figures["sentences"] > 12
    assert row.figures["length"] > 10
    page = admin_client.get(reverse("hub-version", args=[serving.key])).content.decode()
    assert "12 fixed requests" in page
    measure(serving)
    assert Evaluation.objects.count() == 1  # in the place of the earlier one


def test_a_server_that_invents_is_worse_and_needs_a_reason(serving, server_version, admin_user, staff_client):
    def invent(body):
        return {"sentences": [{"sentence": n, "text": "It is the best of all by 900 %."} for n in range(12)]}

    with chat_peer.serving(invent) as peer:
        version = server_version(peer.url)
        assert measure(version).state == "done"
    row = draft_evaluation.latest(version)
    assert row.beside == serving
    assert row.figures["supported"] == 0
    assert row.figures["replaced"] > 0.9
    assert row.comparison["differences"]["supported"]["verdict"] == "worse"
    gate = gates.judge("draft", None, version)
    assert gate.verdict == "worse"
    assert "drafts" in gate.told
    seen = assignments.stamp(Assignment.objects.get(task="draft"))
    with pytest.raises(ValidationError):
        assignments.assign("draft", None, version, by=admin_user, reason="", seen=seen)
    page = staff_client.get(reverse("admin:modelhub_assignment_default", args=["draft"])).content.decode()
    assert "own sentences that stand" in page
    assert "Worse than composer v1" in page
    assert staff_client.get(reverse("hub-evaluation", args=[row.pk])).status_code == 200
    assignments.assign("draft", None, version, by=admin_user, reason="We try it for a day", seen=seen)


def test_sentences_that_repeat_a_claim_stand(serving, server_version, few):
    few(3)

    def repeat(body):
        task = body["messages"][1]["content"]
        claims = [claim.text for one in FIXED.values() for claim in one.claims if claim.text in task]
        places = sorted(claims, key=task.index)
        return {"sentences": [{"sentence": n, "text": text} for n, text in enumerate(places)]}

    with chat_peer.serving(repeat) as peer:
        version = server_version(peer.url)
        assert measure(version).state == "done"
    row = draft_evaluation.latest(version)
    assert 0.2 < row.figures["supported"] < 1  # those put in the place of a free sentence do not
    assert row.figures["replaced"] <= 1 - row.figures["supported"]


def test_languages_a_version_does_not_write_are_left_out(serving, server_version):
    with chat_peer.serving(lambda _body: {"sentences": []}) as peer:
        version = server_version(peer.url, languages=["zh"])
        measure(version)
    row = draft_evaluation.latest(version)
    assert row.n == 6
    assert row.figures["supported"] == 0


def test_a_server_that_is_away_is_told_and_nothing_is_kept(serving, server_version):
    job = measure(server_version("http://127.0.0.1:9/v1"))
    assert job.state == "failed"
    assert "server model could not be measured" in job.error
    assert not Evaluation.objects.exists()


@pytest.mark.models
@pytest.mark.filterwarnings("ignore:.*is_gradient_checkpointing:FutureWarning")
def test_a_lora_adapter_over_a_folder_is_measured(serving, few, tiny_causal, tmp_path):  # noqa: F811
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    few(1)
    model = get_peft_model(
        AutoModelForCausalLM.from_pretrained(tiny_causal), LoraConfig(r=4, target_modules=["q_proj", "v_proj"])
    )
    model.save_pretrained(tmp_path / "adapter")
    version = local("causal", tiny_causal, tmp_path / "adapter")
    assert measure(version).state == "done"
    row = draft_evaluation.latest(version)
    assert row.figures["supported"] == 0  # random weights say nothing true
    assert row.figures["memory_mb"] > 0
    assert row.comparison["differences"]["supported"]["verdict"] == "worse"
    assert gates.judge("draft", None, version).verdict == "unevaluated"  # of two requests


@pytest.mark.models
def test_a_seq2seq_folder_is_measured(serving, few, tokenizer_folder, tmp_path):  # noqa: F811
    from transformers import T5Config, T5ForConditionalGeneration

    few(1)
    folder = tmp_path / "tiny-t5"
    config = T5Config(
        vocab_size=49152, d_model=32, d_ff=64, d_kv=16, num_layers=1, num_heads=2, decoder_start_token_id=2,
        pad_token_id=2, eos_token_id=0,
    )  # fmt: skip
    T5ForConditionalGeneration(config).save_pretrained(folder)
    _copy_tokenizer(tokenizer_folder, folder)
    version = local("seq2seq", folder)
    assert measure(version).state == "done"
    assert draft_evaluation.latest(version).figures["sentences"] > 0


@pytest.mark.models
@pytest.mark.slow
def test_smollm2_is_measured_from_its_pack(serving, few, tokenizer_folder):  # noqa: F811
    few(1)
    version = local("causal", tokenizer_folder)
    assert measure(version).state == "done"
    row = draft_evaluation.latest(version)
    assert row.n == 1
    assert row.figures["seconds"] > 0
    assert 0 <= row.figures["supported"] <= 1


def test_only_admins_measure_and_only_drafting_versions(serving, rules, admin_client, rep_client):
    assert rep_client.post(reverse("hub-drafts", args=[serving.key])).status_code == 403
    answer = admin_client.post(reverse("hub-drafts", args=[rules.key]), follow=True)
    assert "Only drafting versions" in answer.content.decode()
    assert not Job.objects.exists()
    for _click in range(2):
        assert admin_client.post(reverse("hub-drafts", args=[serving.key])).status_code == 302
    assert Job.objects.filter(kind="hub.draft-eval").count() == 1
    assert "Being measured" in rep_client.get(reverse("hub-version", args=[serving.key])).content.decode()
