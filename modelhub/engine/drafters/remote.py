"""An OpenAI-compatible server as writer: all sentences of a draft in one question, the answer bound to a schema."""

from __future__ import annotations

from collections.abc import Sequence

from modelhub.engine.chat_server import ChatServer, ServerError
from modelhub.engine.drafters import prompts
from modelhub.engine.drafters.slots import Slot
from modelhub.engine.types import DraftRequest

TOKENS_A_SENTENCE = 160
SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["sentences"],
    "properties": {
        "sentences": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["sentence", "text"],
                "properties": {"sentence": {"type": "integer"}, "text": {"type": "string"}},
            },
        }
    },
}


class RemoteWriter:
    """Asks a server; it may write the free sentences too."""

    free = True

    def __init__(self, server: ChatServer) -> None:
        self.server = server

    def write(self, request: DraftRequest, slots: Sequence[Slot]) -> list[str]:
        """One text per slot, empty where the server gave none. Raises ServerError."""
        messages = [
            {"role": "system", "content": prompts.system(request)},
            {"role": "user", "content": prompts.all_tasks(slots)},
        ]
        answer = self.server.ask(messages, "sentences", SCHEMA, most=TOKENS_A_SENTENCE * (len(slots) + 1))
        found = [""] * len(slots)
        rows = answer.get("sentences") if isinstance(answer, dict) else None
        if not isinstance(rows, list):
            raise ServerError("the answer held no sentences")
        for row in rows:
            number, text = (row.get("sentence"), row.get("text")) if isinstance(row, dict) else (None, None)
            if isinstance(number, int) and isinstance(text, str) and 0 <= number < len(slots):
                found[number] = text
        return found
