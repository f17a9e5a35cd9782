"""The lead or company that a job of the sales side is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from core.models import Job, User
from core.services import job_subjects
from crm.models import Lead, Message, Pitch, PitchDelivery, PitchSentence
from crm.services.day import name_of

# A job's payload names one row; this is how to get from that row to its lead.
_ROWS = {
    "message": (Message, "lead"), "pitch": (Pitch, "lead"), "sentence": (PitchSentence, "pitch__lead"),
    "delivery": (PitchDelivery, "pitch__lead"),
}  # fmt: skip


@job_subjects.tells("crm.read", "crm.extract", "crm.draft", "crm.verify", "crm.subject", "crm.send")
def leads_of(rows: Sequence[Job], user: User) -> Mapping[int, str]:
    """Return the name of each job's lead, where `user` sees that lead; at most five queries."""
    lead_of: dict[int, int] = {}
    for name, (model, path) in _ROWS.items():
        mine = {job.pk: job.payload[name] for job in rows if name in job.payload}
        if mine:
            leads = dict(model._default_manager.filter(pk__in=mine.values()).values_list("pk", path))
            lead_of |= {job: leads[row] for job, row in mine.items() if row in leads}
    seen = Lead.objects.for_user(user).select_related("company").in_bulk(set(lead_of.values()))
    return {job: name_of(seen[lead]) for job, lead in lead_of.items() if lead in seen}
