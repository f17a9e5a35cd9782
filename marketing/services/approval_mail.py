"""Mails about an approval: to those who may give it, and back to those who wait for it. A worker sends them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from core.models import Job, User
from core.services import jobs
from crm.services import pitch_mail
from marketing.models import Campaign
from marketing.services import signatures

KIND = "marketing.tell"
TIMEOUT = 30  # seconds a server may take for one reply
What = Literal["asked", "approved", "sent back"]
State = Campaign.State


def tell(campaign: Campaign, what: What, to: Iterable[User], *, by: User, reason: str = "") -> None:
    """Queue a mail to each of these people in the caller's transaction, which changed the campaign; never to `by`."""
    for person in to:
        if person.pk != by.pk and person.email:
            payload = {"campaign": campaign.pk, "what": what, "to": person.pk, "name": by.name, "reason": reason}
            jobs.enqueue(KIND, payload, dedupe_key=f"tell:{campaign.pk}:{campaign.version}:{person.pk}", by=by)


def work(rows: Sequence[Job]) -> None:
    """Send the mails of these jobs, each in its reader's language; what is overtaken by now is not sent."""
    for job in rows:
        campaign = Campaign.objects.select_related("audience").filter(pk=job.payload["campaign"]).first()
        person = User.objects.filter(pk=job.payload["to"], is_active=True).first()
        if campaign is None or person is None or not _still(campaign, job.payload["what"]):
            with jobs.finishing(job, note="overtaken or gone"):
                pass
            continue
        with translation.override(person.language or settings.LANGUAGE_CODE):
            mail = _mail(job, campaign, person)
        mail.send()  # before the transaction: a slow server must not hold the database
        with jobs.finishing(job, result={"to": person.email}):
            pass


def _still(campaign: Campaign, what: What) -> bool:
    """Whether it is as the mail says."""
    if what == "asked":
        return campaign.state == State.REVIEW
    if what == "sent back":
        return campaign.state == State.PLANNING
    return campaign.state in (State.APPROVED, State.SCHEDULED, State.SENDING)


def _mail(job: Job, campaign: Campaign, person: User) -> EmailMessage:
    """The same at each attempt, its Message-ID too, so that a mail program shows it once."""
    what, name, reason = (job.payload[key] for key in ("what", "name", "reason"))
    subject, words = _words(campaign, what, {"name": name, "campaign": campaign.name, "reason": reason})
    page = "campaign-sending" if what == "approved" else "campaign-copy"
    link = f"{settings.SITE_URL.rstrip('/')}{reverse(page, args=[campaign.pk])}"
    return EmailMessage(
        subject=pitch_mail.header(subject)[:200],
        body="\n\n".join([*words, link]) + "\n",
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[person.email],
        connection=get_connection(timeout=getattr(settings, "EMAIL_TIMEOUT", None) or TIMEOUT),
        headers={"Message-ID": f"<tell.{job.pk}@{signatures.domain()}>", "Auto-Submitted": "auto-generated"},
    )


def _words(campaign: Campaign, what: What, told: dict[str, str]) -> tuple[str, list[str]]:
    """Return subject and paragraphs."""
    if what == "approved":
        return _("Approved: %(campaign)s") % told, [
            _("%(name)s approved the campaign “%(campaign)s”.") % told,
            _("It can be sent now, as long as nothing in it changes."),
        ]
    if what == "sent back":
        why = _("What to change: %(reason)s") % told
        said = _("%(name)s sent the campaign “%(campaign)s” back to planning.") % told
        return _("Sent back: %(campaign)s") % told, [said, why] if told["reason"] else [said]
    words = [_("%(name)s asks for approval of the campaign “%(campaign)s”.") % told]
    if campaign.audience:
        words.append(_("It goes to the audience “%(audience)s”.") % {"audience": campaign.audience.name})
    return _("Waits for your approval: %(campaign)s") % told, [*words, _("Read it, then approve it or send it back:")]
