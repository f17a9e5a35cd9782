"""An approved campaign, people who agreed to it, and an SMTP server that answers as it is told."""

import pytest
from aiosmtpd.controller import Controller

from core.services import jobs
from crm.models import Company, Contact
from marketing.models import Campaign, CampaignCopy, Consent, CopySentence
from marketing.services import approval, carriers, delivering, rates
from tests.fixtures.servers import free_port


@pytest.fixture
def people(db, marketer):
    """Return `people(n, **fields)`: contacts of one company who agreed to be written to."""

    def make(n, *, agreed=True, **fields):
        company, _made = Company.objects.get_or_create(name="Baltic Ports", owner=marketer, team=marketer.team)
        made = [
            Contact.objects.create(
                **{
                    "name": f"Person {number}", "email": f"person{number}@baltic.example", "company": company,
                    "language": "en", "owner": marketer, "team": marketer.team, **fields,
                }
            )
            for number in range(Contact.objects.count(), Contact.objects.count() + n)
        ]  # fmt: skip
        if agreed:
            Consent.objects.bulk_create(
                Consent(contact=contact, given=True, wording="Yes, write to me.", policy="1", source="form")
                for contact in made
            )
        return made

    return make


def approve(campaign):
    """As the second person's click leaves it."""
    campaign.refresh_from_db()
    campaign.state, campaign.approved_hash = Campaign.State.APPROVED, approval.content_hash(campaign)
    campaign.save()
    return campaign


@pytest.fixture
def ready(campaign, audience):
    """An approved campaign with an English copy of two subjects and a link; its audience is everybody."""
    copy = CampaignCopy.objects.create(
        campaign=campaign, language="en", subjects=["Hello {{ contact.first_name }}", "For {{ company.name }}"]
    )
    lines = [
        "Hello {{ contact.first_name }},",
        "Read more at https://fairlead.example.com/ports?x=1 today.",
        "Goodbye.",
    ]
    for position, text in enumerate(lines, 1):
        CopySentence.objects.create(
            copy=copy, position=position, paragraph=position, text=text, verdict="no-claim-needed"
        )
    return approve(campaign)


class Server:
    """Keeps every mail; `answers` maps an address to what RCPT says, `data` to what the final dot says."""

    def __init__(self):
        self.mails, self.answers, self.data, self.on_data, self.extensions = [], {}, {}, None, []
        self.sender_answer = ""  # what MAIL FROM hears instead of 250

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        session.host_name = hostname
        return [*responses[:-1], *(f"250-{name}" for name in self.extensions), responses[-1]]

    async def handle_MAIL(self, server, session, envelope, address, options):
        if self.sender_answer:
            return self.sender_answer
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        if answer := self.answers.get(address, self.answers.get("*")):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        recipient = envelope.rcpt_tos[0]
        if self.on_data:
            self.on_data(recipient)
        answer = self.data.get(recipient, "250 taken")
        if callable(answer):
            return await answer(server)
        if answer.startswith("250"):
            self.mails.append(envelope)
        return answer

    @property
    def to(self):
        """Who got a mail, in order."""
        return [mail.rcpt_tos[0] for mail in self.mails]


@pytest.fixture
def server(settings):
    """A real SMTP server that campaign mail goes to."""
    handler = Server()
    controller = Controller(handler, hostname="127.0.0.1", port=free_port(), ready_timeout=60)
    controller.start()
    settings.SITE_URL = "https://crm.fairlead.example.com"
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", controller.port, 60
    yield handler
    controller.stop()


@pytest.fixture
def work():
    """Work the default queue until nothing is due."""
    return lambda: jobs.work("default")


@pytest.fixture
def no_pauses(monkeypatch):
    """Rests and back-offs of no length, so that a test need not wait."""
    monkeypatch.setattr(rates, "PAUSE", 0.0)
    monkeypatch.setattr(delivering, "WAITS", (0,) * len(delivering.WAITS))


@pytest.fixture
def at_mail(monkeypatch):
    """Return `at_mail(n, act)`: do something when the n-th mail has been handed over and is not recorded yet."""

    def plan(number, act):
        real, seen = carriers.SmtpCarrier.send, []

        def send(self, letter):
            answer = real(self, letter)
            seen.append(letter)
            if len(seen) == number:
                act()
            return answer

        monkeypatch.setattr(carriers.SmtpCarrier, "send", send)

    return plan
