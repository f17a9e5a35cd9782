"""What came back of a campaign: links it carried, what people and machines did with them, and the mails that returned."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.scoping import ScopedQuerySet
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

    objects = ResponseQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name, verbose_name_plural = _("inbound mail"), _("inbound mails")

    def __str__(self) -> str:
        return self.subject
