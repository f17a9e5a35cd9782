"""News of the sales side, for the apps above it."""

from __future__ import annotations

from django.dispatch import Signal

# A contact becomes part of another, in the transaction that does it. Arguments: kept, gone (both still there, kept with
# the fields it has from now on), by. Whoever keeps rows of contacts moves those of `gone` to `kept`.
contacts_merging = Signal()
