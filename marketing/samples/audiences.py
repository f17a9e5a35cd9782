"""Four audiences, as a marketer would build them."""

from __future__ import annotations

from typing import Any

from core.models import User
from marketing.models import Audience
from marketing.services import audiences


def _leaf(field: str, op: str, value: Any = None) -> dict[str, Any]:
    return {"field": field, "op": op, "value": value}


# name, what it is for, conditions
WANTED: dict[str, tuple[str, str, dict[str, Any]]] = {
    "data-stays": (
        "Data must stay in the house", "Asked for their own servers, a country for the data, or a certificate.",
        {"all": [_leaf("need", "is", ["private-deployment", "data-residency", "security-compliance"]),
                 _leaf("address", "present")]},
    ),
    "answers": (
        "Wants answers with a source", "Service desks and field teams that search and answer, in several languages, and must show where it is written.",
        {"all": [
            _leaf("need", "is", ["question-answering", "customer-service", "explainability", "search-retrieval",
                                 "accuracy-guarantee", "languages"]),
            _leaf("address", "present"),
        ]},
    ),
    "paper": (
        "Has paper to read", "Forms, invoices, contracts. Open leads whose consent stands.",
        {"all": [_leaf("need", "is", ["document-understanding", "information-extraction"]),
                 _leaf("state", "is", ["open"]), _leaf("consent", "is", ["given"]), _leaf("address", "not_suppressed")]},
    ),
    "quiet": (
        "Quiet, but still open", "Open leads in English that nobody has spoken with for five days, and that did not answer a campaign.",
        {"all": [_leaf("state", "is", ["open"]), _leaf("language", "is", ["en"]), _leaf("consent", "is", ["given"]),
                 {"none": [_leaf("touch", "within", 5), _leaf("campaign", "replied", ["any"])]}]},
    ),
}  # fmt: skip


def make(by: User) -> dict[str, Audience]:
    """Make them, by key."""
    made = {}
    for key, (name, description, conditions) in WANTED.items():
        made[key] = audiences.create(by=by, name=name, description=description, conditions=conditions)
    Audience.objects.filter(pk__in=[row.pk for row in made.values()]).update(sample=True)
    return made
