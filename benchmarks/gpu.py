"""Texts and tokens a second on a GPU, beside plain `pipeline` and `generate` in the same run. `python -m benchmarks.gpu`"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from pathlib import Path

from modelhub.engine import corpus, hardware, packs

NEW_TOKENS = 64
SEED = 7


def main() -> None:
    """Print the table, or that there is no GPU."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--packs", type=Path, default=Path(os.environ.get("FAIRLEAD_DATA", "var")) / "packs")
    parser.add_argument("--texts", type=int, default=4096)
    parser.add_argument("--prompts", type=int, default=256)
    parser.add_argument("--anyway", action="store_true", help="measure this machine's processor where there is no GPU")
    options = parser.parse_args()
    plan = hardware.plan()
    if plan.device != "cuda" and not options.anyway:
        print("no GPU here; nothing measured (--anyway measures the processor)")
        return
    print(f"device {plan.device}, number format {plan.autocast or 'float32'}, {plan.token_budget} tokens a batch\n")
    print(f"{'what':<44}{'ours':>12}{'plain':>12}{'ratio':>8}")
    for name in ("multilingual-e5-small", "all-minilm-l6-v2"):
        ours, plain = encode(packs.location(name, options.packs), texts(options.texts), plan.device)
        print(f"{name + ', texts/s':<44}{ours:>12.0f}{plain:>12.0f}{ours / plain:>8.1f}")
    ours, plain = generate(packs.location("smollm2-135m-instruct", options.packs), options.prompts, plan.device)
    print(f"{'smollm2-135m-instruct, new tokens/s':<44}{ours:>12.0f}{plain:>12.0f}{ours / plain:>8.1f}")
    print("\nplain: pipeline('feature-extraction', batch_size=32) and model.generate, one prompt at a time, float32")


def texts(count: int) -> list[str]:
    """Messages of the shipped corpus, made distinct where more are asked for than there are."""
    found = [message.text for message in corpus.load_all(corpus.TRAIN)]
    return [f"{found[i % len(found)]} ({i // len(found)})" for i in range(count)]


def encode(folder: Path, sample: list[str], device: str) -> tuple[float, float]:
    """Texts a second: our encoder, and transformers' feature-extraction pipeline with mean pooling."""
    import torch
    from transformers import AutoModel, AutoTokenizer, pipeline

    from modelhub.engine.encoders import Encoder

    encoder = Encoder(folder)
    ours = timed(lambda: encoder.embed(sample), lambda: encoder.embed(sample[:256]))
    model = AutoModel.from_pretrained(folder, dtype=torch.float32).to(device)
    extract = pipeline(
        "feature-extraction", model=model, tokenizer=AutoTokenizer.from_pretrained(folder), device=device,
        tokenize_kwargs={"truncation": True, "max_length": encoder.max_tokens},
    )  # fmt: skip
    part = sample[: max(len(sample) // 8, 64)]  # the plain way is slow; a part of the texts tells its speed
    prefixed = [encoder.prefix + text for text in part]

    def plain() -> None:
        for vectors in extract(prefixed, batch_size=32):
            torch.tensor(vectors).mean(1)

    return len(sample) / ours, len(part) / timed(plain, lambda: extract(prefixed[:32], batch_size=32))


def generate(folder: Path, count: int, device: str) -> tuple[float, float]:
    """New tokens a second: our batched writer, and `generate` one prompt at a time in float32."""
    import torch
    from transformers import AutoModelForCausalLM

    from modelhub.engine.drafters.causal import CausalWriter

    writer = CausalWriter(folder)
    prompts = [f"Write one sentence about this request: {text[:300]}" for text in texts(count)]

    def new_tokens(made: list[str]) -> int:
        return sum(len(ids) for ids in writer.tokenizer(made, add_special_tokens=False)["input_ids"])

    made: list[str] = []
    ours = timed(lambda: made.extend(writer.generate(prompts, new_tokens=NEW_TOKENS, seconds=600)), None)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).to(device).eval()
    part, plain_tokens = prompts[: max(count // 32, 4)], 0
    began = time.perf_counter()
    for prompt in part:
        inputs = writer.tokenizer(prompt, return_tensors="pt").to(device)
        with torch.inference_mode():
            out = model.generate(
                **inputs, max_new_tokens=NEW_TOKENS, do_sample=False, pad_token_id=writer.tokenizer.pad_token_id
            )
        plain_tokens += out.shape[1] - inputs["input_ids"].shape[1]
    return new_tokens(made) / ours, plain_tokens / (time.perf_counter() - began)


def timed(work: Callable[[], object], warm: Callable[[], object] | None) -> float:
    """Seconds of one run, after a smaller one has warmed the device."""
    if warm is not None:
        warm()
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
