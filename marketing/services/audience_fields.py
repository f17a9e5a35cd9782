"""The fields a condition of an audience may name: label, operators in words, what a value may be. Nothing else exists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy, pgettext_lazy

Kind = Literal["choices", "codes", "number", "days", "money", "nothing"]


@dataclass(frozen=True, slots=True)
class Operator:
    """`label` stands in the builder; `phrase` in the sentence, with `%(value)s` where it takes one, by number for those kinds."""

    label: str | Promise
    phrase: str | Promise
    kind: Kind


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the allow-list. `choices` names the list of `audience_names` its values come from, for the kinds with one."""

    key: str
    label: str | Promise
    group: str | Promise
    operators: Mapping[str, Operator]
    choices: str = ""
    pattern: str = ""  # what a value of the kind "codes" looks like
    most: int = 0  # the largest number


_CONTACT, _COMPANY, _LEADS, _REACH = _("Contact"), _("Company"), _("Leads"), _("Reach")
ANY = pgettext_lazy("operator of a condition", "is any of")
NONE = pgettext_lazy("operator of a condition", "is none of")


def _either(yes: str | Promise, no: str | Promise, kind: Kind = "choices") -> dict[str, Operator]:
    return {"is": Operator(ANY, yes, kind), "is_not": Operator(NONE, no, kind)}


_LIST = (
    Field("role", _("Role"), _CONTACT, _either(_("have the role %(value)s"), _("do not have the role %(value)s")), "roles"),
    Field("owner", _("Owner"), _CONTACT, _either(_("belong to %(value)s"), _("do not belong to %(value)s")), "people"),
    Field("language", _("Language"), _CONTACT,
          _either(_("write in %(value)s"), _("do not write in %(value)s"), "codes"), "languages", r"[a-z]{2,3}(-[a-z0-9]{2,8})?"),
    Field("country", _("Country"), _COMPANY,
          _either(_("work in %(value)s"), _("do not work in %(value)s"), "codes"), "countries", r"[A-Z]{2}"),
    Field("industry", _("Industry"), _COMPANY,
          _either(_("work in the industry %(value)s"), _("do not work in the industry %(value)s"), "codes"), "industries", r"[^\x00-\x1f\ud800-\udfff]{1,60}"),
    Field("size", _("Company size"), _COMPANY, {
        "at_least": Operator(_("is at least"), ngettext_lazy(
            "work at a company of at least %(value)s person", "work at a company of at least %(value)s people", "n"), "number"),
        "at_most": Operator(_("is at most"), ngettext_lazy(
            "work at a company of at most %(value)s person", "work at a company of at most %(value)s people", "n"), "number"),
        "unknown": Operator(_("is not known"), _("work at a company whose size is not known, or at none"), "nothing"),
    }, most=10_000_000),
    Field("segment", _("Segment"), _LEADS,
          _either(_("have a lead in the segment %(value)s"), _("have no lead in the segment %(value)s")), "segments"),
    Field("need", _("Need"), _LEADS, {
        "is": Operator(ANY, _("need %(value)s"), "choices"),
        "is_not": Operator(NONE, _("do not need %(value)s"), "choices"),
        "confirmed": Operator(_("is confirmed"), _("have confirmed that they need %(value)s"), "choices"),
        "met": Operator(_("is met"), _("have what they need of %(value)s"), "choices"),
        "gap": Operator(_("is a gap"), _("need %(value)s, which is a gap"), "choices"),
    }, "needs"),
    Field("requirement", _("Requirement status"), _LEADS,
          _either(_("have a requirement that is %(value)s"), _("have no requirement that is %(value)s")), "statuses"),
    Field("stage", _("Stage"), _LEADS,
          _either(_("have a lead in the stage %(value)s"), _("have no lead in the stage %(value)s")), "stages"),
    Field("state", _("State of a lead"), _LEADS,
          _either(_("have a lead that is %(value)s"), _("have no lead that is %(value)s")), "states"),
    Field("pipeline", _("Pipeline"), _LEADS,
          _either(_("have a lead in the pipeline %(value)s"), _("have no lead in the pipeline %(value)s")), "pipelines"),
    Field("value", _("Value of an open lead"), _LEADS, {
        "at_least": Operator(_("is at least"), _("have an open lead worth at least %(value)s"), "money"),
        "at_most": Operator(_("is at most"), _("have an open lead worth at most %(value)s"), "money"),
    }, most=10**12),
    Field("touch", _("Last touch"), _REACH, {
        "within": Operator(_("in the last … days"), ngettext_lazy(
            "wrote or were written to in the last %(value)s day", "wrote or were written to in the last %(value)s days", "n"), "days"),
        "not_within": Operator(_("not in the last … days"), ngettext_lazy(
            "neither wrote nor were written to in the last %(value)s day",
            "neither wrote nor were written to in the last %(value)s days", "n"), "days"),
        "never": Operator(_("never"), _("never wrote and were never written to"), "nothing"),
    }, most=3650),
    Field("consent", _("Consent"), _REACH,
          _either(_("have a consent that is %(value)s"), _("have no consent that is %(value)s")), "consents"),
    Field("address", _("Address"), _REACH, {
        "suppressed": Operator(_("is suppressed"), _("have a suppressed address"), "nothing"),
        "not_suppressed": Operator(_("is not suppressed"), _("have no suppressed address"), "nothing"),
        "missing": Operator(_("is missing"), _("have no address"), "nothing"),
        "present": Operator(_("is there"), _("have an address"), "nothing"),
    }),
    Field("campaign", _("Campaign"), _REACH, {
        "sent": Operator(_("was sent to them"), _("were written to in %(value)s"), "choices"),
        "not_sent": Operator(_("was not sent to them"), _("were not written to in %(value)s"), "choices"),
        "clicked": Operator(_("was clicked"), _("clicked in %(value)s"), "choices"),
        "not_clicked": Operator(_("was not clicked"), _("did not click in %(value)s"), "choices"),
        "replied": Operator(_("was replied to"), _("replied to %(value)s"), "choices"),
        "not_replied": Operator(_("was not replied to"), _("did not reply to %(value)s"), "choices"),
    }, "campaigns"),
)  # fmt: skip
FIELDS: Mapping[str, Field] = {field.key: field for field in _LIST}
