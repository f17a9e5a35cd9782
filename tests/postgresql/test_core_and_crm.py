"""Core and crm on PostgreSQL and Redis."""

from tests.postgresql import suite

pytestmark = suite.MARKS


def test_core_and_crm_pass(postgres, redis):
    suite.passes(["tests/core", "tests/crm"], postgres, redis)
