"""Load the needs that ship, without touching what an admin has made of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.db import transaction

from core.models import Need

SHIPPED = Path(__file__).resolve().parent.parent / "data" / "needs.json"
FIELDS = ("facet", "name_en", "name_zh", "description_en", "description_zh", "examples_en", "examples_zh")


def load(path: Path = SHIPPED) -> int:
    """Make the needs of a file and renew those nobody edited since they were loaded; returns how many rows were written.

    A row is left alone as soon as its words differ from what was loaded last; `active` and `position` stay the admin's.
    """
    rows = json.loads(path.read_text(encoding="utf-8"))
    there = {need.key: need for need in Need.objects.filter(key__in=[row["key"] for row in rows])}
    written = 0
    with transaction.atomic():
        for position, row in enumerate(rows, start=1):
            written += _take_over(row, there.get(row["key"]), position)
    return written


def _take_over(row: Mapping[str, Any], need: Need | None, position: int) -> bool:
    words = {name: row[name] for name in FIELDS}
    mark = _digest(words)
    if need is None:
        Need.objects.create(key=row["key"], position=position, shipped=mark, **words)
        return True
    now = _digest({name: getattr(need, name) for name in FIELDS})
    if now == mark or now != need.shipped:  # the same already, or edited by a person
        return False
    Need.objects.filter(pk=need.pk).update(shipped=mark, **words)
    return True


def _digest(words: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(words, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
