"""The figures beside the entries of the sidebar; each app says how to count its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from core.models import Job, User

Count = Callable[[User], int]
MOST = 1000  # a count stops here, so that no page pays for a million rows

COUNTS: dict[str, Count] = {}


def counts(entry: str) -> Callable[[Count], Count]:
    """Register the decorated function as the count of a sidebar entry (its URL name)."""

    def register(count: Count) -> Count:
        COUNTS[entry] = count
        return count

    return register


class Counts(Mapping[str, str]):
    """Counts of one person as text, each asked for only when a template shows it; nothing is "" and many is "999+"."""

    def __init__(self, user: User) -> None:
        self.user = user

    def __getitem__(self, entry: str) -> str:
        if entry not in COUNTS:
            return ""
        number = COUNTS[entry](self.user)
        return f"{MOST - 1}+" if number >= MOST else str(number or "")

    def __iter__(self) -> Iterator[str]:
        return iter(COUNTS)

    def __len__(self) -> int:
        return len(COUNTS)


@counts("jobs")
def open_jobs(user: User) -> int:
    """Jobs the person may see that wait or run."""
    rows = Job.objects.for_user(user).filter(state__in=[Job.State.QUEUED, Job.State.RUNNING])
    return rows.order_by()[:MOST].count()
