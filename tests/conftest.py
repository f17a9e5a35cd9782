"""Fixtures of all tests; they stand in tests/fixtures, by what they give. At the end of a run: what was left out, and why."""

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

# Files of a few tests that take minutes each: they begin first, so that no worker ends alone with one of them.
LONGEST = ("tests/test_faults.py", "tests/modelhub/test_runs_killed.py", "tests/marketing/sending/test_faults.py")


def pytest_collection_modifyitems(items):
    """Put the longest first; all else stays in its order."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONGEST))


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
