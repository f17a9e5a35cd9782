"""A model writes, the verifier judges: what fails is written once more, and then the composed sentence takes its place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from modelhub.engine import guard
from modelhub.engine.drafters.slots import Slot, Writer, slots
from modelhub.engine.types import Draft, Drafter, DraftRequest, DraftSentence, Verdict, Verifier

LONGEST = 420  # characters
PLACEHOLDER = re.compile(r"\[[^\]]*\]|\{[^}]*\}|<[^>]*>|_{3,}|\bXX+\b")
ADDRESS = re.compile(r"https?://|www\.|\S+@\S+\.\S+")
CJK = re.compile(r"[一-鿿]")
LEAD_IN = re.compile(
    r"^\s*(?:[-*•]\s+|\d+[.)]\s+|(?:sentence|answer|here is)[^:\n]{0,40}:\s*|(?:句子|回答)[^：\n]{0,20}：\s*)",
    re.IGNORECASE,
)
SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z\"“])|(?<=[。！？])\s*(?=\S)")


class ModelDrafter:
    """A Drafter whose sentences come from a Writer where they hold, and from the composer where they do not."""

    def __init__(self, writer: Writer, composer: Drafter, verifier: Verifier) -> None:
        self.writer, self.composer, self.verifier = writer, composer, verifier

    def draft(self, request: DraftRequest) -> Draft:
        """Write one pitch in the composer's order. Sentences of the composer that stand in are flagged `replaced`."""
        composed = self.composer.draft(request)
        open_slots = slots(request, composed, free=self.writer.free)
        written: dict[int, DraftSentence] = {}
        for _turn in range(2):
            if open_slots:
                open_slots = self._turn(request, open_slots, written)
        stand_in = {slot.index for slot in open_slots}
        return Draft(
            composed.subject,
            tuple(
                written.get(index, replace(sentence, replaced=index in stand_in))
                for index, sentence in enumerate(composed.sentences)
            ),
        )

    def _turn(self, request: DraftRequest, asked: Sequence[Slot], written: dict[int, DraftSentence]) -> list[Slot]:
        """Let the model write the slots once; put what holds into `written` and return the slots that failed."""
        texts = [clean(text) for text in self.writer.write(request, asked)]
        verdicts = self._judge(request, asked, texts)
        failed = []
        for slot, text, verdict in zip(asked, texts, verdicts, strict=True):
            why = objections(text, request, slot, verdict, {sentence.text for sentence in written.values()})
            if why:
                failed.append(replace(slot, failed=text, why=why))
            else:
                cited = verdict.claims or tuple(claim.id for claim in slot.claims)
                paragraph = slot.composed.paragraph
                written[slot.index] = DraftSentence(text, cited, verdict, paragraph)
        return failed

    def _judge(self, request: DraftRequest, asked: Sequence[Slot], texts: Sequence[str]) -> list[Verdict]:
        """Verdicts by the slot's own claims; what they do not support is held against all claims of the request."""
        verdicts = self.verifier.verify([(text, slot.claims) for slot, text in zip(asked, texts, strict=True)])
        open_ones = [i for i, slot in enumerate(asked) if slot.claims and verdicts[i].verdict != "supported"]
        second = self.verifier.verify([(texts[i], request.claims) for i in open_ones])
        for index, verdict in zip(open_ones, second, strict=True):
            if verdict.verdict == "supported":
                verdicts[index] = verdict
        return verdicts


def clean(text: str) -> str:
    """The first sentence of what a model wrote, without lead-in, bullet, quotation marks or line breaks."""
    lines = [line for line in text.strip().splitlines() if line.strip()]
    first = LEAD_IN.sub("", lines[0]) if lines else ""
    if not first.strip() and len(lines) > 1:
        first = lines[1]
    first = SENTENCE_END.split(first.strip().strip('"“”「」').strip())[0]
    return " ".join(first.split())


def objections(text: str, request: DraftRequest, slot: Slot, verdict: Verdict, others: set[str]) -> tuple[str, ...]:
    """Why a sentence cannot stand; empty when it can."""
    if not text:
        return ("nothing was written",)
    if len(text) > LONGEST:
        return ("it is too long",)
    if text[-1] not in '.!?。！？…”"':
        return ("it is not a whole sentence",)
    if text in others:
        return ("it says the same as another sentence",)
    if not in_language(text, request.language):
        return ("it is in another language",)
    if PLACEHOLDER.search(text) or ADDRESS.search(text):
        return ("it holds a placeholder or an address",)
    if guard.is_order(text):
        return ("it passes on an order to the machine",)
    wanted = "supported" if slot.claims else "no-claim-needed"
    if verdict.verdict != wanted:
        return verdict.reasons or (f"the verdict is {verdict.verdict}",)
    return ()


def in_language(text: str, language: str) -> bool:
    """Whether the script fits the language: mostly Chinese characters for zh, hardly any otherwise."""
    share = len(CJK.findall(text)) / max(len(text.replace(" ", "")), 1)
    return share > 0.3 if language.startswith("zh") else share < 0.1
