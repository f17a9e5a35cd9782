"""A client of OpenAI-compatible servers: one bounded, schema-bound question at a time, the answer checked before use."""

from __future__ import annotations

import ipaddress
import json
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from modelhub.engine import addresses
from modelhub.engine.failures import EngineError

if TYPE_CHECKING:
    import httpx

PROMPT_LIMIT = 200_000  # characters
ANSWER_LIMIT = 1 << 20  # bytes
TRIES = 3
AGAIN = {408, 409, 429, 500, 502, 503, 504}
WAIT_AT_MOST = 10.0

KEY_ENDING = "_API_KEY"


class ServerError(EngineError):
    """A server did not give a usable answer; the text never repeats what it sent."""


class AnswerError(ServerError):
    """A server answered, and what it said cannot be used: the server is there, and may be asked other things."""


@dataclass(frozen=True, slots=True)
class ChatServer:
    """Where and how to ask. The key is read from the environment at each call and kept nowhere.

    `own_network` and `allowed` are an admin's word that the address may be called (see addresses.pin); `timeout` is in
    seconds and holds for a whole question, tries included.
    """

    address: str
    model: str
    key_variable: str = ""
    own_network: bool = False
    allowed: tuple[str, ...] = ()
    timeout: float = 60.0

    def ask(self, messages: Sequence[Mapping[str, str]], name: str, schema: Mapping[str, Any], *, most: int) -> Any:
        """Put one question and return the JSON of the answer, at most `most` tokens long.

        Raises ServerError (AnswerError for an answer of no use) or AddressError; a busy or failing server is tried three
        times within the timeout.
        """
        body = {
            "model": self.model,
            "messages": [{**message, "content": sendable(message["content"])} for message in messages],
            "temperature": 0,
            "max_tokens": most,
            "response_format": {"type": "json_schema", "json_schema": {"name": name, "strict": True, "schema": schema}},
        }
        if sum(len(message["content"]) for message in messages) > PROMPT_LIMIT:
            raise ServerError(f"the question is longer than {PROMPT_LIMIT} characters and was not sent")
        return _content(self._post("/chat/completions", body))

    def _post(self, path: str, body: Mapping[str, Any]) -> bytes:
        import httpx

        place = addresses.pin(self.address, own_network=self.own_network, allowed=self.allowed)
        headers = {"Host": place.host_header, **self._key()}
        until = time.monotonic() + self.timeout
        why = "no answer"
        # No proxies from the environment, no redirects: the checked IP is the one that is spoken to.
        with httpx.Client(trust_env=False, follow_redirects=False, headers=headers) as client:
            for turn in range(TRIES):
                left = until - time.monotonic()
                if left <= 0:
                    break
                try:
                    status, data, wait = self._once(client, place, path, body, left)
                except httpx.TimeoutException:
                    why = "it took too long"
                    continue
                except httpx.HTTPError as error:
                    why, wait, status = f"no connection ({type(error).__name__})", 0.5 * 2**turn, 0
                if status == 200:
                    return data
                if status and status not in AGAIN:
                    raise ServerError(f"{place.host} refused with status {status}{_hint(status)}")
                why = f"status {status}" if status else why
                time.sleep(max(0.0, min(wait or 0.5 * 2**turn, WAIT_AT_MOST, until - time.monotonic())))
        raise ServerError(f"{place.host} gave no answer within {self.timeout:.0f} s: {why}")

    def _once(
        self, client: httpx.Client, place: addresses.Pinned, path: str, body: Mapping[str, Any], left: float
    ) -> tuple[int, bytes, float]:
        """Status, body (whole or refused), and the seconds the server asks to wait."""
        deadline = time.monotonic() + left
        extensions = {"sni_hostname": place.host} if place.scheme == "https" else {}
        with client.stream("POST", place.base + path, json=body, timeout=left, extensions=extensions) as response:
            self._look_at_peer(response)
            data = bytearray()
            for piece in response.iter_bytes():
                data += piece
                if len(data) > ANSWER_LIMIT:
                    raise AnswerError(
                        f"{place.host} sent more than {ANSWER_LIMIT >> 20} MB; the answer was thrown away"
                    )
                if time.monotonic() > deadline:  # a server that drips a byte at a time never meets the read timeout
                    raise ServerError(f"{place.host} gave no answer within {self.timeout:.0f} s")
            wait = response.headers.get("retry-after", "")
            return response.status_code, bytes(data), float(wait) if wait.isdigit() else 0.0

    def _look_at_peer(self, response: httpx.Response) -> None:
        stream = response.extensions.get("network_stream")
        peer = stream.get_extra_info("server_addr") if stream is not None else None
        if peer:
            networks = [ipaddress.ip_network(text, strict=False) for text in self.allowed]
            addresses.refuse(ipaddress.ip_address(peer[0]), own_network=self.own_network, allowed=networks)

    def _key(self) -> dict[str, str]:
        if not self.key_variable:
            return {}
        if not self.key_variable.endswith(KEY_ENDING):  # else any secret of the process could be sent to a server
            raise ServerError(f"the name of the variable with the key must end in {KEY_ENDING}")
        key = os.environ.get(self.key_variable, "")
        if not key:
            raise ServerError(f"the environment variable {self.key_variable} is empty; set it for the worker")
        return {"Authorization": f"Bearer {key}"}


def sendable(text: str) -> str:
    """The text with halves of surrogate pairs, which no encoding can carry, as question marks."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _content(data: bytes) -> Any:
    try:
        choice = json.loads(data)["choices"][0]
        if choice.get("finish_reason") == "length":
            raise AnswerError("the answer was cut off before its end; allow more tokens")
        return json.loads(choice["message"]["content"])
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError):
        raise AnswerError("the answer was not the JSON that was asked for") from None


def _hint(status: int) -> str:
    return {
        401: "; check the key", 403: "; check the key", 404: "; check the address and the model's name",
        301: "; it sends elsewhere, give the final address", 302: "; it sends elsewhere, give the final address",
        307: "; it sends elsewhere, give the final address", 308: "; it sends elsewhere, give the final address",
    }.get(status, "")  # fmt: skip
