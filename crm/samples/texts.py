"""Read the sample leads from their plain-text files (the format is told in README.md beside them)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

FOLDER = Path(__file__).parent


@dataclass(slots=True)
class SampleMessage:
    """A text `days` ago, from the customer or (outgoing) from us."""

    days: float
    channel: str
    outgoing: bool
    text: str


@dataclass(slots=True)
class SampleLead:
    """A lead line: where it stands, what it is worth, who has it, and its messages."""

    title: str
    pipeline: str
    stage: str
    lost_reason: str
    value: int
    currency: str
    source: str
    owner: str
    competitors: list[str]
    next_step: str
    next_days: float | None
    messages: list[SampleMessage] = field(default_factory=list)


@dataclass(slots=True)
class SampleCompany:
    """A company with its contact and leads."""

    name: str
    domain: str
    industry: str
    employees: int
    country: str
    language: str
    contact: tuple[str, str, str, str] = ("", "", "other", "")
    leads: list[SampleLead] = field(default_factory=list)


def companies() -> Iterator[SampleCompany]:
    """Yield every company of every sample file; raises ValueError naming file and line for what does not parse."""
    for path in sorted(FOLDER.glob("leads.*.txt")):
        yield from _parse(path)


def _parse(path: Path) -> Iterator[SampleCompany]:
    company: SampleCompany | None = None
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            if line.startswith("## "):
                if company is not None:
                    yield company
                company = _company(line[3:])
            elif company is not None:
                _add(company, line)
        except (ValueError, IndexError) as error:
            raise ValueError(f"{path.name}, line {number}: {error}") from error
    if company is not None:
        yield company


def _cells(line: str, count: int) -> list[str]:
    cells = [cell.strip() for cell in line.split("|")]
    if len(cells) != count:
        raise ValueError(f"{len(cells)} cells where {count} belong")
    return ["" if cell == "-" else cell for cell in cells]


def _company(line: str) -> SampleCompany:
    name, domain, industry, employees, country, language = _cells(line, 6)
    return SampleCompany(name, domain, industry, int(employees), country, language)


_MESSAGE = re.compile(r"([<>]) ([\d.]+) ([a-z-]+): (.*)")


def _add(company: SampleCompany, line: str) -> None:
    if line.startswith("@ "):
        name, title, role, mailbox = _cells(line[2:], 4)
        company.contact = (name, title, role, f"{mailbox}@{company.domain}")
    elif line.startswith("= "):
        company.leads.append(_lead(line[2:]))
    elif match := _MESSAGE.match(line):
        direction, days, channel, text = match.groups()
        company.leads[-1].messages.append(SampleMessage(float(days), channel, direction == "<", text))
    elif line.strip():
        company.leads[-1].messages[-1].text += f"\n{line}"


def _lead(line: str) -> SampleLead:
    title, place, worth, source, owner, rivals, step, days = _cells(line, 8)
    pipeline, stage, *lost = place.split("/")
    value, currency = worth.split()
    return SampleLead(
        title, pipeline, stage, lost[0] if lost else "", int(value), currency, source, owner,
        [rival.strip() for rival in rivals.split(",") if rival.strip()], step, float(days) if days else None,
    )  # fmt: skip
