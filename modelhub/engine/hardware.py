"""What this machine offers: device, number format, threads and free memory, found out at run time."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

CGROUP_FILES = (
    ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
    ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.usage_in_bytes"),
)


@dataclass(frozen=True, slots=True)
class Plan:
    """How to compute here. `autocast` is None for plain fp32; `token_budget` bounds padded tokens in a batch."""

    device: str
    autocast: str | None
    threads: int
    token_budget: int


@cache
def plan() -> Plan:
    """Probe the machine once: CUDA before CPU, bf16 only where the processor computes it natively."""
    import torch

    threads = int(os.environ.get("FAIRLEAD_THREADS", "0")) or torch.get_num_threads()
    if torch.cuda.is_available():
        kind = "bfloat16" if torch.cuda.is_bf16_supported() else "float16"
        return Plan("cuda", kind, threads, 65_536)
    # Emulated bf16 (no AVX-512-BF16, no AMX) is slower than fp32, so the flag decides, not the instruction set level.
    native = {"avx512_bf16", "amx_bf16"} & cpu_flags()
    return Plan("cpu", "bfloat16" if native else None, threads, 1_536)


@cache
def cpu_flags() -> frozenset[str]:
    """Processor feature flags as Linux names them; empty elsewhere."""
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith(("flags", "Features")):
                return frozenset(line.split(":", 1)[1].split())
    except OSError:
        pass
    return frozenset()


def autocast(device: str) -> torch.autocast:
    """Mixed precision as `plan` chose it; a context that does nothing where fp32 is the better choice."""
    import torch

    kind = plan().autocast
    return torch.autocast(device, dtype=getattr(torch, kind or "bfloat16"), enabled=kind is not None)


def free_memory() -> int:
    """Bytes a process may still take: the smaller of the machine's and the container's allowance."""
    import psutil

    free = int(psutil.virtual_memory().available)
    for limit_file, used_file in CGROUP_FILES:
        try:
            limit, used = Path(limit_file).read_text().strip(), int(Path(used_file).read_text())
        except (OSError, ValueError):
            continue
        if limit.isdigit():
            free = min(free, int(limit) - used)
    return max(free, 0)
