"""Hold out a share of groups so that each label keeps about that share on either side (Sechidis et al. 2011, by groups)."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping


def held_out(groups: Mapping[str, Counter[str]], share: float, seed: int) -> set[str]:
    """The groups to hold out: `groups` maps a name to how often it carries each label. Same seed, same answer.

    The rarest label is shared out first, its biggest groups before the small ones; each group goes where more of that
    label is still wanted. A single group is never held out.
    """
    order = sorted(groups)
    random.Random(seed).shuffle(order)
    totals: Counter[str] = sum(groups.values(), Counter())
    wanted = {
        side: {label: part * n for label, n in totals.items()} for side, part in ((True, share), (False, 1 - share))
    }
    out: set[str] = set()
    left = dict.fromkeys(order)
    for label in sorted(totals, key=lambda name: (totals[name], name)):
        for group in sorted((g for g in left if groups[g][label]), key=lambda g: -groups[g][label]):
            held = wanted[True][label] > wanted[False][label] or (
                wanted[True][label] == wanted[False][label] and sum(wanted[True].values()) > sum(wanted[False].values())
            )
            if held:
                out.add(group)
            for name, n in groups[group].items():
                wanted[held][name] -= n
            del left[group]
    return out


def folds(groups: Mapping[str, Counter[str]], count: int, seed: int) -> dict[str, int]:
    """A fold from 0 to `count` − 1 for each group, each with about its share of every label; two groups fill two folds.

    One fold after the other is held out of what is left, so big groups come into folds of their own.
    """
    found: dict[str, int] = {}
    left = dict(groups)
    for number in range(count - 1):
        held = held_out(left, 1 / (count - number), seed)
        found.update(dict.fromkeys(held, number))
        left = {group: labels for group, labels in left.items() if group not in held}
    return {**found, **dict.fromkeys(left, count - 1)}
