"""Fine-tuning a reader's encoder: the loop learns, stops, resumes to the same numbers, and what it makes is served."""

import dataclasses
import shutil

import numpy as np
import pytest
import torch

from modelhub.engine import (
    artifacts,
    checkpoints,
    clauses,
    corpus,
    hardware,
    packs,
    reader_finetune,
    reader_states,
    reader_training,
)
from modelhub.engine.clause_tuning import Keeper
from modelhub.engine.corpus import Message
from modelhub.engine.failures import ArtifactError, TrainingError
from modelhub.engine.finetune import Settings
from modelhub.engine.reader import Reader
from modelhub.engine.reader_finetune import Plan
from modelhub.engine.reader_training import Recipe
from modelhub.engine.training_progress import Halt
from tests.modelhub import tiny_encoder

PLAN = Plan(
    Settings(epochs=3, batch=8, rate=2e-3, head_rate=1e-2, max_tokens=256, warm_up=0.2),
    Recipe(steps=20, folds=2),
    held=0.2,
    patience=2,
)


pytestmark = pytest.mark.usefixtures("single_thread")


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return tiny_encoder.build(tmp_path_factory.mktemp("bases") / "tiny")


def train(base, folder, plan=PLAN, **more):
    rows = tiny_encoder.messages()
    groups = [message.writer for message in rows]
    return reader_finetune.train(rows, tiny_encoder.definitions(), base, folder, plan=plan, groups=groups, **more)


@pytest.fixture(scope="module")
def undisturbed(base, tmp_path_factory):
    """The version of a run nobody disturbed, and what it told."""
    points = []
    return train(base, tmp_path_factory.mktemp("v") / "whole", told=points.append), points


def test_the_loop_learns_and_tells(undisturbed):
    version, points = undisturbed
    losses = [point.loss for point in points if point.loss is not None]
    assert np.mean(losses[-6:]) < 0.9 * np.mean(losses[:6]), losses
    figures = [point.validation for point in points if point.validation is not None]
    assert len(figures) == 3
    assert max(figures) == version.meta["tuning"]["validation"]
    rates = [point.rate for point in points if point.rate is not None]
    assert rates[0] < rates[1] < rates[2] == max(rates)  # warmed up over a fifth, then falling
    assert rates[-1] < 0.1 * max(rates)
    assert [point.step for point in points] == sorted(point.step for point in points)
    assert points[-1].step == points[-1].of


def test_what_it_makes_is_served_with_its_own_layers(undisturbed, base, tmp_path):
    version, _points = undisturbed
    assert version.meta["bases"] == [{"name": str(base), "fingerprint": packs.fingerprint(base), "tuned": True}]
    assert any(name.startswith("tuned.encoder.layer.1") for name in version.tensors)
    assert not any("embeddings" in name for name in version.tensors)
    reader = Reader.load(version.folder, tmp_path, tiny_encoder.definitions())
    found = reader.read(["we run a depot near the harbour. quote and budget for the depot team"])[0]
    assert [need.need for need in found.needs] == ["pricing-request"]
    assert found.needs[0].spans[0].text.startswith("quote")


def test_the_tuned_encoder_is_another_than_its_base(undisturbed, base, tmp_path):
    from modelhub.engine.encoders import encoder

    reader = Reader.load(undisturbed[0].folder, tmp_path, tiny_encoder.definitions())
    texts = ["quick and instant please"]
    assert not np.allclose(reader.encoders[0].embed(texts), encoder(base).embed(texts), atol=1e-2)


