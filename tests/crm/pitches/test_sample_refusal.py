"""One mail of the sample was refused: its pitch says why, and goes out once its rep sends it again."""

import pytest

from crm.models import PitchDelivery
from crm.samples import doings
from crm.samples.market import Placed
from crm.samples.texts import SampleLead, SampleMessage
from crm.services import pitches, sending

pytestmark = pytest.mark.django_db


@pytest.fixture
def placed(ready):
    said = [SampleMessage(2.0, "mail", False, "What does it cost?")]
    plan = SampleLead("A", "new", "fit", "", 0, "EUR", "referral", "mira", [], "", None, said)
    return Placed(ready.lead, plan)


def test_a_refused_mail_keeps_its_reason_and_can_be_sent_again(placed, ready, rep, rep_client, smtp, work):
    sending.send(ready, by=rep, expected=None)
    doings._refuse_one([(placed, ready)])
    work("default")
    doings._date(placed, ready)
    ready.refresh_from_db()
    mail = PitchDelivery.objects.get(pitch=ready)
    assert (ready.state, mail.state, mail.attempts, smtp.mails) == ("failed", "failed", 1, [])
    assert ready.problem == mail.error == doings.REFUSED % mail.recipient
    banner = rep_client.get(ready.get_absolute_url()).content.decode().split('id="pitch-banner"')[1].split("</div>")[0]
    assert "550 5.1.1" in banner
    assert f'href="{ready.contact.get_absolute_url()}"' in banner  # where the address is mended
    pitches.make_ready(ready, by=rep, expected=None)
    sending.send(ready, by=rep, expected=None)
    work("default")
    ready.refresh_from_db()
    assert (ready.state, len(smtp.mails)) == ("sent", 1)


def test_nothing_is_refused_where_nothing_is_sent(placed, ready):
    doings._refuse_one([(placed, ready)])
    ready.refresh_from_db()
    assert ready.state == "ready"
