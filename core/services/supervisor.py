"""Keep the processes of an embedded installation alive, and take them all down together."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

GRACE = 30.0  # seconds a child has to finish what it does
LONGEST_WAIT = 30.0  # seconds between two restarts of a child that keeps dying
LONGEST_LOG = 20_000_000  # bytes
STEADY = 60.0  # seconds after which a child counts as healthy again
PR_SET_PDEATHSIG = 1

Say = Callable[[str], None]


@dataclass(slots=True)
class Child:
    """A process to keep alive."""

    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    deaths: int = 0
    restart_at: float = 0.0


@dataclass(slots=True)
class Supervisor:
    """Starts children, restarts those that die, stops all of them on INT or TERM."""

    children: Sequence[Child]
    environment: Mapping[str, str]
    folder: Path
    logs: Path
    say: Say
    stopping: bool = field(default=False)

    def run(self, ready: Callable[[], bool], on_ready: Callable[[], None]) -> None:
        """Run until told to stop; `on_ready` is called once, when `ready` first holds."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._stop)
        told = False
        try:
            for child in self.children:
                self._start(child)
            while not self.stopping:
                self._look()
                if not told and ready():
                    told = True
                    on_ready()
                time.sleep(0.2)
        finally:
            self.end()

    def _stop(self, number: int, _frame: object) -> None:
        if not self.stopping:
            self.say(f"Stopping ({signal.Signals(number).name}); what is being done is finished first")
        self.stopping = True

    def log_of(self, child: Child) -> Path:
        """The file a child writes to; one that has grown long is kept once, as `NAME.log.old`."""
        path = self.logs / f"{child.name}.log"
        if path.is_file() and path.stat().st_size > LONGEST_LOG:
            path.replace(path.with_suffix(".log.old"))
        return path

    def _start(self, child: Child) -> None:
        with self.log_of(child).open("ab") as log:
            child.process = subprocess.Popen(
                child.command,
                cwd=self.folder,
                env=dict(self.environment),
                stdout=log,
                stderr=log,
                start_new_session=True,  # a Ctrl-C at the terminal reaches us alone; we end the children in order
                preexec_fn=_die_with_parent if sys.platform == "linux" else None,
            )
        child.started, child.restart_at = time.monotonic(), 0.0

    def _look(self) -> None:
        now = time.monotonic()
        for child in self.children:
            if child.process is not None and child.process.poll() is not None:
                self._died(child, now)
            elif child.process is None and now >= child.restart_at:
                self._start(child)

    def _died(self, child: Child, now: float) -> None:
        code = child.process.returncode if child.process else 0
        child.deaths = 1 if now - child.started > STEADY else child.deaths + 1
        wait = min(2.0 ** (child.deaths - 1), LONGEST_WAIT)
        child.process, child.restart_at = None, now + wait
        why = self.logs / f"{child.name}.log"
        self.say(f"{child.name} ended with {code}; starting it again in {wait:.0f} s. Its log: {why}")

    def end(self) -> None:
        """Ask all children to end, wait, and kill what is left."""
        running = [child.process for child in self.children if child.process and child.process.poll() is None]
        for process in running:
            _signal(process, signal.SIGTERM)
        limit = time.monotonic() + GRACE
        for process in running:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.1, limit - time.monotonic()))
        for process in running:
            if process.poll() is None:
                _signal(process, signal.SIGKILL)
                process.wait()


def _signal(process: subprocess.Popen[bytes], number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        if number == signal.SIGKILL:
            os.killpg(process.pid, number)
        else:
            process.send_signal(number)  # to the head alone, which passes it on


def _die_with_parent() -> None:
    """Linux: a supervisor that is killed takes its children along."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