def test_the_tuned_encoder_costs_only_its_own_layers_and_leaves_the_base_alone(base, tmp_path):
    """All but the trained layer is the very memory of the base that the process holds, which reads on as before."""
    from modelhub.engine.encoders import encoder

    one = dataclasses.replace(PLAN, tuning=dataclasses.replace(PLAN.tuning, frozen_layers=1, epochs=1))
    version = train(base, tmp_path / "v", one)
    shared, texts = encoder(base), ["quick and instant please", "hello"]
    before, kept = shared.embed(texts), {n: p.detach().clone() for n, p in shared.model.named_parameters()}
    tuned = Reader.load(version.folder, tmp_path, tiny_encoder.definitions()).encoders[0]
    own = {n.removeprefix("tuned.") for n in version.tensors if n.startswith("tuned.")}
    theirs = dict(tuned.model.named_parameters())
    assert {n for n, p in shared.model.named_parameters() if theirs[n].data_ptr() != p.data_ptr()} == own
    assert all(
        mine.data_ptr() == other.data_ptr()
        for mine, other in zip(tuned.model.buffers(), shared.model.buffers(), strict=True)
    )
    assert tuned.tokenizer is shared.tokenizer
    for name in own:
        assert np.array_equal(theirs[name].numpy(), version.tensors[f"tuned.{name}"].astype(np.float32)), name
    assert not np.allclose(tuned.embed(texts), before, atol=1e-3)
    assert np.array_equal(shared.embed(texts), before)
    assert all(p.equal(kept[n]) for n, p in shared.model.named_parameters())


def test_the_tuned_encoder_reads_as_one_that_shares_nothing(undisturbed, base, tmp_path):
    from modelhub.engine import tuned_storage
    from modelhub.engine.encoder_loading import load_encoder_model
    from modelhub.engine.encoders import Encoder, encoder

    alone = load_encoder_model(base)
    stored = {n.removeprefix("tuned."): v for n, v in undisturbed[0].tensors.items() if n.startswith("tuned.")}
    with torch.no_grad():
        for name, parameter in alone.named_parameters():
            if name in stored:
                parameter.copy_(torch.from_numpy(stored[name].astype(np.float32)))
    texts = ["quick and instant please", "hello the team"]
    parts = [clauses.split(text) for text in texts]
    reader_states.read(encoder(base), texts, parts)  # the base has read every depth before it is shared
    tuned = tuned_storage.overlay(base, undisturbed[0].tensors)
    for mine, other in zip(
        reader_states.read(tuned, texts, parts),
        reader_states.read(Encoder(base, model=alone), texts, parts),
        strict=True,
    ):
        assert np.array_equal(mine.clause, other.clause)
        assert np.array_equal(mine.message, other.message)


def test_the_same_seed_gives_the_same_version_and_another_another(undisturbed, base, tmp_path):
    assert train(base, tmp_path / "again").digest == undisturbed[0].digest
    other = dataclasses.replace(PLAN, tuning=dataclasses.replace(PLAN.tuning, seed=1))
    assert train(base, tmp_path / "other", other).digest != undisturbed[0].digest


@pytest.mark.parametrize("tenth", range(1, 10))
def test_halted_at_each_tenth_it_goes_on_to_the_same_version(tenth, undisturbed, base, tmp_path):
    """The process draws other random numbers in between, as one that served meanwhile would."""
    version, points = undisturbed
    stop = [point.step for point in points if point.loss is not None][-1] * tenth // 10
    keeper = Keeper(tmp_path / "run" / "state.safetensors", every=1e9)

    def halting(point):
        torch.rand(7)
        if point.loss is not None and point.step == max(1, stop):
            raise Halt

    with pytest.raises(Halt):
        train(base, tmp_path / "v", told=halting, keeper=keeper)
    assert not (tmp_path / "v").exists()
    torch.manual_seed(999)
    lines, told = [], []
    again = train(base, tmp_path / "v", keeper=keeper, report=lines.append, told=told.append)
    assert f"going on from the checkpoint at step {max(1, stop)}" in lines
    assert told[0].step == max(1, stop) + 1
    assert again.digest == version.digest


def test_a_checkpoint_of_another_training_or_a_damaged_one_is_not_taken_up(undisturbed, base, tmp_path):
    path = tmp_path / "state.safetensors"
    other = dataclasses.replace(PLAN, tuning=dataclasses.replace(PLAN.tuning, rate=1e-4))
    train(base, tmp_path / "v", other, keeper=Keeper(path))
    lines = []
    assert train(base, tmp_path / "w", keeper=Keeper(path), report=lines.append).digest == undisturbed[0].digest
    assert not any("going on" in line for line in lines)
    path.write_bytes(path.read_bytes()[:1000])
    assert checkpoints.load(path, "x") is None
    assert train(base, tmp_path / "x", keeper=Keeper(path)).digest == undisturbed[0].digest


