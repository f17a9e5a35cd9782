"""A secret key of its own for each data folder, made on first start."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def key_from(path: Path) -> str:
    """Return the key kept in `path`, making it (mode 600) if it is not there yet; two starters get the same one."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(handle, "w") as file:
        key = secrets.token_urlsafe(50)
        file.write(key)
    return key
