"""A campaign: what it is for, whom it reaches, what it costs and when; its copy and deliveries hang on it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.models import Need, Row, Segment
from core.scoping import ScopedQuerySet
from marketing.models.audiences import Audience


class CampaignQuerySet(ScopedQuerySet):
    """Campaigns are marketing's."""

    group = "marketing"


class Campaign(Row):
    """One mailing with its plan. `approved_hash` binds the second person's word to the very content that is sent."""

    class Channel(models.TextChoices):
        MAIL = "mail", _("Mail")
        EVENT = "event", _("Event")
        SOCIAL = "social", _("Social media")
        OTHER = "other", _("Other")

    class State(models.TextChoices):
        PLANNING = "planning", _("Planning")
        REVIEW = "review", _("Waiting for approval")
        APPROVED = "approved", _("Approved")
        SCHEDULED = "scheduled", _("Scheduled")
        SENDING = "sending", _("Being sent")
        PAUSED = "paused", _("Paused")
        DONE = "done", _("Done")
        CANCELLED = "cancelled", _("Cancelled")

    name = models.CharField(_("name"), max_length=120)
    goal = models.CharField(_("goal"), max_length=300, blank=True)
    goal_replies = models.PositiveIntegerField(_("replies wanted"), null=True, blank=True)
    channel = models.CharField(_("channel"), max_length=8, choices=Channel, default=Channel.MAIL)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.PLANNING)
    audience = models.ForeignKey(
        Audience, verbose_name=_("audience"), null=True, blank=True, on_delete=models.PROTECT, related_name="campaigns"
    )
    segment = models.ForeignKey(
        Segment, verbose_name=_("segment"), null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    need = models.ForeignKey(
        Need, verbose_name=_("need"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("owner"), null=True, blank=True, on_delete=models.SET_NULL,
        related_name="+",
    )  # fmt: skip
    starts_on = models.DateField(_("starts"), null=True, blank=True)
    ends_on = models.DateField(_("ends"), null=True, blank=True)
    budget = models.DecimalField(_("budget"), max_digits=12, decimal_places=2, default=0)
    currency = models.CharField(_("currency"), max_length=3, default="EUR")
    landing_page = models.URLField(_("landing page"), max_length=1000, blank=True, default="")  # a draft links to it
    utm_source = models.CharField(_("UTM source"), max_length=60, blank=True, default="fairlead")
    utm_medium = models.CharField(_("UTM medium"), max_length=60, blank=True, default="email")
    utm_campaign = models.CharField(_("UTM campaign"), max_length=60, blank=True)
    sender_name = models.CharField(_("sender's name"), max_length=120, blank=True)
    sender_email = models.EmailField(_("sender's address"), blank=True)
    reply_to = models.EmailField(_("replies go to"), blank=True)
    per_minute = models.PositiveIntegerField(_("mails a minute at most"), null=True, blank=True)
    send_at = models.DateTimeField(_("send at"), null=True, blank=True)
    planned_at = models.DateTimeField(_("audience frozen"), null=True, editable=False)
    problem = models.CharField(_("problem"), max_length=300, blank=True, default="")
    approved_hash = models.CharField(max_length=64, blank=True, default="", editable=False)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("approved by"), null=True, editable=False, on_delete=models.SET_NULL,
        related_name="+",
    )  # fmt: skip
    approved_at = models.DateTimeField(_("approved"), null=True, editable=False)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("approval asked by"), null=True, editable=False,
        on_delete=models.SET_NULL, related_name="+",
    )  # fmt: skip

    objects = CampaignQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_on", "-id"]
        verbose_name, verbose_name_plural = _("campaign"), _("campaigns")
        constraints = [
            models.CheckConstraint(condition=Q(budget__gte=0), name="campaign_budget_not_negative"),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(starts_on__isnull=True) | Q(ends_on__gte=models.F("starts_on")),
                name="campaign_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("campaign", args=[self.pk])

    @property
    def open(self) -> bool:
        """Plan and copy may still change."""
        return self.state in (self.State.PLANNING, self.State.REVIEW, self.State.APPROVED)


class CostLine(models.Model):
    """What a campaign cost, in its currency's units."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="costs")
    what = models.CharField(_("what"), max_length=120)
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2)
    on = models.DateField(_("on"), null=True, blank=True)

    class Meta:
        ordering = ["on", "id"]
        verbose_name, verbose_name_plural = _("cost"), _("costs")
        constraints = [models.CheckConstraint(condition=Q(amount__gte=0), name="cost_not_negative")]

    def __str__(self) -> str:
        return f"{self.what}: {self.amount}"


class CampaignTask(models.Model):
    """Something to do for a campaign."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="tasks")
    title = models.CharField(_("title"), max_length=200)
    due_on = models.DateField(_("due"), null=True, blank=True)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("who"), null=True, blank=True, on_delete=models.SET_NULL,
        related_name="+",
    )  # fmt: skip
    done_at = models.DateTimeField(_("done"), null=True, blank=True)

    class Meta:
        ordering = ["due_on", "id"]
        verbose_name, verbose_name_plural = _("campaign task"), _("campaign tasks")

    def __str__(self) -> str:
        return self.title
