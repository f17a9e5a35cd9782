"""A BERT of two small layers in a folder, and messages it can learn: training in a second instead of minutes."""

import json

from modelhub.engine.corpus import Message
from modelhub.engine.types import NeedDefinition

WORDS = {
    "latency": ["quick", "instant", "delay", "seconds", "waiting"],
    "pricing-request": ["quote", "price", "cost", "invoice", "budget"],
    "languages": ["german", "mandarin", "polish", "translate", "dialect"],
}
FILLER = "we run a depot near the harbour and our team would like to know more about your tool please".split()


def build(folder, seed=0):
    """Write config, tokeniser and random weights; returns the folder."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import BertConfig, BertModel

    words = sorted({*FILLER, *(word for some in WORDS.values() for word in some), "the", "and", "hello"})
    vocabulary = {word: i for i, word in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", *words])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=len(vocabulary), hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64,
        max_position_embeddings=300, initializer_range=0.3, hidden_dropout_prob=0.05,
    )  # fmt: skip
    BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    return folder


def as_hubs_keep_it(folder, kind):
    """Write the model as hubs keep a BERT or RoBERTa: with its language-model head, a pooler or none; returns the folder."""
    import torch
    from transformers import AutoConfig, BertForMaskedLM, RobertaConfig, RobertaForMaskedLM

    build(folder)
    facts = json.loads((folder / "tokenizer.json").read_text())
    torch.manual_seed(0)
    if kind == "bert":
        BertForMaskedLM(AutoConfig.from_pretrained(folder)).save_pretrained(folder)
        return folder
    names = {
        "[CLS]": "<s>",
        "[PAD]": "<pad>",
        "[SEP]": "</s>",
        "[UNK]": "<unk>",
    }  # RoBERTa's places are 0 to 3 in this order
    rest = [word for word in facts["model"]["vocab"] if word not in names]
    facts["model"] |= {"unk_token": "<unk>", "vocab": {word: i for i, word in enumerate([*names.values(), *rest])}}
    facts["post_processor"] |= {"cls": ["<s>", 0], "sep": ["</s>", 2]}
    (folder / "tokenizer.json").write_text(json.dumps(facts))
    config = RobertaConfig(
        vocab_size=len(names) + len(rest), hidden_size=32, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=64, max_position_embeddings=302, type_vocab_size=1, initializer_range=0.3, hidden_dropout_prob=0.05,
    )  # fmt: skip
    RobertaForMaskedLM(config).save_pretrained(folder)
    return folder


def definitions():
    """The needs of WORDS, without examples."""
    return [NeedDefinition(key, "constraint", {"en": key}, {"en": key}) for key in WORDS]


def messages(count=60):
    """Messages of ten customers with one or two quoted needs each, the same every time."""
    found = []
    for n in range(count):
        text, needs = " ".join(FILLER[n % 9 : n % 9 + 7]) + ".", {}
        for key in sorted({list(WORDS)[n % 3], list(WORDS)[n // 3 % 3]}):
            word = WORDS[key][n // 2 % 5]
            start = len(text) + 1
            text += f" {word} and {WORDS[key][(n + 1) % 5]} for the depot team {n}."
            needs[key] = ((start, text.index(" for the depot", start)),)
        found.append(Message(f"tiny:{n}", "en", text, needs, writer=f"crm.company:{n % 10}"))
    return found
