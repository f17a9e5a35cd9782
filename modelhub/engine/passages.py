"""Whose words a line of a message holds: the writer's own, a greeting, a signature, a quoted reply, a disclaimer, our rep."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

Role = Literal["own", "greeting", "signature", "quoted", "disclaimer", "rep", "heading"]

HIDDEN = re.compile(
    r"<!--.*?-->|<(style|script)\b.*?</\1\s*>|</?[a-zA-Z][^<>]{0,400}>|&(?:nbsp|zwnj|#160);|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]",
    re.DOTALL | re.IGNORECASE,
)
BREAKING = re.compile(r"</?(?:p|br|div|li|tr|td|h\d|table|ul|ol|blockquote)\b", re.IGNORECASE)
GREETING = re.compile(
    r"^\W*(?:hi|hello|hey|dear|good (?:morning|afternoon|evening|day)|greetings|to whom it may concern|ladies and gentlemen|sir or madam|ciao|hallo)\b[^.?!:，。？！]{0,45}[,.!:：，]?\s*$"
    r"|^\W*(?:尊敬的|敬启者|您好|你好|各位|亲爱的)[^，。？！]{0,14}[,.!:：，。！]*\s*$|^[^，。？！\s]{1,14}(?:您好|你好|台鉴|钧鉴)?[:：]\s*$",
    re.IGNORECASE,
)
SIGN_OFF = re.compile(
    r"^\W*(?:(?:kind|best|warm|many|with|yours)?\s*(?:regards|wishes|thanks|greetings)|yours (?:sincerely|faithfully|truly)|sincerely|cheers|thanks(?: a lot| in advance| again)?|thank you|thx|rgds|br|best|sent from my \w+|yours)\b[^?？]{0,45}$"
    r"|^\W*(?:此致|敬礼|顺祝商祺|顺颂商祺|祝好|谢谢|盼复|多谢|祝商祺|商祺|敬上)[^？?]{0,12}$|^--\s*$",
    re.IGNORECASE,
)
QUOTE_START = re.compile(
    r"^\s*(?:-{2,}\s*(?:original|forwarded) message|_{5,}|on .{4,60}\bwrote:\s*$|发件人[:：]|-+\s*(?:原始邮件|转发邮件)|在.{4,40}写道[:：])",
    re.IGNORECASE,
)
QUOTED = re.compile(r"^\s*(?:>|》|\|)")
DISCLAIMER = re.compile(
    r"(?:this (?:e-?mail|message|communication)\b.{0,80}\b(?:confidential|intended|privileged)|intended recipient|if you (?:have )?received? this (?:e-?mail|message)? ?in error|think of the (?:planet|environment)|before (?:you )?print|本邮件.{0,30}(?:保密|机密|仅供)|如您?误收)",
    re.IGNORECASE,
)
REP = re.compile(
    r"^\s*\W{0,2}(?:rep|sales(?: ?rep)?|agent|vendor|us|me|advisor|consultant|account (?:exec|manager)|ae|sdr|fairlead|销售|我方|顾问|甲方?销售|客户经理|商务)\s*(?:\([^)]*\))?\s*[:：]",
    re.IGNORECASE,
)
HEADING = re.compile(
    r"^\s*(?:subject|re|fwd?|from|to|cc|date|主题|发件人|收件人|抄送|日期|时间)\s*[:：]", re.IGNORECASE
)


def blank(text: str) -> str:
    """The text with tags, scripts, control and direction characters blanked out, at the same length."""

    def cover(found: re.Match[str]) -> str:
        fill = "\n" if BREAKING.match(found.group()) else " "
        return fill + " " * (len(found.group()) - 1)

    return HIDDEN.sub(cover, text)


def lines_with_roles(text: str) -> Iterator[tuple[int, int, Role]]:
    """(start, end, role) of every line that is not empty."""
    lines = [(m.start(), m.end()) for m in re.finditer(r"[^\n\r]+", text) if m.group().strip()]
    quoting = signing = False
    for number, (start, end) in enumerate(lines):
        line = text[start:end]
        quoting = quoting or bool(QUOTE_START.match(line))
        signing = (signing or (number > 0 and bool(SIGN_OFF.match(line)))) and not quoting
        if quoting and not QUOTED.match(line) and _is_reply(lines, number, text):
            quoting = False
        yield start, end, _role(line, number, quoting, signing)


def _is_reply(lines: list[tuple[int, int]], number: int, text: str) -> bool:
    """A bare line after lines marked as quoted is the writer's own again."""
    return number > 0 and bool(QUOTED.match(text[slice(*lines[number - 1])]))


def _role(line: str, number: int, quoting: bool, signing: bool) -> Role:
    if DISCLAIMER.search(line):
        return "disclaimer"
    if quoting or QUOTED.match(line):
        return "quoted"
    if REP.match(line):
        return "rep"
    if HEADING.match(line):
        return "heading"
    if signing and len(line) < 90:
        return "signature"
    if number < 3 and GREETING.match(line):
        return "greeting"
    return "own"
