"""The tests that touch rows once more on PostgreSQL and Redis, in a child process; cut in parts that run beside each other."""

import os
import re
import subprocess
import sys

import pytest

from tests.fixtures.sites import ROOT

WHAT = "not browser and not slow and not models and not redis and not postgres"
MARKS = [
    pytest.mark.slow,
    pytest.mark.postgres,
    pytest.mark.redis,
    pytest.mark.skipif("FAIRLEAD_TEST_DATABASE_URL" in os.environ, reason="this is the run on PostgreSQL"),
]


def passes(paths, postgres, redis):
    """Run the tests under `paths` on that database and broker; fails with what they printed, or if they are too few."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    environment |= {"FAIRLEAD_TEST_DATABASE_URL": postgres, "FAIRLEAD_TEST_REDIS_URL": redis}
    command = [
        sys.executable, "-m", "pytest", *paths, "--ignore", "tests/modelhub/engine", "-m", WHAT, "-p", "no:cacheprovider", "-p", "no:xdist",
    ]  # fmt: skip
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    passed = re.findall(r"(\d+) passed", done.stdout)[-1]
    assert int(passed) > 100
