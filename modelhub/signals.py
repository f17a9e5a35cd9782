"""News of the hub for the apps above it; they only write rows of their own when they hear it."""

from __future__ import annotations

from django.dispatch import Signal

# Sent inside the transaction of a change, so that what a receiver writes stands or falls with it. Arguments: `change` (its
# id), `task`, `segment` (id or None), `segments` (ids of the places that are served by it now, None among them for leads
# without a segment), `before` and `after` (names of the versions, empty for none), `by` (the person).
assignment_changed = Signal()
