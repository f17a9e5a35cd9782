"""Text out of pictures and PDFs. Heavy libraries load inside the functions: the web process never needs them."""

from __future__ import annotations

import threading
import warnings
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_noop

PAGES = 200  # of a PDF; what follows is left out
SCANS = 40  # pages that are read by OCR, at most
_SPARSE = 20  # characters: a page with fewer is taken for a scan
_PIXELS = 60_000_000
_SIDE = 3000  # px: larger pictures are scaled down before they are read
_lock = threading.Lock()


class Unreadable(Exception):
    """The file cannot be read; the text says why, in English: it is kept, and translated for each reader."""


def text_of(path: str) -> str:
    """Return the text of a picture or PDF, "" if it shows none; raises Unreadable for damaged or locked files."""
    data = Path(path).read_bytes()
    return _pdf(data) if data.startswith(b"%PDF-") else _picture(data)


def _pdf(data: bytes) -> str:
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        reader = PdfReader(BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise Unreadable(gettext_noop("The PDF is locked with a password. It is kept; ask for an open one."))
        parts: list[str] = []
        scans = 0
        for page in reader.pages[:PAGES]:
            text = page.extract_text().strip()
            if len(text) < _SPARSE and scans < SCANS:
                scans += 1
                text = "\n".join(filter(None, [text, *(_scan(image) for image in page.images)]))
            parts.append(text)
    except Unreadable:
        raise
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, OSError, RecursionError) as error:
        raise Unreadable(
            gettext_noop("The PDF is damaged and could not be read. It is kept; ask for it again.")
        ) from error
    return "\n\n".join(part for part in parts if part)


def _scan(image: Any) -> str:
    try:
        return _picture(image.data)
    except Unreadable:
        return ""  # a page may hold ornaments in odd formats; the other pictures still count


def _picture(data: bytes) -> str:
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image: Image.Image = Image.open(BytesIO(data))
            if image.width * image.height > _PIXELS:
                raise Unreadable(gettext_noop("The picture is too large to be read. It is kept; send a smaller one."))
            image = ImageOps.exif_transpose(image).convert("RGB")
    except Unreadable:
        raise
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError) as error:
        raise Unreadable(
            gettext_noop("The picture is damaged and could not be read. It is kept; ask for it again.")
        ) from error
    if min(image.size) < 8:
        return ""
    image.thumbnail((_SIDE, _SIDE))
    with _lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = _engine()(image)
    return _lines(found)


@lru_cache(maxsize=1)
def _engine() -> Any:
    import logging

    from rapidocr import RapidOCR

    logging.getLogger("RapidOCR").setLevel(logging.ERROR)
    return RapidOCR(params={"Global.log_level": "error"})


def _lines(found: Any) -> str:
    """Boxes that stand on one height make one line, left to right; lines go from top to bottom."""
    if found.txts is None or not len(found.txts):
        return ""
    boxes = []
    for box, text in zip(found.boxes, found.txts, strict=True):
        top, bottom = min(point[1] for point in box), max(point[1] for point in box)
        boxes.append((float(top + bottom) / 2, float(bottom - top), float(min(point[0] for point in box)), text))
    boxes.sort()
    lines: list[list[tuple[float, float, float, str]]] = []
    for row in boxes:
        if lines and abs(row[0] - lines[-1][0][0]) < 0.5 * min(row[1], lines[-1][0][1]):
            lines[-1].append(row)
        else:
            lines.append([row])
    return "\n".join(" ".join(row[3] for row in sorted(line, key=lambda row: row[2])) for line in lines)