def test_a_checkpoint_from_before_the_needs_were_described_otherwise_is_not_taken_up(base, tmp_path):
    path, rows, needs = tmp_path / "state.safetensors", tiny_encoder.messages(), tiny_encoder.definitions()
    groups = [message.writer for message in rows]

    def start(definitions, name):
        lines = []
        reader_finetune.train(
            rows, definitions, base, tmp_path / name, plan=PLAN, groups=groups, keeper=Keeper(path), report=lines.append
        )
        return any("going on" in line for line in lines)

    assert not start(needs, "a")
    assert start(needs, "b")
    shown = dataclasses.replace(needs[0], examples={"en": (f"We need {needs[0].key} for the depot.",)})
    assert not start([shown, *needs[1:]], "c")


def test_the_checkpoint_holds_no_pickle(base, tmp_path):
    from safetensors import safe_open

    path = tmp_path / "state.safetensors"
    train(base, tmp_path / "v", keeper=Keeper(path))
    with safe_open(path, "np") as file:
        names = set(file.keys())
    assert {"chance.cpu", "weight.head.bias", "adamw.exp_avg_sq.head.bias", "best.head.bias"} <= names


def test_it_stops_when_nothing_is_gained(base, tmp_path):
    still = dataclasses.replace(
        PLAN, patience=1, tuning=dataclasses.replace(PLAN.tuning, epochs=8, rate=0.0, head_rate=0.0)
    )
    points = []
    version = train(base, tmp_path / "v", still, told=points.append)
    assert len([point for point in points if point.validation is not None]) == 2
    assert version.meta["tuning"]["epoch"] == 1


def test_frozen_layers_stay_the_bases(base, tmp_path):
    frozen = dataclasses.replace(PLAN, tuning=dataclasses.replace(PLAN.tuning, frozen_layers=1, epochs=1))
    names = {name for name in train(base, tmp_path / "v", frozen).tensors if name.startswith("tuned.")}
    assert names
    assert all(name.startswith("tuned.encoder.layer.1.") for name in names)


def test_a_version_whose_base_was_swapped_is_refused(undisturbed, tmp_path):
    version = shutil.copytree(undisturbed[0].folder, tmp_path / "v")
    meta = dict(undisturbed[0].meta)
    other = tiny_encoder.build(tmp_path / "tiny", seed=5)
    meta["bases"] = [{**meta["bases"][0], "name": str(other)}]
    artifacts.save(
        version, "reader", undisturbed[0].tensors,
        {name: undisturbed[0].json(name) for name in ("vocabulary.json", "settings.json")}, meta,
    )  # fmt: skip
    with pytest.raises(ArtifactError, match="other weights"):
        Reader.load(version, tmp_path, tiny_encoder.definitions())


def test_layers_that_do_not_fit_are_refused(base):
    from modelhub.engine import tuned_storage

    with pytest.raises(ArtifactError, match=r"layer\.9\.x does not fit tiny"):
        tuned_storage.overlay(base, {"tuned.layer.9.x": np.zeros(2, np.float16)})


def test_one_customer_alone_cannot_be_fine_tuned_on(base, tmp_path):
    rows = tiny_encoder.messages()
    with pytest.raises(TrainingError, match="only 0 messages can be held out"):
        reader_finetune.train(rows, tiny_encoder.definitions(), base, tmp_path / "v", groups=["one"] * len(rows))


def test_held_messages_are_of_other_customers(undisturbed):
    held = undisturbed[0].meta["tuning"]["held"]
    assert 8 <= held <= 18
    assert held % 6 == 0  # whole customers of six messages


