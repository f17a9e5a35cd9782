"""One mail of the sample was refused: its pitch says why, and goes out once its rep sends it again."""

import pytest

from crm.models import Contact, Pitch, PitchDelivery
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


def banner_of(pitch, client):
    return client.get(pitch.get_absolute_url()).content.decode().split('id="pitch-banner"')[1].split("</div>")[0]


def test_a_refused_mail_keeps_its_reason_and_can_be_sent_again(
    placed, ready, rep, rep_client, other_rep, other_team, smtp, work
):
    sending.send(ready, by=rep, expected=None)
    doings._refuse_one([(placed, ready)])
    work("default")
    doings._date(placed, ready)
    ready.refresh_from_db()
    mail = PitchDelivery.objects.get(pitch=ready)
    assert (ready.state, mail.state, mail.attempts, smtp.mails) == ("failed", "failed", 1, [])
    assert ready.problem == mail.error == doings.REFUSED % mail.recipient
    banner = banner_of(ready, rep_client)
    assert "“550 5.1.1" in banner
    assert f'href="{ready.contact.get_absolute_url()}"' in banner  # where the address is mended
    Contact.objects.filter(pk=ready.contact_id).update(owner=other_rep, team=other_team, company=None)
    assert f'href="{ready.contact.get_absolute_url()}"' not in banner_of(ready, rep_client)
    pitches.make_ready(ready, by=rep, expected=None)
    sending.send(ready, by=rep, expected=None)
    work("default")
    ready.refresh_from_db()
    assert (ready.state, len(smtp.mails)) == ("sent", 1)


def test_what_no_server_said_is_no_quotation_and_leads_to_no_address(ready, rep, rep_client, smtp):
    sending.send(ready, by=rep, expected=None)
    Pitch.objects.update(state="failed", problem="The worker stopped: out of memory")
    banner = banner_of(ready, rep_client)
    assert "The worker stopped: out of memory" in banner
    assert "“" not in banner
    assert ready.contact.get_absolute_url() not in banner


def test_nothing_is_refused_where_nothing_is_sent(placed, ready):
    doings._refuse_one([(placed, ready)])
    ready.refresh_from_db()
    assert ready.state == "ready"
