"""Plain text out of HTML mail: cleaned by nh3 first, then laid out in lines; quoted replies keep their “> ” marks.

What would cost nh3 minutes is stripped of its tags in one pass instead, and every word of it stays."""

from __future__ import annotations

import re
from collections import Counter
from html import unescape
from html.parser import HTMLParser

import nh3

# Elements that only lay out or emphasise; everything else loses its tag, and scripts, styles and heads their content.
_BLOCKS = frozenset(
    """address article aside blockquote dd div dl dt figure footer form h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre
    section table tbody td th thead tr ul""".split()
)
_KEPT = {*_BLOCKS, "br", "a", "b", "i", "em", "strong", "span"}
_DROPPED = {"script", "style", "head", "title", "template", "iframe", "object", "noscript", "svg", "math"}
_LARGEST = 4_000_000  # characters; pictures inside a mail make some large
_DEEPEST = 500  # elements inside each other; layout by tables reaches some 60
_MOST_ATTRIBUTES = 200
# Elements without an end, and those whose end is often left out: they do not nest by themselves.
_OPEN = frozenset(
    "area base br col embed hr img input link meta source track wbr p li td th tr dt dd option tbody thead tfoot".split()
)
# A comment, or a tag as a browser takes it apart: its end is the first “>” outside a value.
_TAG = re.compile(
    r"""<!--(?:>|->|.*?(?:--!?>|\Z))|<(/?)([a-zA-Z][^\s/>]*)((?:[^>=]+|=\s*"[^"]*"|=\s*'[^']*'|=)*+)""", re.DOTALL
)
_VALUE = re.compile(r"""=\s*(?:"[^"]*(?:"|\Z)|'[^']*(?:'|\Z)|[^\s"'>]*)""")
# The end of another element does not end these.
_WALLS = _BLOCKS | set("body button caption center details fieldset html marquee menu object search summary".split())
_PAGE = re.compile(r"^\s*(?:<!doctype\s+html|<html[\s>]|<body[\s>])", re.IGNORECASE)
_FRAGMENT = re.compile(
    r"^\s*<(?:p|div|table|span|h[1-6]|ul|ol|blockquote|font)\b[^>]*>.*</\w+>\s*$", re.IGNORECASE | re.DOTALL
)


def is_html(text: str) -> bool:
    """Return whether the whole of `text` is an HTML page or fragment; a text that merely contains a tag is not."""
    return bool(_PAGE.match(text[:2000])) or (text.lstrip()[:1] == "<" and bool(_FRAGMENT.match(text)))


def text_of(html: str) -> str:
    """Return the readable text of untrusted HTML: no scripts, styles or hidden heads, one line per block.

    Of HTML that no mail program writes (`_is_hostile`) all texts between the tags, those of scripts and styles as well.
    """
    if _is_hostile(html):
        return _stripped(html)
    clean = nh3.clean(html, tags=_KEPT, clean_content_tags=_DROPPED, attributes={"a": {"href"}}, link_rel=None)
    parser = _Lines()
    parser.feed(clean)
    parser.close()
    return parser.text()


def _is_hostile(html: str) -> bool:
    """Whether nh3, which takes time with the square of depth and attributes (20,000 open `<div>`: 3 s), would hang on it."""
    if len(html) > _LARGEST:
        return True
    stack: list[tuple[int, str]] = []  # what is open: (walls around it, name), a wall itself (-1, name)
    opened: Counter[tuple[int, str]] = Counter()
    walls = 0
    for closing, name, rest in _TAG.findall(html):
        if len(rest) > 2 * _MOST_ATTRIBUTES and len(re.split(r"[\s/]+", _VALUE.sub(" ", rest))) > _MOST_ATTRIBUTES:
            return True
        if not name or (name := name.lower()) in _OPEN:
            continue
        this = (-1 if name in _WALLS else walls, name)
        if not closing:  # “<div/>” opens one as well
            stack.append(this)
            opened[this] += 1
            walls += name in _WALLS
        elif opened[this]:  # else it ends nothing
            walls -= _close(stack, opened, this)
        if len(stack) > _DEEPEST:
            return True
    return False


def _close(stack: list[tuple[int, str]], opened: Counter[tuple[int, str]], this: tuple[int, str]) -> int:
    """End `this` and what is open inside it; returns how many walls that were."""
    ended = 0
    while True:
        last = stack.pop()
        opened[last] -= 1
        ended += last[0] < 0
        if last == this:
            return ended


def _stripped(html: str) -> str:
    """All that stands between tags, a line for each stretch."""
    lines = (" ".join(unescape(line).split()) for line in re.sub(r"<[^<>]*>", "\n", html).splitlines())
    return "\n".join(line for line in lines if line)


class _Lines(HTMLParser):
    """Collects lines; white space collapses as a browser would, except in `pre`."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = []
        self.line = ""
        self.quoted = self.pre = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a line where a browser would."""
        if tag == "br":
            self._break(keep_empty=True)
        elif tag in ("td", "th"):
            self.line += "\t" if self.line and not self.line.isspace() else ""
        elif tag in _BLOCKS:
            self._break()
        if tag == "blockquote":
            self.quoted += 1
        elif tag == "pre":
            self.pre += 1
        elif tag == "li":
            self.line += "- "

    def handle_endtag(self, tag: str) -> None:
        """End the line of a block; paragraphs leave an empty line behind them."""
        if tag in _BLOCKS and tag not in ("td", "th"):
            self._break()
        if tag == "blockquote":
            self.quoted = max(0, self.quoted - 1)
        elif tag == "pre":
            self.pre = max(0, self.pre - 1)
        if tag in ("p", "blockquote", "ul", "ol", "table") or (tag[0] == "h" and tag in _BLOCKS):
            self._gap()

    def handle_data(self, data: str) -> None:
        """Take text."""
        if self.pre:
            first, *rest = data.split("\n")
            self.line += first
            for line in rest:
                self._break(keep_empty=True)
                self.line += line
            return
        data = re.sub(r"[ \t\r\n\f\xa0]+", " ", data)
        self.line += data.lstrip() if not self.line or self.line[-1] in " \t" else data

    def _break(self, *, keep_empty: bool = False) -> None:
        line, self.line = self.line.rstrip(), ""
        if line or keep_empty:
            self.lines.append("> " * self.quoted + line)

    def _gap(self) -> None:
        while self.lines and not self.lines[-1].strip("> "):
            self.lines.pop()
        if self.lines:
            self.lines.append(("> " * self.quoted).rstrip())

    def text(self) -> str:
        """Return the lines, at most one empty one between two full ones."""
        self._break()
        joined = "\n".join(line.rstrip() for line in self.lines)
        return re.sub(r"\n{3,}", "\n\n", joined).strip("\n")
