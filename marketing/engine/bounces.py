"""What a mail that came in is: a bounce (and whether for good), a delay, an automatic reply, a complaint, a reply, or else.

Fields first (RFC 3464 reports, RFC 5965 complaints, RFC 3834 automatic replies), words only where there are none.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from marketing.engine import bounce_words as words
from marketing.engine.inbound import Mail, addresses, groups

Kind = Literal["bounce", "delayed", "auto-reply", "complaint", "reply", "other"]
_NO_HARM = {"not-spam", "auth-failure", "other", "virus", "dmarc"}  # feedback that is no complaint about us
_BAD_ADDRESS = {"5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.4", "5.1.6", "5.1.10", "5.2.1", "5.4.4", "5.4.310"}
_AUTOMATIC = ("x-autoreply", "x-autorespond", "x-autoresponder", "x-auto-reply", "x-auto-response", "x-autoreply-from", "x-mail-autoreply")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Finding:
    """`hard`: the address will never work; `personal`: an ordinary mail, a reply wherever something else says it is one."""

    kind: Kind
    hard: bool = False
    status: str = ""
    diagnostic: str = ""
    personal: bool = False

    @property
    def detail(self) -> str:
        """What to show: status and words of the server."""
        return " ".join(part for part in (self.status, self.diagnostic) if part)[:300]


def classify(mail: Mail) -> Finding:
    """Say what a mail is."""
    return (
        _complaint(mail)
        or _report(mail)
        or _receipt(mail)
        or _worded_bounce(mail)
        or _automatic(mail)
        or _ordinary(mail)
    )


def is_hard(status: str, text: str) -> bool:
    """Whether a refusal is about the address itself, for good. In doubt it is not: a suppressed address is lost for ever.

    Policy (5.7.x), a full mailbox (5.2.2) and everything temporary are not, whatever the words say.
    """
    text = " ".join(text.split())[:2000]
    if status.startswith("4") or words.NOT_THE_ADDRESS.search(text):
        return False
    if status in _BAD_ADDRESS and status != "5.1.0":
        return True
    generic = not status or status in ("5.0.0", "5.1.0", "5.4.1", "5.5.0")
    return generic and bool(words.NO_SUCH_ADDRESS.search(text))


def _complaint(mail: Mail) -> Finding | None:
    for part in mail.parts:
        if part.get_content_type() == "message/feedback-report":
            found = next(iter(groups(part)), {})
            said = found.get("feedback-type", "abuse").strip().lower()
            return Finding("other", diagnostic=said) if said in _NO_HARM else Finding("complaint", diagnostic=said)
    return None


def _report(mail: Mail) -> Finding | None:
    """A delivery report: of several recipients the worst counts, failed before delayed."""
    rows = [row for row in report_rows(mail) if row.get("action")]
    if not rows:
        return None
    by_action: dict[str, dict[str, str]] = {}
    for row in rows:
        by_action.setdefault(row["action"].split()[0].lower().rstrip(";"), row)
    for action, kind in (("failed", "bounce"), ("delayed", "delayed")):
        if action in by_action:
            row = by_action[action]
            text = row.get("diagnostic-code", "")
            status = _status(row.get("status", ""), text)
            said = text.partition(";")[2].strip() or text or _worded_reason(mail)
            hard = kind == "bounce" and is_hard(status, f"{text} {'' if text else said}")
            return Finding("bounce" if kind == "bounce" else "delayed", hard, status, said[:280])
    return Finding("other", diagnostic="; ".join(by_action))


def report_rows(mail: Mail) -> list[dict[str, str]]:
    """Return the blocks of fields of all delivery reports in a mail."""
    reports = ("message/delivery-status", "message/global-delivery-status")
    return [row for part in mail.parts if part.get_content_type() in reports for row in groups(part)]


def _status(field: str, diagnostic: str) -> str:
    """The status field, unless it is missing or says nothing (x.0.0) and the server's words say more."""
    said = words.STATUS.search(field)
    told = words.STATUS.search(diagnostic)
    if said and not (said[1].endswith(".0.0") and told):
        return said[1]
    return told[1] if told else ""


