"""Texts a second of our encoder and of sentence-transformers on the same texts. `python -m benchmarks.encoder_speed --data FOLDER`"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from benchmarks.banking77 import read
from benchmarks.classification import arguments
from modelhub.engine import hardware, packs
from modelhub.engine.encoders import Encoder

NAMES = ("all-minilm-l6-v2", "multilingual-e5-small")


def main() -> None:
    """Print the table: speed, ratio, and the lowest cosine between both answers."""
    parser = arguments(__doc__)
    parser.add_argument("--texts", type=int, default=1000)
    options = parser.parse_args()
    texts = [row.text for row in read(options.data / "banking77/train.csv")][: options.texts]
    # Mixed lengths: every tenth text is ten of them in a row.
    texts = [" ".join(texts[i : i + 10]) if i % 10 == 0 else text for i, text in enumerate(texts)]
    plan = hardware.plan()
    print(f"{plan.device}, {plan.autocast or 'fp32'}, {plan.threads} threads, {len(texts)} texts of mixed length\n")
    print("| base | sentence-transformers | Fairlead | × | lowest cosine |\n|---|---|---|---|---|")
    for name in NAMES:
        folder = packs.location(name, options.packs)
        ours = Encoder(folder)
        theirs = sentence_transformer(str(folder), ours.max_tokens)
        prefixed = [ours.prefix + text for text in texts]
        slow, reference = timed(lambda model=theirs, t=prefixed: model.encode(t, normalize_embeddings=True))
        fast, vectors = timed(lambda model=ours: model.embed(texts))
        cosine = float((np.asarray(reference) * vectors).sum(1).min())
        print(
            f"| {name} | {len(texts) / slow:.0f}/s | {len(texts) / fast:.0f}/s | {slow / fast:.2f} | {cosine:.5f} |",
            flush=True,
        )


def sentence_transformer(folder: str, tokens: int):  # noqa: ANN201
    """The reference: the same weights with mean pooling in sentence-transformers."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.models import Pooling, Transformer

    body = Transformer(folder, max_seq_length=tokens)
    return SentenceTransformer(modules=[body, Pooling(body.get_word_embedding_dimension())])


def timed(work: Callable[[], np.ndarray]) -> tuple[float, np.ndarray]:
    """Best of two runs, in seconds, with the result."""
    found = []
    for _ in range(2):
        started = time.perf_counter()
        result = work()
        found.append(time.perf_counter() - started)
    return min(found), result


if __name__ == "__main__":
    main()
