"""Which comparison the gate goes by, for each place of the tree, if a version were to be assigned there."""

from __future__ import annotations

from core.models import Segment
from modelhub.models import Evaluation, ModelVersion
from modelhub.services import assignments, gates
from modelhub.services.assignments import Cell


def places(version: ModelVersion) -> dict[int, list[Segment | None]]:
    """Ids of the comparisons that decide on a version, and where (None: the default).

    A segment is named where another comparison decides than above it; those below it go by the same.
    """
    task = next(task for task in assignments.TASKS if task == version.task)
    column, rows = assignments.TASKS.index(task), assignments.table()
    serving = [_serves(row.cells[column]) for row in rows]
    others = {one.pk: one for one in serving if one is not None and one.pk != version.pk}
    known: dict[int, list[Evaluation]] = {pk: [] for pk in others}
    for row in gates.compared(version, *others.values()):
        pair = [pk for pk in (row.version_id, row.beside_id) if pk != version.pk]
        if len(pair) == 1 and pair[0] is not None:
            known[pair[0]].append(row)
    found: dict[int, list[Segment | None]] = {}
    way: list[int] = []
    above: dict[int | None, int | None] = {}
    for place, current in zip(rows, serving, strict=True):
        segment = place.segment
        way = [segment.pk, *way[len(way) - place.depth + 1 :]] if segment else []
        decides = gates.choose(task, known.get(current.pk, []), way) if current else None
        decides = decides if decides and decides.n >= gates.least(decides) else None
        above[segment.pk if segment else None] = decides.pk if decides else None
        if decides and (segment is None or above.get(segment.parent_id) != decides.pk):
            found.setdefault(decides.pk, []).append(segment)
    return found


def of(evaluation: Evaluation) -> list[Segment | None]:
    """The places for which an evaluation decides, on either of its two versions."""
    both = [version for version in (evaluation.version, evaluation.beside) if version is not None]
    found = [place for version in both for place in places(version).get(evaluation.pk, [])]
    return list(dict.fromkeys(found))


def _serves(cell: Cell) -> ModelVersion | None:
    """What really serves a cell; None if nothing that is assigned can."""
    if cell.stands_in is not None:
        return cell.stands_in
    ready = cell.version is not None and cell.version.state == ModelVersion.State.READY
    return cell.version if ready else None
