"""Marketing on PostgreSQL and Redis."""

from tests.postgresql import suite

pytestmark = suite.MARKS


def test_marketing_passes(postgres, redis):
    suite.passes(["tests/marketing"], postgres, redis)