def _receipt(mail: Mail) -> Finding | None:
    receipt = any(part.get_content_type() == "message/disposition-notification" for part in mail.parts)
    return Finding("auto-reply", diagnostic="receipt") if receipt else None


def _worded_bounce(mail: Mail) -> Finding | None:
    """A bounce without a report, as qmail, old Exim and many providers write it: it needs a sender and words that fit."""
    failed = mail.header("x-failed-recipients")
    sender = addresses(mail.headers("from")[:1])
    returned = mail.headers("return-path")
    nobody = bool(returned) and returned[0].strip() in ("<>", "")
    robot = bool(sender) and bool(words.BOUNCE_SENDER.match(sender[0]))
    subject = mail.header("subject")
    if not (failed or robot or (nobody and words.BOUNCE_SUBJECT.search(subject))):
        return None
    text = _beginning(mail.texts())
    if not (failed or words.BOUNCE_SUBJECT.search(subject) or words.BOUNCE_TEXT.search(text)):
        return None
    found = words.STATUS.search(text)
    code = words.REPLY_CODE.search(text)
    status = found[1] if found else f"{code[1][0]}.0.0" if code else ""
    said = _worded_reason(mail)
    if words.DELAY_TEXT.search(text) or (words.DELAY_SUBJECT.search(subject) and not failed):
        return Finding("delayed", False, status, said)
    return Finding("bounce", is_hard(status, text), status, said)


def _worded_reason(mail: Mail) -> str:
    """The line of the text that gives the reason: with a status or reply code, else with words that fit."""
    lines = [" ".join(line.split()) for line in _beginning(mail.texts()).splitlines() if line.strip()]
    for pattern in (words.STATUS, words.REPLY_CODE, words.NO_SUCH_ADDRESS, words.NOT_THE_ADDRESS):
        for line in lines:
            if pattern.search(line):
                return line[:280]
    return ""


def _beginning(texts: Iterable[str]) -> str:
    """What the robot itself wrote, without the mail it gives back."""
    text = ""
    for one in texts:
        text += one[:20_000] + "\n"
        if len(text) > 20_000:
            break
    for mark in (
        "--- Below this line is a copy",
        "------ This is a copy of the message",
        "----- Original message -----",
    ):
        text = text.partition(mark)[0]
    return text


def _automatic(mail: Mail) -> Finding | None:
    """RFC 3834 and what was there before it; a subject alone counts only at its very beginning."""
    said = mail.header("auto-submitted").partition(";")[0].strip().lower()
    precedence = mail.header("precedence").strip().lower()
    suppress = mail.header("x-auto-response-suppress").strip().lower()
    marked = (
        (bool(said) and said != "no") or precedence in ("auto_reply", "auto-reply") or any(map(mail.header, _AUTOMATIC))
    )
    from_list = bool(mail.header("list-id") or mail.header("list-unsubscribe"))
    if not marked and precedence in ("bulk", "junk", "list"):
        marked = bool(mail.header("in-reply-to") or mail.header("references")) and not from_list
    if from_list and said in ("", "no", "auto-generated"):
        return Finding("other")  # a newsletter, or a machine that was not written to
    if (
        marked
        or words.AUTO_SUBJECT.match(mail.header("subject"))
        or (suppress in ("all", "oof") and not _answers(mail))
    ):
        return Finding("auto-reply")
    return None


def _ordinary(mail: Mail) -> Finding:
    personal = bool(mail.headers("from")) and mail.header("precedence").strip().lower() not in ("bulk", "junk", "list")
    return Finding("reply" if personal and _answers(mail) else "other", personal=personal)


def _answers(mail: Mail) -> bool:
    return bool(mail.header("in-reply-to") or mail.header("references"))
