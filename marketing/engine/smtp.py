"""One reused SMTP connection that always knows how far a mail came: what fails before the final dot was certainly not taken

(`later`); an answer after it is exact (`sent`, `later`, `refused`); an answer that does not come is `unknown`."""

from __future__ import annotations

import contextlib
import re
import smtplib
import socket
import ssl
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["sent", "later", "refused", "unknown"]
_DOTS = re.compile(rb"(?m)^\.")
_SLOW = re.compile(r"\b4\.7\.\d+\b")  # "policy": in a 4xx it means too many, too fast
_WORDS = 250


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a mail. `code` is the server's, 0 if it said nothing; `connected` is False if it was never reached.

    `ours` is True where the server refused us as the sender: no recipient is to blame, and every other mail would fare alike.
    """

    kind: Kind
    code: int = 0
    words: str = ""
    connected: bool = True
    ours: bool = False

    @property
    def slow_down(self) -> bool:
        """The server wants less of everything: 421 (goes away), 454 (quota)."""
        return self.kind == "later" and self.code in (421, 454)

    @property
    def slow_domain(self) -> bool:
        """The receiving domain wants less."""
        return self.kind == "later" and not self.slow_down and bool(_SLOW.search(self.words))


@dataclass(slots=True)
class Connection:
    """Opened by the first mail, opened again after a break. `timeout` is seconds a server may take for one reply."""

    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)
    tls: Literal["", "starttls", "tls"] = ""
    context: ssl.SSLContext | None = None
    timeout: float = 30.0
    local_name: str | None = None
    _smtp: smtplib.SMTP | None = field(default=None, init=False, repr=False)

    def send(self, sender: str, recipient: str, data: bytes) -> Answer:
        """Hand one mail over; `data` has CRLF line ends. Never raises for what a server or network does.

        A connection that went stale since the last mail is opened anew once: nothing was handed over yet.
        """
        used = self._smtp is not None
        answer = self._send(sender, recipient, data)
        if used and answer.kind == "later" and not answer.code:
            answer = self._send(sender, recipient, data)
        return answer

    def _send(self, sender: str, recipient: str, data: bytes) -> Answer:
        try:
            smtp = self._open()
        except smtplib.SMTPResponseException as error:  # greeting, EHLO or password refused: no mail is to blame
            self.close()
            return Answer("later", error.smtp_code, _text(error.smtp_error), connected=False)
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            return Answer("later", 0, _text(str(error) or type(error).__name__), connected=False)
        try:
            refused = self._envelope(smtp, sender, recipient)
            if refused is not None:
                return self._after_refusal(smtp, *refused)
            smtp.send(_DOTS.sub(b"..", data))
            if not data.endswith(b"\r\n"):
                smtp.send(b"\r\n")
        except (smtplib.SMTPException, OSError) as error:  # the dot was never sent: the server cannot have taken it
            self.close()
            return Answer("later", 0, _text(str(error) or type(error).__name__))
        return self._final(smtp)

    def close(self) -> None:
        """Say goodbye if that is possible; never raises."""
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            with contextlib.suppress(Exception):
                if smtp.sock is not None:
                    smtp.sock.settimeout(min(self.timeout, 5))
                    smtp.quit()
            with contextlib.suppress(Exception):
                smtp.close()

    def _drop(self) -> None:
        """Close without a word: the other side does not answer."""
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            with contextlib.suppress(Exception):
                smtp.close()

    def _open(self) -> smtplib.SMTP:
        if self._smtp is not None:
            return self._smtp
        context = self.context or (ssl.create_default_context() if self.tls else None)
        if self.tls == "tls":
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                self.host, self.port, timeout=self.timeout, context=context, local_hostname=self.local_name
            )
        else:
            smtp = smtplib.SMTP(self.host, self.port, timeout=self.timeout, local_hostname=self.local_name)
        self._smtp = smtp
        if smtp.sock is not None:  # else the dot waits for the acknowledgement of the body: 40 ms a mail
            smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        smtp.ehlo_or_helo_if_needed()
        if self.tls == "starttls":
            smtp.starttls(context=context)
            smtp.ehlo_or_helo_if_needed()
        if self.user:
            smtp.login(self.user, self.password)
        return smtp

    def _envelope(self, smtp: smtplib.SMTP, sender: str, recipient: str) -> tuple[int, bytes, bool] | None:
        """Announce the mail; returns the refusal and whether it is the sender's, or None when the server waits for the text."""
        lines = (f"MAIL FROM:<{sender}>", f"RCPT TO:<{recipient}>", "DATA")
        if smtp.has_extn("pipelining"):  # RFC 2920: three lines, one round trip
            smtp.send("".join(f"{line}\r\n" for line in lines))
            answers = [smtp.getreply() for _line in lines]
            refused = next((n for n, answer in enumerate(answers[:2]) if not 200 <= answer[0] < 300), None)
            if refused is None:
                return None if answers[2][0] == 354 else (*answers[2], False)
            if answers[2][0] == 354:  # it waits for a text without recipients: an empty one goes to nobody
                smtp.send(b".\r\n")
                smtp.getreply()
            return (*answers[refused], refused == 0)
        for number, (line, good) in enumerate(zip(lines, (250, 250, 354), strict=True)):
            answer = smtp.docmd(line)
            if answer[0] != good and not (good == 250 and 200 <= answer[0] < 300):
                return (*answer, number == 0)
        return None

    def _after_refusal(self, smtp: smtplib.SMTP, code: int, words: bytes, ours: bool) -> Answer:
        if code == 421:
            self.close()
        else:
            try:
                if smtp.docmd("RSET")[0] != 250:
                    self.close()
            except (smtplib.SMTPException, OSError):
                self._drop()
        if 500 <= code < 600:
            return Answer("refused", code, _said(code, words), ours=ours)
        return Answer("later", max(code, 0), _said(code, words))

    def _final(self, smtp: smtplib.SMTP) -> Answer:
        try:
            smtp.send(b".\r\n")
            code, words = smtp.getreply()
        except (smtplib.SMTPException, OSError) as error:  # it may have been taken; nobody can know
            self._drop()
            return Answer("unknown", 0, _text(str(error) or type(error).__name__))
        if code == 421:
            self.close()
        if 200 <= code < 300:
            return Answer("sent", code, _said(code, words))
        if 400 <= code < 500:
            return Answer("later", code, _said(code, words))
        if 500 <= code < 600:
            return Answer("refused", code, _said(code, words))
        self._drop()
        return Answer("unknown", 0, _said(code, words))


def _said(code: int, words: bytes) -> str:
    return f"{code} {_text(words)}".strip()


def _text(words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())[:_WORDS]
