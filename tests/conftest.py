"""Fixtures of all tests; they stand in tests/fixtures, by what they give. At the end of a run: what was left out, and why."""

import gc
from collections import Counter

pytest_plugins = [
    "tests.fixtures.people",
    "tests.fixtures.sales",
    "tests.fixtures.servers",
    "tests.fixtures.sites",
    "tests.fixtures.browser",
    "tests.fixtures.packs",
    "tests.fixtures.campaigns",
    "tests.fixtures.returned",
    "tests.fixtures.imap",
    "tests.fixtures.copies",
]

# Files of a few tests that take minutes each, the longest first: they begin a run, so that no worker ends alone with one.
LONGEST = (
    "tests/postgresql/test_core_and_crm.py",
    "tests/postgresql/test_modelhub_and_access.py",
    "tests/postgresql/test_marketing.py",
    "tests/test_faults.py",
    "tests/modelhub/test_runs_killed.py",
    "tests/marketing/sending/test_faults.py",
)


def pytest_collection_modifyitems(items):
    """Put the longest first; all else stays in its order."""
    places = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.nodeid.partition("::")[0], len(LONGEST)))


def pytest_collection_finish():
    """What is loaded by now stays until the end: the garbage collector need not look through it time and again."""
    gc.collect()
    gc.freeze()


def pytest_terminal_summary(terminalreporter):
    """Say plainly what this machine could not run."""
    reasons = Counter()
    for report in terminalreporter.stats.get("skipped", []):
        text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        reasons[text.removeprefix("Skipped: ")] += 1
    if not reasons:
        return
    terminalreporter.section("Left out on this machine")
    for reason, count in sorted(reasons.items()):
        terminalreporter.write_line(f"{count} {'test' if count == 1 else 'tests'}: {reason}")
