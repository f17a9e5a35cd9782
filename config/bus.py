"""The embedded wake-up bus: Celery's file-system transport, with messages that are whole before a worker can see them.

Kombu's own writes into the folder that workers watch; one that takes a file too early dies of an empty message.
"""

from __future__ import annotations

import uuid
from pathlib import Path
from queue import Empty
from time import monotonic
from typing import Any

from kombu.exceptions import ChannelError
from kombu.transport import TRANSPORT_ALIASES, filesystem
from kombu.utils.encoding import str_to_bytes
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    """Writes beside, then renames; a message that cannot be read is none."""

    def _put(self, queue: str, message: Any, **kwargs: Any) -> None:  # type: ignore[override]
        """Put a message onto a queue. Raises ChannelError if the folder cannot be written."""
        name = f"{round(monotonic() * 1000)}_{uuid.uuid4()}.{queue}.msg"
        folder = Path(self.data_folder_out)
        scratch = folder / f".{name}.part"
        try:
            scratch.write_bytes(str_to_bytes(dumps(message)))
            scratch.rename(folder / name)
        except OSError as error:
            raise ChannelError(f"Cannot add file {name!r} to directory") from error

    def _get(self, queue: str, timeout: Any = None) -> Any:
        """The next message of a queue. Raises Empty if there is none."""
        try:
            return super()._get(queue)
        except ValueError:  # left half-written by a process that was killed: the tick finds the work
            raise Empty from None


class Transport(filesystem.Transport):
    """The transport of `embedded://`."""

    Channel = Channel


def register() -> None:
    """Make `embedded://` known to Kombu."""
    TRANSPORT_ALIASES["embedded"] = "config.bus:Transport"
