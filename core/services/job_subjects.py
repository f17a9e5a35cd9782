"""What a job is about, in a word or two: each app says it for its own kinds, as far as the reader may know."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from core.models import Job, User

Tell = Callable[[Sequence[Job], User], Mapping[int, str]]
_TELLERS: dict[str, Tell] = {}


def tells(*kinds: str) -> Callable[[Tell], Tell]:
    """Register the decorated function, which names what jobs of these kinds are about, by job id; unknown ones are left out."""

    def register(tell: Tell) -> Tell:
        _TELLERS.update(dict.fromkeys(kinds, tell))
        return tell

    return register


def of(rows: Sequence[Job], user: User) -> dict[int, str]:
    """Return what these jobs are about, by job id, asking each teller once."""
    by_teller: dict[Tell, list[Job]] = {}
    for job in rows:
        if job.kind in _TELLERS:
            by_teller.setdefault(_TELLERS[job.kind], []).append(job)
    return {key: name for tell, mine in by_teller.items() for key, name in tell(mine, user).items()}
