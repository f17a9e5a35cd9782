"""Minutes, memory and macro-F1 of linear heads and of fine-tuning on the shipped corpus, measured on writers held out:
`python -m benchmarks.training`. Both languages together, each alone, and each read by a reader that saw only the other.

Every row is trained in a process of its own, so that its memory is its own. `--share` takes a part of each writer's
messages where the machine is small; `--minutes` is the budget: a row that does not fit into it says how far it came, and
how long it would have taken at that pace. Rows are printed as they are finished, so a table that is broken off stands as
far as it goes. On a machine that does other work as well, set OMP_NUM_THREADS=1: threads that wait for each other's core
take many times as long.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from modelhub.engine import corpus, hardware, packs, reader_evaluation, reader_finetune, reader_training
from modelhub.engine.corpus import Message
from modelhub.engine.encoders import encoder
from modelhub.engine.failures import EngineError
from modelhub.engine.finetune import Settings
from modelhub.engine.reader import Reader
from modelhub.engine.training_progress import Halt, Point

ROOT = Path(__file__).resolve().parent.parent
NEEDS = ROOT / "core" / "data" / "needs.json"
# What is trained: a name, the recipe, and the languages it sees.
ROWS = [
    ("linear", "linear", ("en", "zh")),
    ("fine-tuned", "finetune", ("en", "zh")),
    ("linear, English alone", "linear", ("en",)),
    ("linear, Chinese alone", "linear", ("zh",)),
    ("fine-tuned, English alone", "finetune", ("en",)),
    ("fine-tuned, Chinese alone", "finetune", ("zh",)),
]


def main() -> None:
    """Print the table."""
    options = _options()
    if options.row is not None:
        print(json.dumps(_one(options)))
        return
    train, held = _split(options)
    print(f"base {options.base}, seed {options.seed}, {os.cpu_count()} cores, {hardware.plan().device}")
    print(
        f"trained on {len(train)} messages, measured on {len(held)} of {', '.join(options.held)}; share {options.share}\n"
    )
    print(f"{'':28}{'en':>7}{'zh':>7}{'quotes':>8}{'min':>8}{'MB':>7}  note")
    end = time.monotonic() + 60 * options.minutes
    for number, (name, recipe, _languages) in enumerate(ROWS):
        if recipe in options.recipes:
            print(f"{name:28}{_line(_child(options, number, end))}", flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("FAIRLEAD_DATA", ROOT / "var")))
    parser.add_argument("--base", default="multilingual-e5-small")
    parser.add_argument("--recipes", nargs="+", default=["linear", "finetune"], choices=["linear", "finetune"])
    parser.add_argument("--held", nargs="+", default=["en-d", "zh-d"], help="writers (files of the corpus) held out")
    parser.add_argument("--share", type=float, default=1.0, help="share of each writer's messages that is used")
    parser.add_argument("--epochs", type=int, default=reader_finetune.Plan().tuning.epochs)
    parser.add_argument("--rate", type=float, default=reader_finetune.Plan().tuning.rate)
    parser.add_argument("--frozen", type=int, default=0, help="layers that stay as they are")
    parser.add_argument("--minutes", type=float, default=90.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--row", type=int, help=argparse.SUPPRESS)
    return parser.parse_args()


def _split(options: argparse.Namespace) -> tuple[list[Message], list[Message]]:
    """Messages to train on and those of the writers held out; a share of each writer's, drawn by the seed."""
    import numpy as np

    rng = np.random.default_rng(options.seed)
    writers: dict[str, list[Message]] = {}
    for message in corpus.load_all(corpus.TRAIN):
        writers.setdefault(message.writer, []).append(message)
    unknown = set(options.held) - set(writers)
    if unknown:
        sys.exit(f"no such writer: {', '.join(sorted(unknown))}; there are {', '.join(writers)}")
    parts = {
        name: [rows[i] for i in sorted(rng.permutation(len(rows))[: max(1, round(options.share * len(rows)))])]
        for name, rows in writers.items()
    }
    train = [message for name, rows in parts.items() if name not in options.held for message in rows]
    return train, [message for name in options.held for message in parts[name]]


