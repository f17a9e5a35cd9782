"""The ledger of a sending: one row per campaign, step and contact, whatever becomes of it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.scoping import ScopedQuerySet
from crm.models import Contact
from marketing.models.campaigns import Campaign
from marketing.models.copies import CampaignCopy


class DeliveryQuerySet(ScopedQuerySet):
    """Deliveries of campaigns."""

    group = "marketing"


class Delivery(models.Model):
    """One mail to one contact. `attempting` is committed before the mail leaves; if its lease ends there, nobody can know.

    `person` is the contact's number when the audience was frozen; it stays when the contact is merged or erased. `contact`
    is who gets it: after a merge the one that was kept.
    """

    class State(models.TextChoices):
        PLANNED = "planned", _("Waiting")
        CLAIMED = "claimed", _("Taken by a worker")
        ATTEMPTING = "attempting", _("Being handed over")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Failed")
        BOUNCED = "bounced", _("Came back")
        SKIPPED = "skipped", _("Skipped")
        AMBIGUOUS = "ambiguous", _("Unknown whether sent")

    class Skipped(models.TextChoices):
        NO_CONSENT = "no-consent", _("No consent")
        UNSUBSCRIBED = "unsubscribed", _("Unsubscribed")
        SUPPRESSED = "suppressed", _("Address is suppressed")
        NO_ADDRESS = "no-address", _("No address")
        GONE = "gone", _("Contact was deleted")
        DUPLICATE = "duplicate", _("Address is there already")
        NO_COPY = "no-copy", _("No copy in that language")
        MISSING = "missing", _("A personal part is missing")
        CANCELLED = "cancelled", _("Campaign was cancelled")
        REPLIED = "replied", _("Replied meanwhile")

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="deliveries")
    step = models.PositiveSmallIntegerField(default=1)
    contact = models.ForeignKey(Contact, null=True, on_delete=models.SET_NULL, related_name="deliveries")
    person = models.PositiveBigIntegerField()
    copy = models.ForeignKey(CampaignCopy, null=True, on_delete=models.PROTECT, related_name="deliveries")
    variant = models.PositiveSmallIntegerField(default=0)  # which subject line
    address = models.EmailField(_("to"), blank=True, default="")
    domain = models.CharField(max_length=120, blank=True, default="")
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.PLANNED)
    reason = models.CharField(_("why skipped"), max_length=12, choices=Skipped, blank=True, default="")
    message_id = models.CharField(max_length=200, unique=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(_("due"))
    lease_until = models.DateTimeField(null=True)
    lease_token = models.CharField(max_length=32, blank=True, default="")
    error = models.CharField(_("answer of the server"), max_length=300, blank=True, default="")
    sent_at = models.DateTimeField(_("sent"), null=True)
    settled_by = models.ForeignKey("core.User", null=True, on_delete=models.SET_NULL, related_name="+")

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        ordering = ["campaign", "id"]
        verbose_name, verbose_name_plural = _("delivery"), _("deliveries")
        constraints = [models.UniqueConstraint(fields=["campaign", "step", "person"], name="delivery_once")]
        indexes = [
            models.Index(fields=["campaign", "state", "due_at", "id"], name="delivery_claim"),
            models.Index(fields=["state", "lease_until"], name="delivery_lease",
                         condition=Q(state__in=["claimed", "attempting"])),
            models.Index(fields=["contact", "sent_at"], name="delivery_contact"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.message_id} {self.state}"


class SendingRate(models.Model):
    """A token bucket shared by all workers: `key` is a campaign, the whole stream, or a receiving domain."""

    key = models.CharField(max_length=160, unique=True)
    tokens = models.FloatField(default=0)
    per_second = models.FloatField(default=0)
    slowed_until = models.DateTimeField(null=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.key
