"""Turns the 4-bit E5S1 file of multilingual-e5-small into a safetensors folder that transformers can load."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelhub.engine.failures import PackError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BLOCK = 32
LAYER_NAMES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
EMBEDDING_NAMES = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes in the order the file gives them."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    types: int


class _Bytes:
    """A cursor over the file's bytes, little endian."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def take(self, form: str) -> tuple[Any, ...]:
        values = struct.unpack_from("<" + form, self.data, self.at)
        self.at += struct.calcsize("<" + form)
        return values

    def raw(self, count: int) -> bytes:
        self.at += count
        return self.data[self.at - count : self.at]


def convert(source: Path, folder: Path) -> None:
    """Write config.json, tokenizer.json and model.safetensors (embeddings fp16, rest fp32) into `folder`.

    Raises PackError if `source` is not an E5S1 file of 32-weight blocks.
    """
    from safetensors.numpy import save_file

    reader = _Bytes(source.read_bytes())
    if reader.raw(4) != b"E5S1":
        raise PackError(f"{source.name} is not an E5S1 model file")
    reader.take("I")
    shape = Shape(*reader.take("7i"))
    epsilon, block = reader.take("fi")
    if block != BLOCK:
        raise PackError(f"{source.name} packs {block} weights to a block, expected {BLOCK}")
    _write_tokenizer(reader, folder, shape.positions)
    tensors = dict(_tensors(reader, shape))
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    _write_config(shape, float(epsilon), folder)


def _write_tokenizer(reader: _Bytes, folder: Path, positions: int) -> None:
    from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

    pieces, bos, eos, pad, unknown = reader.take("5i")
    (size,) = reader.take("Q")
    offsets = reader.take(f"{pieces + 1}I")
    scores = reader.take(f"{pieces}f")
    blob = reader.raw(size)
    _, map_bytes = reader.take("iI")
    reader.raw(map_bytes)  # the map spells out NFKC; the tokenizers library has it built in
    names = [blob[a:b].decode("utf-8") for a, b in pairwise(offsets)]
    # transformers expects <mask> as the last id of this vocabulary; it never occurs in text.
    tokenizer = Tokenizer(models.Unigram(list(zip(names, scores, strict=True)), unk_id=unknown, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace(Regex(r"\s+"), " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
    first, last = names[bos], names[eos]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{first} $A {last}",
        pair=f"{first} $A {last} {last} $B {last}",
        special_tokens=[(first, bos), (last, eos)],
    )
    tokenizer.add_special_tokens([names[i] for i in (bos, pad, eos, unknown)])
    tokenizer.save(str(folder / "tokenizer.json"))
    settings = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": positions,
        "bos_token": first,
        "cls_token": first,
        "eos_token": last,
        "sep_token": last,
        "pad_token": names[pad],
        "unk_token": names[unknown],
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(settings, indent=1))


def _tensors(reader: _Bytes, shape: Shape) -> Iterator[tuple[str, NDArray[np.generic]]]:
    import numpy as np

    (count,) = reader.take("i")
    for _ in range(count):
        (length,) = reader.take("H")
        name = reader.raw(length).decode()
        kind, weights, offset, size = reader.take("BIQQ")
        data = np.frombuffer(reader.data, np.uint8, size, offset)
        values = dequantise(data) if kind == 1 else data.view(np.float32)
        target, rows = _name_and_rows(name, shape)
        values = values[:weights].reshape(rows, -1) if rows else values[:weights]
        yield target, np.ascontiguousarray(values, np.float16 if name == "emb.word" else np.float32)


def dequantise(data: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Q4_0 blocks (f16 scale, 16 bytes; low nibbles first) → float32 weights, (nibble − 8) × scale."""
    import numpy as np

    blocks = data.reshape(-1, 2 + BLOCK // 2)
    scale = blocks[:, :2].copy().view(np.float16).astype(np.float32)
    nibbles = np.concatenate([blocks[:, 2:] & 15, blocks[:, 2:] >> 4], axis=1)
    return ((nibbles.astype(np.float32) - 8) * scale).ravel()


def _name_and_rows(name: str, shape: Shape) -> tuple[str, int]:
    if name in EMBEDDING_NAMES:
        tables = {"emb.word": shape.vocabulary, "emb.pos": shape.positions, "emb.type": shape.types}
        return EMBEDDING_NAMES[name], tables.get(name, 0)
    layer, part, kind = name.split(".")
    suffix = {"w": "weight", "b": "bias"}[kind]
    matrix = kind == "w" and not part.endswith("ln")
    rows = (shape.feed_forward if part == "fi" else shape.hidden) if matrix else 0
    return f"encoder.layer.{layer[1:]}.{LAYER_NAMES[part]}.{suffix}", rows


def _write_config(shape: Shape, epsilon: float, folder: Path) -> None:
    config = {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "attention_probs_dropout_prob": 0.1,
        "hidden_dropout_prob": 0.1,
        "hidden_act": "gelu",
        "hidden_size": shape.hidden,
        "intermediate_size": shape.feed_forward,
        "initializer_range": 0.02,
        "layer_norm_eps": round(epsilon, 15),
        "max_position_embeddings": shape.positions,
        "num_attention_heads": shape.heads,
        "num_hidden_layers": shape.layers,
        "pad_token_id": 1,
        "type_vocab_size": shape.types,
        "vocab_size": shape.vocabulary,
        "dtype": "float32",
    }
    (folder / "config.json").write_text(json.dumps(config, indent=1))
