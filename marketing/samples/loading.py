"""Put marketing's part of the sample in after the leads, and take it away before they go."""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext as _

from core.models import Segment, User
from core.services import jobs, samples
from crm.models import Claim, Contact
from marketing.models import Audience, Campaign, CampaignCopy, Delivery, InboundMail
from marketing.samples import answers, audiences, campaigns, consents, sendings
from marketing.services import approval

LONG_AGO, LATELY = 52, 38  # days since the two mailings went out


@samples.at("loaded")
def load(told: samples.Told) -> None:
    """Make consents, audiences and campaigns; two of these have gone out and brought answers."""
    told.report(_("Planning campaigns and sending two of them"))
    people = {user.email.partition("@")[0]: user for user in User.objects.filter(sample=True)}
    consents.give(list(Contact.objects.filter(sample=True).order_by("pk")))
    made = campaigns.make(people, audiences.make(people["elena"]))
    jobs.work("ml")  # the verifier judges every sentence
    for key, days, lost in ((campaigns.OWN, LONG_AGO, None), (campaigns.SOURCES, LATELY, 7)):
        campaign = made[key]
        if not sendings.ready(campaign):
            told.report(_("A sentence of “%(name)s” does not stand, so it was not sent") % {"name": campaign.name})
            continue
        sendings.send(campaign, days, people, lost=lost, replies=list(answers.REPLIES[campaign.utm_campaign]))
    if sendings.ready(made[campaigns.PILOT]):
        waiting = Campaign.objects.get(pk=made[campaigns.PILOT].pk)
        approval.ask(waiting, by=people["elena"], expected=waiting.version)
    sendings.planned_before(made.values())
    jobs.work("ml")  # the replies are read


@samples.at("leaving")
def remove(_told: samples.Told) -> None:
    """Delete campaigns and audiences of the sample; what a person's own campaigns use is kept and becomes theirs."""
    mine = Campaign.objects.filter(sample=True)
    InboundMail.objects.filter(delivery__campaign__in=mine).delete()
    Delivery.objects.filter(campaign__in=mine).delete()  # they hold their copies
    mine.delete()
    Audience.objects.filter(sample=True, campaigns__isnull=True).delete()
    for model in (Audience, CampaignCopy):
        model._default_manager.filter(sample=True).update(sample=False)
    consents.forget()
    _adopt()


def _adopt() -> None:
    """Keep the claims, and the segments with all above them, that campaigns which stay rest on."""
    Claim.objects.filter(sample=True, copy_sentences__isnull=False).update(sample=False)
    used = Campaign.objects.filter(segment__sample=True).values("segment")
    copied = CampaignCopy.objects.filter(segment__sample=True).values("segment")
    for segment in Segment.objects.filter(Q(pk__in=used) | Q(pk__in=copied)):
        place: Segment | None = segment
        while place is not None:
            Segment.objects.filter(pk=place.pk).update(sample=False)
            place = place.parent
