"""Who may see and change what: one table, used by pages, fragments, API, exports, counts and commands alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Self

from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from core.models import User

Action = Literal["read", "edit"]
Reach = Literal["none", "own", "team", "all"]

# role → noun group → (read, edit). `sales` rows have an owner and a team; `house` is people, teams, segments, needs, pipelines.
# `marketing` is audiences, campaigns and their results.
RULES: dict[str, dict[str, tuple[Reach, Reach]]] = {
    "rep": {
        "sales": ("team", "own"), "claims": ("all", "none"), "hub": ("all", "none"), "jobs": ("own", "own"),
        "house": ("all", "none"), "marketing": ("none", "none"),
    },
    "manager": {
        "sales": ("team", "team"), "claims": ("all", "none"), "hub": ("all", "none"), "jobs": ("own", "own"),
        "house": ("all", "none"), "marketing": ("all", "none"),
    },
    "marketer": {
        "sales": ("all", "none"), "claims": ("all", "all"), "hub": ("all", "none"), "jobs": ("own", "own"),
        "house": ("all", "none"), "marketing": ("all", "all"),
    },
    "admin": {
        "sales": ("all", "all"), "claims": ("all", "all"), "hub": ("all", "all"), "jobs": ("all", "all"),
        "house": ("all", "all"), "marketing": ("all", "all"),
    },
}  # fmt: skip


def reach(user: User, group: str, action: Action = "read") -> Reach:
    """Return how far `user` reaches in a noun group; nobody who is signed out or inactive reaches anything."""
    if not user.is_authenticated or not user.is_active:
        return "none"
    role = "admin" if user.is_superuser else user.role
    read, edit = RULES[role][group]
    return read if action == "read" else edit


def may(user: User, group: str, action: Action = "read") -> bool:
    """Return whether `user` may do `action` on at least some rows of the group (row rules come from `for_user`)."""
    return reach(user, group, action) != "none"


class ScopedQuerySet(models.QuerySet[Any]):
    """A queryset that knows its noun group and, for owned rows, the path to the owner."""

    group: str = "sales"
    owner_path: str = ""  # e.g. "lead__" for rows that belong to a lead

    def for_user(self, user: User, action: Action = "read") -> Self:
        """Return the rows `user` may read (or edit). Every outward query starts here; a stranger gets nothing."""
        how_far = reach(user, self.group, action)
        if how_far == "all":
            return self
        if how_far == "none":
            return self.none()
        owner, team = f"{self.owner_path}owner", f"{self.owner_path}team"
        if how_far == "own" or user.team_id is None:
            unowned = Q(**{f"{owner}__isnull": True, f"{team}__isnull": False, f"{team}_id": user.team_id})
            return self.filter(Q(**{owner: user}) | unowned) if user.team_id else self.filter(**{owner: user})
        return self.filter(Q(**{f"{team}_id": user.team_id}) | Q(**{owner: user}))
