"""A worker keeps no more memory than it uses once its jobs are done."""

import platform

import psutil
import pytest

from core.services import jobs
from core.tasks import work

BLOCKS, SIZE = 150_000, 1000  # above what Python's own allocator takes, below what glibc maps by itself
MB = 1 << 20


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc keeps freed memory, and can be told not to")
def test_what_a_job_has_freed_goes_back_to_the_system(db, monkeypatch):
    """One block in a thousand stays, the topmost too, so that the heap cannot simply become shorter."""
    monkeypatch.setattr(jobs, "KINDS", dict(jobs.KINDS))
    kept, seen = [], []

    def burn(rows):
        blocks = [bytearray(SIZE) for _ in range(BLOCKS)]
        kept.extend([*blocks[::1000], blocks[-1]])
        del blocks
        seen.append(psutil.Process().memory_info().rss)
        for job in rows:
            with jobs.finishing(job):
                pass

    jobs.handles("burn", queue="test")(burn)
    jobs.enqueue("burn", {})
    assert work("test") == 1
    assert seen[0] - psutil.Process().memory_info().rss > BLOCKS * SIZE // 2
    assert kept