def test_needs_nobody_judged_and_needs_without_a_quote_teach_neither_way():
    message = Message("m", "en", "Be quick. Send a quote.", {"latency": ()}, unknown=("languages",), weight=2.0)
    parts = corpus.clauses.split(message.text)
    needs = ["latency", "languages", "pricing-request"]
    assert corpus.clause_weights(message, parts, needs).tolist() == [[0, 0, 2], [0, 0, 2]]
    alone = dataclasses.replace(message, text="Be quick.")
    parts = corpus.clauses.split(alone.text)
    assert corpus.clause_weights(alone, parts, needs).tolist() == [[2, 0, 2]]
    assert corpus.clause_targets(alone, parts, needs).tolist() == [[1, 0, 0]]


def test_unjudged_needs_change_nothing_in_linear_heads(tmp_path):
    """A need that was predicted and never judged may be there or not: calling it absent would teach that it is not."""
    rows = tiny_encoder.messages()
    silent = [dataclasses.replace(m, needs={k: v for k, v in m.needs.items() if k != "latency"}) for m in rows[:20]]
    told = [dataclasses.replace(m, unknown=("latency",)) for m in silent]
    texts = [m.text for m in rows[20:] if "latency" in m.needs]
    chances = []
    for number, some in enumerate((silent, told)):
        folder = tmp_path / str(number)
        reader_training.train(
            [*some, *rows[20:]], tiny_encoder.definitions(), [], folder, recipe=Recipe(steps=20, folds=2)
        )
        reader = Reader.load(folder, tmp_path, tiny_encoder.definitions())
        chances.append(reader.evidence(texts).probabilities[:, reader.needs.index("latency")].mean())
    assert chances[1] > chances[0] + 0.02


def test_a_card_says_what_it_is_made_of_and_where_it_ends(undisturbed):
    from modelhub.engine import reader_card

    text = reader_card.text(undisturbed[0].meta["card"])
    for part in (
        "fine-tuned encoder",
        "base tiny",
        "60 messages (en 60) of 10",
        "macro-F1",
        "each used by at least two customers",
        "Not trained on languages",
    ):
        assert part in text


def test_the_checkpoint_says_when_the_disk_is_full(base, tmp_path, monkeypatch):
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))
    try:
        with pytest.raises(TrainingError, match="checkpoint could not be written"):
            train(base, tmp_path / "v", keeper=Keeper(tmp_path / "run" / "state.safetensors"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list((tmp_path / "run").iterdir()) == []
    assert not (tmp_path / "v").exists()


def test_a_version_that_the_disk_does_not_take_leaves_nothing_and_the_old_one_stands(undisturbed, base, tmp_path):
    import resource

    old = shutil.copytree(undisturbed[0].folder, tmp_path / "v")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    try:
        with pytest.raises(ArtifactError, match="could not be written"):
            train(base, tmp_path / "v")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert [item.name for item in tmp_path.iterdir()] == ["v"]
    assert artifacts.load(old, kinds=("reader",)).digest == undisturbed[0].digest


@pytest.mark.models
@pytest.mark.slow
def test_minilm_learns_from_a_slice_of_the_shipped_corpus(packs, tmp_path):
    from modelhub.engine import packs as engine_packs

    wanted = {"latency", "pricing-request", "languages", "private-deployment", "cost-control"}
    rows = [m for m in corpus.load_all(corpus.TRAIN) if m.language == "en" and wanted & set(m.needs)][:90]
    needs = [d for d in corpus.definitions(reader_needs()) if d.key in wanted]
    plan = Plan(Settings(epochs=2, batch=8, rate=1e-4, max_tokens=128, frozen_layers=3), Recipe(steps=20, folds=2))
    base = engine_packs.location("all-minilm-l6-v2", packs)
    version = reader_finetune.train(rows, needs, base, tmp_path / "v", plan=plan)
    assert version.meta["bases"][0]["name"] == "all-minilm-l6-v2"
    assert version.meta["figures"]["macro_f1"] > 0.3
    assert hardware.free_memory() > 0
    reader = Reader.load(version.folder, packs, needs)
    assert reader.read(["Nothing may leave our building: it has to run on our own servers."])[0].needs


def reader_needs():
    from django.conf import settings

    return settings.BASE_DIR / "core" / "data" / "needs.json"
