"""`python -m benchmarks.smtp_sink`: an SMTP server that takes everything and keeps nothing; prints its port, then counts on stdin.

Each line read from stdin is answered with the number of mails and of distinct recipients so far. Speaks what a usual
server speaks: EHLO with PIPELINING and 8BITMIME, MAIL, RCPT, DATA, RSET, QUIT.
"""

from __future__ import annotations

import asyncio
import sys

ANSWERS = {
    b"EHLO": b"250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n", b"HELO": b"250 sink\r\n", b"MAIL": b"250 ok\r\n",
    b"RCPT": b"250 ok\r\n", b"RSET": b"250 ok\r\n", b"NOOP": b"250 ok\r\n",
}  # fmt: skip
END = b"\r\n.\r\n"


class Sink(asyncio.Protocol):
    """One connection."""

    mails = 0
    recipients: set[bytes] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        self.transport, self.waiting, self.in_text = transport, b"", False
        transport.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        """Take lines, or the text of a mail."""
        self.waiting += data
        while True:
            if self.in_text:
                _text, found, rest = self.waiting.partition(END)
                if not found:
                    return
                self.waiting, self.in_text = rest, False
                Sink.mails += 1
                self.transport.write(b"250 taken\r\n")
                continue
            line, found, rest = self.waiting.partition(b"\r\n")
            if not found:
                return
            self.waiting = rest
            verb = line[:4].upper()
            if verb == b"DATA":
                self.in_text = True
                self.waiting = b"\r\n" + self.waiting  # a text may be the dot alone
                self.transport.write(b"354 go on\r\n")
            elif verb == b"QUIT":
                self.transport.write(b"221 bye\r\n")
                self.transport.close()
                return
            else:
                if verb == b"RCPT":
                    Sink.recipients.add(line)
                self.transport.write(ANSWERS.get(verb, b"502 what?\r\n"))


async def main() -> None:
    """Serve until stdin ends."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Sink, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    while await loop.run_in_executor(None, sys.stdin.readline):
        print(Sink.mails, len(Sink.recipients), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
