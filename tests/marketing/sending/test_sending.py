"""A campaign from start to done, and all that may stop it or a mail of it."""

import email
import email.policy
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from core.models import Job
from core.services.edits import Stale
from marketing.models import Campaign, Consent, CopySentence, Delivery
from marketing.services import consents, delivering, ledger, sending
from tests.marketing.sending.conftest import approve

State = Delivery.State


def parsed(mail):
    return email.message_from_bytes(mail.content, policy=email.policy.default)


def states(campaign):
    return dict(campaign.deliveries.values_list("address", "state"))


def adds_up(campaign):
    found = ledger.of(campaign)
    assert found.planned == found.sent + found.failed + found.skipped + found.ambiguous + found.waiting
    return found


def test_everybody_gets_it_once(ready, people, server, work, marketer):
    made = people(60)
    sending.start(ready, by=marketer)
    work()
    assert sorted(server.to) == sorted(contact.email for contact in made)
    found = adds_up(ready)
    assert (found.planned, found.sent, found.waiting) == (60, 60, 0)
    ready.refresh_from_db()
    assert ready.state == Campaign.State.DONE
    row = Delivery.objects.first()
    assert row.message_id == f"<c.{ready.pk}.{row.pk}@fairlead.example>"
    assert (
        parsed(next(mail for mail in server.mails if mail.rcpt_tos[0] == row.address))["Message-ID"] == row.message_id
    )
    work()
    assert len(server.mails) == 60