def _child(options: argparse.Namespace, number: int, end: float) -> dict[str, Any]:
    """Train one row in a process of its own, within what is left of the budget."""
    left = (end - time.monotonic()) / 60
    if left < 0.5:
        return {"note": "no time left in the budget"}
    command = [
        sys.executable, "-m", "benchmarks.training", "--row", str(number), "--data", str(options.data),
        "--base", options.base, "--held", *options.held, "--share", str(options.share), "--epochs", str(options.epochs),
        "--rate", str(options.rate), "--frozen", str(options.frozen), "--minutes", f"{left:.2f}", "--seed", str(options.seed),
    ]  # fmt: skip
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        return {"note": f"ended with {done.returncode}"}
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _one(options: argparse.Namespace) -> dict[str, Any]:
    """Train a row and measure it on the writers held out, per language."""
    name, recipe, languages = ROWS[options.row]
    train, held = _split(options)
    began, point = time.monotonic(), Point(0, 1)

    def told(now: Point) -> None:
        nonlocal point
        point = now
        if time.monotonic() - began > 60 * options.minutes:
            raise Halt

    with tempfile.TemporaryDirectory() as folder:
        try:
            reader = _train(options, recipe, [m for m in train if m.language in languages], Path(folder) / "v", told)
        except Halt:
            share, minutes = point.step / max(1, point.of), (time.monotonic() - began) / 60
            guess = f"; about {minutes / share:.0f} min in all" if share > 0.02 else ""
            return {"note": f"stopped at {share:.0%} after {minutes:.1f} min: the budget was spent{guess}"}
        except EngineError as error:
            return {"note": str(error)}
        minutes = (time.monotonic() - began) / 60
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
        return {**_figures(reader, held), "minutes": minutes, "memory": memory, "note": _note(name, languages)}


def _train(options: argparse.Namespace, recipe: str, train: Sequence[Message], folder: Path, told: Any) -> Reader:
    definitions = corpus.definitions(NEEDS)
    root = options.data.resolve() / "packs"
    base = packs.location(options.base, root)
    say = lambda line: print(f"  {line}", file=sys.stderr)  # noqa: E731
    heads = reader_training.Recipe(seed=options.seed)
    if recipe == "linear":
        reader_training.train(train, definitions, [encoder(base)], folder, recipe=heads, report=say, told=told)
    else:
        usual = reader_finetune.Plan().tuning
        tuning = Settings(
            epochs=options.epochs, batch=usual.batch, rate=options.rate, max_tokens=usual.max_tokens,
            frozen_layers=options.frozen, seed=options.seed,
        )  # fmt: skip
        plan = reader_finetune.Plan(tuning=tuning, heads=heads)
        reader_finetune.train(train, definitions, base, folder, plan=plan, report=say, told=told)
    return Reader.load(folder, root, definitions)


def _figures(reader: Reader, held: Sequence[Message]) -> dict[str, float]:
    found = {}
    for code in ("en", "zh"):
        rows = [message for message in held if message.language == code]
        if rows:
            figures = reader_evaluation.evaluate(reader, rows)
            found[code], found[f"quotes_{code}"] = figures.macro_f1, figures.span_f1
    return found


def _note(name: str, languages: Sequence[str]) -> str:
    return f"transfer to {'Chinese' if languages == ('en',) else 'English'}" if len(languages) == 1 else ""


def _line(found: dict[str, Any]) -> str:
    if "minutes" not in found:
        return f"{'–':>7}{'–':>7}{'–':>8}{'–':>8}{'–':>7}  {found['note']}"
    quotes = [found[key] for key in ("quotes_en", "quotes_zh") if key in found]
    cells = [f"{found[code]:7.3f}" if code in found else f"{'–':>7}" for code in ("en", "zh")]
    mean = sum(quotes) / len(quotes)
    return f"{cells[0]}{cells[1]}{mean:8.3f}{found['minutes']:8.1f}{found['memory']:7,}  {found['note']}"


if __name__ == "__main__":
    main()
