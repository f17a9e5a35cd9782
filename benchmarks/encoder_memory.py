"""What a pruned vocabulary and int8 layers would bring to E5: `python -m benchmarks.encoder_memory`.

Each variant in a process of its own: resident MB with the encoder loaded and 512 texts read, texts a second, and the cosine of its
vectors to those of the encoder as it serves. The vocabulary is pruned to the pieces of the shipped corpus and to single
characters; texts are of another trade (`corpus/jargon`), whose words it was not chosen by.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
VARIANTS = {
    "as it serves": (False, False),
    "vocabulary pruned": (True, False),
    "int8 layers": (False, True),
    "both": (True, True),
}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("FAIRLEAD_DATA", ROOT / "var")))
    parser.add_argument("--variant", choices=VARIANTS, help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    pack = options.data.resolve() / "packs" / "multilingual-e5-small"
    if options.variant:
        print(json.dumps(_measure(pack, *VARIANTS[options.variant], options.out)))
        return
    print("| encoder | pieces | MB in all | of it mapped | texts a second | cosine, mean | least |")
    print("|---|---|---|---|---|---|---|")
    first: Any = None
    with tempfile.TemporaryDirectory() as scratch:
        for name in VARIANTS:
            out = Path(scratch) / "vectors.npy"
            command = [sys.executable, "-W", "ignore", "-m", "benchmarks.encoder_memory", "--data", str(options.data), "--variant", name, "--out", str(out)]  # fmt: skip
            told = json.loads(subprocess.check_output(command, cwd=ROOT, text=True).splitlines()[-1])
            vectors = np.load(out)
            first = vectors if first is None else first
            cosine = (vectors * first).sum(1)
            print(
                f"| {name} | {told['pieces']:,} | {told['rss']:,} | {told['mapped']} | {told['speed']:.0f} "
                f"| {cosine.mean():.4f} | {cosine.min():.4f} |",
                flush=True,
            )


def _measure(pack: Path, prune: bool, int8: bool, out: Path) -> dict[str, float]:
    import psutil
    import torch

    from modelhub.engine import corpus, hardware
    from modelhub.engine.encoders import Encoder

    rows = (corpus.TRAIN.parent / "jargon" / "quay.jsonl").read_text("utf-8").splitlines()
    texts = [json.loads(row)["text"] for row in rows]
    texts = (texts * (512 // len(texts) + 1))[:512]
    with tempfile.TemporaryDirectory() as scratch:
        encoder = Encoder(_pruned(pack, Path(scratch)) if prune else pack)
        if int8:
            hardware.autocast = lambda _device: nullcontext()  # int8 layers take fp32 alone
            encoder.model = torch.ao.quantization.quantize_dynamic(encoder.model, {torch.nn.Linear}, dtype=torch.qint8)
        began = time.perf_counter()
        vectors = np.concatenate([encoder.embed(texts[i : i + 32]) for i in range(0, len(texts), 32)])
        speed = len(texts) / (time.perf_counter() - began)
        memory = psutil.Process().memory_full_info()
        np.save(out, vectors)
        pieces = encoder.tokenizer.get_vocab_size()
        return {
            "pieces": pieces,
            "rss": memory.rss >> 20,
            "mapped": (memory.rss - memory.uss) >> 20,
            "speed": speed,
        }


def _pruned(pack: Path, folder: Path) -> Path:
    """A copy of the pack whose vocabulary is what the shipped corpus uses, and single characters."""
    from safetensors.numpy import load_file, save_file
    from tokenizers import Tokenizer

    from modelhub.engine import corpus

    told = json.loads((pack / "tokenizer.json").read_text("utf-8"))
    tokenizer = Tokenizer.from_file(str(pack / "tokenizer.json"))
    used = {i for m in corpus.load_all(corpus.TRAIN) for i in tokenizer.encode(f"query: {m.text}").ids}
    vocabulary = told["model"]["vocab"]
    kept = [i for i, (piece, _) in enumerate(vocabulary) if i in used or i < 4 or len(piece.lstrip("▁")) <= 1]
    place = {old: new for new, old in enumerate(kept)}
    told["model"]["vocab"] = [vocabulary[i] for i in kept]
    told["model"]["unk_id"] = place[told["model"]["unk_id"]]
    told["added_tokens"] = [
        {**each, "id": place[each["id"]]} for each in told.get("added_tokens", []) if each["id"] in place
    ]
    post = json.loads(
        json.dumps(told.get("post_processor")), object_hook=lambda each: _renumbered(each, place)
    )  # special tokens keep their names and get their new numbers
    told["post_processor"] = post
    for path in pack.iterdir():
        if path.suffix == ".safetensors":
            tensors = load_file(path)
            name = next(each for each in tensors if each.endswith("embeddings.word_embeddings.weight"))
            tensors[name] = np.ascontiguousarray(tensors[name][kept])
            save_file(tensors, folder / path.name)
        elif path.name == "config.json":
            config = json.loads(path.read_text("utf-8"))
            (folder / path.name).write_text(json.dumps({**config, "vocab_size": len(kept)}), "utf-8")
        elif path.name != "tokenizer.json":
            (folder / path.name).write_bytes(path.read_bytes())
    (folder / "tokenizer.json").write_text(json.dumps(told, ensure_ascii=False), "utf-8")
    return folder


def _renumbered(each: dict[str, Any], place: dict[int, int]) -> dict[str, Any]:
    if isinstance(each.get("ids"), list):
        return {**each, "ids": [place[i] for i in each["ids"]]}
    return each


if __name__ == "__main__":
    main()
