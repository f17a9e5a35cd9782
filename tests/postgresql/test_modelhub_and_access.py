"""The model hub, and who may open what, on PostgreSQL and Redis."""

from tests.postgresql import suite

pytestmark = suite.MARKS


def test_modelhub_and_access_pass(postgres, redis):
    suite.passes(["tests/modelhub", "tests/test_access.py"], postgres, redis)
