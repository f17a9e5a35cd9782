"""The rows of the sales side."""

from crm.models.activities import Activity, Task
from crm.models.claims import Claim, Competitor, Evidence, Product
from crm.models.companies import Company, Contact
from crm.models.day import DayMark
from crm.models.leads import Lead
from crm.models.mergers import MergedContact
from crm.models.messages import Message
from crm.models.pipelines import Pipeline, Stage
from crm.models.pitches import Pitch, PitchDelivery, PitchSentence
from crm.models.requirements import Quote, Requirement
from crm.models.rereadings import Rereading, RereadLead

__all__ = [
    "Activity", "Claim", "Company", "Competitor", "Contact", "DayMark", "Evidence", "Lead", "MergedContact", "Message", "Pipeline", "Pitch",
    "PitchDelivery", "PitchSentence", "Product", "Quote", "Requirement", "RereadLead", "Rereading", "Stage", "Task",
]  # fmt: skip
