"""What came back of a campaign: links it carried, what people and machines did with them, and the mails that returned."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.models import User
from core.scoping import Action, ScopedQuerySet, reach
from crm.models import Contact
from marketing.models.campaigns import Campaign
from marketing.models.deliveries import Delivery


class ResponseQuerySet(ScopedQuerySet):
    """Responses to campaigns."""

    group = "marketing"


class Link(models.Model):
    """An address that a campaign's mails link to; the signed link redirects to just this."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="links")
    url = models.URLField(_("address"), max_length=1000)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["campaign", "url"], name="link_once")]

    def __str__(self) -> str:
        return self.url


class Response(models.Model):
    """One thing that happened to a delivery. Figures and decisions use what `who` says a human did."""

    class Kind(models.TextChoices):
        CLICK = "click", _("Click")
        REPLY = "reply", _("Reply")
        UNSUBSCRIBE = "unsubscribe", _("Unsubscribed")
        BOUNCE = "bounce", _("Came back")
        DELAYED = "delayed", _("Delayed")
        AUTO_REPLY = "auto-reply", _("Automatic reply")
        COMPLAINT = "complaint", _("Complaint")

    class Who(models.TextChoices):
        HUMAN = "human", _("Person")
        SCANNER = "scanner", _("Scanner")
        MACHINE = "machine", _("Machine")

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="responses")
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    who = models.CharField(_("who"), max_length=8, choices=Who, default=Who.HUMAN)
    link = models.ForeignKey(Link, null=True, on_delete=models.SET_NULL, related_name="responses")
    detail = models.CharField(_("detail"), max_length=300, blank=True, default="")
    at = models.DateTimeField(_("at"), default=timezone.now)

    objects = ResponseQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-id"]
        verbose_name, verbose_name_plural = _("response"), _("responses")
        indexes = [models.Index(fields=["delivery", "kind", "who"], name="response_kind")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.delivery_id}"


class InboundMailQuerySet(ScopedQuerySet):
    """Mails that came in. One that matched no campaign names somebody, perhaps another team's customer.

    Campaigns are the house's, so what matched one is for all who read campaigns. What matched none is for those who see
    every contact (marketing, admins), who can place it; a sales manager sees it if it is from a contact of theirs.
    """

    group = "marketing"

    def for_user(self, user: User, action: Action = "read") -> Self:
        """As for campaigns, without strangers' mails that matched none."""
        rows = super().for_user(user, action)
        if reach(user, "sales") == "all":
            return rows
        known = Contact.objects.for_user(user).exclude(email="").values("email")
        return rows.filter(models.Q(delivery__isnull=False) | models.Q(sender__in=known))


class InboundMail(models.Model):
    """A mail that was taken from the folder, so that it is never counted twice; `delivery` is empty if it matched none."""

    digest = models.CharField(max_length=64, unique=True)
    kind = models.CharField(_("kind"), max_length=12, blank=True, default="")
    delivery = models.ForeignKey(Delivery, null=True, on_delete=models.SET_NULL, related_name="inbound")
    matched_by = models.CharField(_("matched by"), max_length=12, blank=True, default="")  # token, header, fields, ""
    sender = models.CharField(_("from"), max_length=254, blank=True, default="")
    subject = models.CharField(_("subject"), max_length=300, blank=True)
    detail = models.CharField(_("detail"), max_length=300, blank=True, default="")
    at = models.DateTimeField(_("taken"), auto_now_add=True)

    objects = InboundMailQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name, verbose_name_plural = _("inbound mail"), _("inbound mails")

    def __str__(self) -> str:
        return self.subject
