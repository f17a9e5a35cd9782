"""A test mail to one's own address: rendered as for a recipient, marked as a test, and in no ledger."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from email.utils import formataddr, parseaddr

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives, get_connection
from django.utils.html import format_html
from django.utils.translation import gettext as _

from core.models import Job, User
from core.services import jobs
from crm.models import Contact
from crm.services import pitch_mail
from marketing.models import CampaignCopy
from marketing.services import copies, personal

TIMEOUT = 30  # seconds a server may take for one reply


def send(copy: CampaignCopy, *, by: User, contact: Contact | None = None, variant: int = 0) -> Job:
    """Queue a test mail to `by`'s own address, as `contact` would get it (a made-up person, if None).

    Raises ValidationError if there is nothing to send, or it cannot be made for that contact.
    """
    if copy.state != CampaignCopy.State.DRAFT or not copy.sentences.exists():
        raise ValidationError(_("There is nothing to send yet."))
    if not by.email:
        raise ValidationError(_("Your account has no e-mail address."))
    words(copy, contact, variant)
    payload = {"copy": copy.pk, "contact": contact.pk if contact else None, "variant": variant, "user": by.pk}
    same = f"test:{copy.pk}:{copy.version}:{by.pk}:{variant}:{payload['contact'] or ''}"  # a second click, not a second mail
    return jobs.enqueue("marketing.test", payload, dedupe_key=same, by=by)


def words(copy: CampaignCopy, contact: Contact | None, variant: int = 0) -> tuple[str, str, str]:
    """Return (subject, text, HTML) as a contact, or a made-up person, would get it. Raises ValidationError."""
    values = personal.values(contact, copy.campaign) if contact else personal.example(copy.language)
    return copies.text(copy, values, variant)


def work(rows: Sequence[Job]) -> None:
    """Send the test mails of these jobs."""
    for job in rows:
        copy = CampaignCopy.objects.select_related("campaign").filter(pk=job.payload["copy"]).first()
        person = User.objects.filter(pk=job.payload["user"], is_active=True).first()
        if copy is None or person is None:
            with jobs.finishing(job, note="gone"):
                pass
            continue
        try:
            mail = build(
                copy, person, Contact.objects.filter(pk=job.payload["contact"]).first(), job.payload["variant"]
            )
        except ValidationError as error:
            raise jobs.Unworkable(" ".join(error.messages)) from error
        mail.send()  # before the transaction: a slow server must not hold the database
        with jobs.finishing(job, result={"to": person.email}):
            pass


def build(copy: CampaignCopy, person: User, contact: Contact | None, variant: int) -> EmailMultiAlternatives:
    """Return the test mail. It cannot be taken for a mail of the campaign: its subject and first line say so."""
    subject, body, html = words(copy, contact, variant)
    campaign, house = copy.campaign, parseaddr(settings.DEFAULT_FROM_EMAIL)
    note = _("This is a test of “%(campaign)s”, sent to nobody but you.") % {"campaign": campaign.name}
    domain = house[1].rpartition("@")[2] or "localhost"
    mail = EmailMultiAlternatives(
        subject=pitch_mail.header(_("[Test] %(subject)s") % {"subject": subject})[:200],
        body=f"{note}\n\n{body}\n",
        from_email=formataddr((pitch_mail.header(campaign.sender_name) or house[0], house[1])),
        to=[person.email],
        connection=get_connection(timeout=getattr(settings, "EMAIL_TIMEOUT", None) or TIMEOUT),
        headers={"Message-ID": f"<t.{copy.pk}.{secrets.token_hex(8)}@{domain}>", "X-Fairlead-Test": "yes"},
    )
    mail.attach_alternative(format_html("<p><em>{}</em></p>\n", note) + html, "text/html")
    return mail
