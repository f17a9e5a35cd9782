"""What the tests of sending ask and do again and again."""

import email
import email.policy

from core.services import jobs
from marketing.models import Campaign, Delivery
from marketing.services import ledger


def parsed(mail):
    return email.message_from_bytes(mail.content, policy=email.policy.default)


def counts(campaign):
    """The ledger, which always adds up."""
    found = ledger.of(campaign)
    assert found.planned == sum(found.parts.values()) == campaign.deliveries.count()
    return {name: n for name, n in found.parts.items() if n}


def state_of(campaign):
    return Campaign.objects.get(pk=campaign.pk).state


def row(contact):
    return Delivery.objects.get(person=contact.pk)


def claimed(kind):
    """Take the one job of a kind, as a worker does."""
    (job,) = jobs.claim("default")
    assert job.kind == kind
    return job
