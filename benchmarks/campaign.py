"""`python -m benchmarks.campaign [--mails N]`: a campaign from the first row to the last answer, beside `send_mail` in a loop.

The real path: plan, claim, check consent and suppression, render, sign, commit, hand over to a loopback SMTP sink (a process
of its own), record. On SQLite and, where its programs are, on PostgreSQL with its usual durability (fsync on). Each run has a
process and a folder of its own; the sink counts. Recipients are seeded.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.fixtures.servers import _accepts, _unprivileged, postgres_bin

ROOT = Path(__file__).resolve().parent.parent
RUNS = (("SQLite", "", ""), ("SQLite", "", "ed25519"), ("SQLite", "", "rsa"), ("PostgreSQL", "pg", ""), ("PostgreSQL", "pg", "ed25519"), ("PostgreSQL", "pg", "rsa"))  # fmt: skip
GOALS = {"SQLite": 150, "PostgreSQL": 400}


@contextmanager
def sink() -> Iterator[subprocess.Popen[str]]:
    """A sink in its own process; the first line it prints is its port."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.smtp_sink"],
        cwd=ROOT,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@contextmanager
def postgres() -> Iterator[str]:
    """A PostgreSQL of our own, durable as it comes; yields the address of its server, "" where it is not installed."""
    binaries = postgres_bin()
    if binaries is None:
        yield ""
        return
    who = _unprivileged()
    folder = Path(tempfile.mkdtemp(prefix="fairlead-bench-pg-"))
    if who:
        shutil.chown(folder, who["user"], who["group"])
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder, **who}
    subprocess.run(
        [binaries / "initdb", "-D", folder / "data", "-U", "fairlead", "-A", "trust", "-E", "UTF8"], check=True, **quiet
    )
    server = subprocess.Popen(
        [binaries / "postgres", "-D", folder / "data", "-p", str(port), "-k", folder, "-h", "127.0.0.1"], **quiet
    )
    try:
        while not _accepts(f"postgres://fairlead@127.0.0.1:{port}/postgres"):
            time.sleep(0.1)
        yield f"postgres://fairlead@127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=30)
        shutil.rmtree(folder, ignore_errors=True)


def child(task: str, mails: int, database: str, key: str, port: str) -> dict[str, float]:
    """Run one measurement in a fresh process and folder; returns what it printed."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **os.environ, "FAIRLEAD_DATA": folder, "DATABASE_URL": database, "REDIS_URL": "", "LOG_LEVEL": "ERROR",
            "EMAIL_URL": f"smtp://127.0.0.1:{port}", "SITE_URL": "https://crm.fairlead.example.com", "DKIM_KEY": key,
            "POSTAL_ADDRESS": "Fairlead, 1 Example Quay, 20457 Hamburg", "DJANGO_SETTINGS_MODULE": "config.settings",
        }  # fmt: skip
        command = [sys.executable, "-m", "benchmarks.campaign_run", task, str(mails)]
        done = subprocess.run(command, cwd=ROOT, env=environment, text=True, capture_output=True, check=False)
        if done.returncode:
            raise SystemExit(done.stderr)
        return json.loads(done.stdout.splitlines()[-1])


def keys(folder: Path) -> dict[str, str]:
    """Make one key of each kind; returns their files."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

    files = {"": ""}
    for name, key in (
        ("rsa", rsa.generate_private_key(65537, 2048)),
        ("ed25519", ed25519.Ed25519PrivateKey.generate()),
    ):
        path = folder / f"{name}.pem"
        path.write_bytes(key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ))  # fmt: skip
        files[name] = str(path)
    return files


def main() -> None:
    """Measure and print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mails", type=int, default=3000)
    mails = parser.parse_args().mails
    print(
        f"{mails} mails, {os.cpu_count()} cores, Python {platform.python_version()}, load at the start {os.getloadavg()[0]:.1f}\n"
    )
    print(
        "| path | database | DKIM | mails a second | goal | sender's CPU, ms a mail | planned a second | sink counted |"
    )
    print("|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder, postgres() as server:
        files = keys(Path(folder))
        for number, (name, kind, signed) in enumerate(RUNS):
            if kind and not server:
                print(f"| campaign | {name} | {signed or 'none'} | not measured: no such programs here | | | | |")
                continue
            database = _database(server, number) if kind else ""
            with sink() as process:
                port = process.stdout.readline().strip()
                found = child("campaign", mails, database, files[signed], port)
                counted = _count(process)
            print(
                f"| campaign | {name} | {signed or 'none'} | **{mails / found['seconds']:.0f}** | {GOALS[name]} "
                f"| {1000 * found['cpu'] / mails:.2f} | {mails / found['planning']:.0f} | {counted} |", flush=True,
            )  # fmt: skip
        with sink() as process:
            port = process.stdout.readline().strip()
            found = child("loop", mails, "", "", port)
            print(
                f"| `send_mail` in a loop | none | none | {mails / found['seconds']:.0f} | – | {1000 * found['cpu'] / mails:.2f} | – | {_count(process)} |"
            )
    print(f"\nload at the end {os.getloadavg()[0]:.1f}")


def _database(server: str, number: int) -> str:
    import psycopg

    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "bench_{number}"')
    return f"{server}/bench_{number}"


def _count(process: subprocess.Popen[str]) -> str:
    process.stdin.write("\n")
    process.stdin.flush()
    mails, recipients = process.stdout.readline().split()
    return f"{mails} ({recipients} recipients)"


if __name__ == "__main__":
    main()
