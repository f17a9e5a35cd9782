"""Fixtures of all tests; they stand in tests/fixtures, by what they give."""

pytest_plugins = [
    "tests.fixtures.people",
    "tests.fixtures.sales",
    "tests.fixtures.servers",
    "tests.fixtures.sites",
    "tests.fixtures.browser",
    "tests.fixtures.packs",
]
