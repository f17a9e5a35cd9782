"""`python -m benchmarks.reader_speed`: messages a second through the whole reader, beside SentenceTransformer.encode alone."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

from modelhub.engine import corpus, reader_shipped
from modelhub.engine.reader import Reader

ROOT = Path(__file__).resolve().parent.parent
COUNT = 160


def main() -> None:
    """Print the table."""
    import resource

    data = Path(os.environ.get("FAIRLEAD_DATA", ROOT / "var"))
    definitions = corpus.definitions(ROOT / "core" / "data" / "needs.json")
    folder = reader_shipped.ensure("default", data, definitions)
    started = time.monotonic()
    reader = Reader.load(folder, data / "packs", definitions)
    loading = time.monotonic() - started
    reader.read(["warm up"])
    every = [m.text for m in corpus.load_all(corpus.TRAIN)]
    texts = every[:: len(every) // COUNT][:COUNT]
    ours = rate(lambda: reader.read(texts), len(texts))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    plain = rate(lambda: reference(reader, texts), len(texts))
    print("| | messages a second | loading, s | memory at most, MB |\n|---|---|---|---|")
    print(f"| reader: needs, quotes, reasons, language, clarity, questions | {ours:.1f} | {loading:.1f} | {memory} |")
    print(f"| SentenceTransformer.encode of the same texts, same weights | {plain:.1f} | | |")


def rate(work: Callable[[], object], count: int) -> float:
    """Texts a second of the better of two runs."""
    best = 0.0
    for _ in range(2):
        started = time.perf_counter()
        work()
        best = max(best, count / (time.perf_counter() - started))
    return best


def reference(reader: Reader, texts: list[str]) -> object:
    """What the library's own encoder does with the texts."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.models import Pooling, Transformer

    global _plain
    if _plain is None:
        words = Transformer(str(reader.encoders[0].folder), max_seq_length=256)
        _plain = SentenceTransformer(modules=[words, Pooling(reader.encoders[0].dimensions)], device="cpu")
    return _plain.encode([reader.encoders[0].prefix + text for text in texts], batch_size=32)


_plain: object = None

if __name__ == "__main__":
    main()
