"""The rows of the marketing side."""

from marketing.models.audiences import Audience
from marketing.models.campaigns import Campaign, CampaignTask, CostLine
from marketing.models.consents import Consent, Suppression
from marketing.models.copies import CampaignCopy, CopySentence
from marketing.models.deliveries import Delivery, SendingRate
from marketing.models.responses import InboundMail, Link, Response

__all__ = [
    "Audience", "Campaign", "CampaignCopy", "CampaignTask", "Consent", "CopySentence", "CostLine", "Delivery",
    "InboundMail", "Link", "Response", "SendingRate", "Suppression",
]  # fmt: skip
