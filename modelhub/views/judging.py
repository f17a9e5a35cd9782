"""What the hub's pages show of measured verifiers: shares by language, and sentences that two of them judge differently."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_noop

from modelhub.models import Evaluation, ModelVersion, SentenceSet
from modelhub.services import deciding, gates, judged, verifier_evaluation

FEW = 12  # changed sentences that are shown at first
MEASURES = {
    "balanced": gettext_noop("Judged right, both kinds weighing the same"),
    "caught": gettext_noop("False sentences caught"),
    "refused": gettext_noop("True sentences refused"),
}


def of_version(version: ModelVersion, *, may_edit: bool) -> dict[str, Any]:
    """What a verifier's page shows: its measurements, the places they decide for, and, for editors, sets to measure on."""
    decides = deciding.places(version)
    rows = verifier_evaluation.measured(version)[:5]
    return {
        "judged": [(row, decides.get(row.pk)) for row in rows],
        "judging": verifier_evaluation.running(version),
        "sets": SentenceSet.objects.only("pk", "name") if may_edit else [],
    }


def of_evaluation(row: Evaluation, *, may_edit: bool, everything: bool) -> dict[str, Any]:
    """What the page of one measurement shows."""
    return {
        "evaluation": row, "version": row.version, "beside": row.beside,
        "old": row.comparison.get("figures", {}), "main": row.comparison.get("differences", {}).get("balanced"),
        "decides": deciding.of(row), "least": gates.least(row),
        "measures": [(MEASURES[each.figure], each) for each in judged.measures(row)],
        "changed": row.comparison.get("changed"),
        "examples": judged.changed(row, 300 if everything else FEW) if may_edit else [],
        "readable": may_edit and row.sentences_id is not None, "more": not everything,
    }  # fmt: skip
