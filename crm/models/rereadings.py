"""Reading open messages again after another version was assigned, and what that changed on each lead."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.scoping import ScopedQuerySet
from crm.models.leads import Lead


class RereadingQuerySet(ScopedQuerySet):
    """What was offered and done, for all to see; only who may edit the hub starts one."""

    group = "hub"


class Rereading(models.Model):
    """One change of assignment (`change`: its id in the hub, opaque here), and how far its messages were read again.

    `segments` are ids of the places it reached, null for leads without a segment; `cursor` is the last message done.
    """

    class State(models.TextChoices):
        OFFERED = "offered", _("Not started")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        STOPPED = "stopped", _("Stopped")

    change = models.PositiveBigIntegerField(unique=True)
    segment = models.ForeignKey(
        "core.Segment", verbose_name=_("segment"), null=True, on_delete=models.SET_NULL, related_name="+"
    )
    segments = models.JSONField(default=list)
    before = models.CharField(_("before"), max_length=120, blank=True)  # names of versions
    after = models.CharField(_("after"), max_length=120, blank=True)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.OFFERED)
    total = models.PositiveIntegerField(_("messages"), default=0)
    done = models.PositiveIntegerField(_("read again"), default=0)
    failed = models.PositiveIntegerField(_("not read"), default=0)
    cursor = models.PositiveBigIntegerField(default=0)
    problem = models.CharField(_("problem"), max_length=300, blank=True, default="")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("started by"), null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(_("assigned"), auto_now_add=True)
    finished_at = models.DateTimeField(_("finished"), null=True)

    objects = RereadingQuerySet.as_manager()

    class Meta:
        ordering = ["-change"]
        verbose_name, verbose_name_plural = _("re-reading"), _("re-readings")

    def __str__(self) -> str:
        return f"{self.before} → {self.after}"

    def get_absolute_url(self) -> str:
        return reverse("rereading", args=[self.change])

    @property
    def share(self) -> int:
        """How far it is, in per cent."""
        return min(100, 100 * (self.done + self.failed) // self.total) if self.total else 0


class RereadLeadQuerySet(ScopedQuerySet):
    """What changed on the leads a person sees."""

    owner_path = "lead__"


class RereadLead(models.Model):
    """What a re-reading changed on a lead: keys of needs that are proposed now, and of those that are no more."""

    rereading = models.ForeignKey(Rereading, on_delete=models.CASCADE, related_name="leads")
    lead = models.ForeignKey(Lead, verbose_name=_("lead"), on_delete=models.CASCADE, related_name="+")
    messages = models.PositiveIntegerField(_("messages"), default=0)
    came = models.JSONField(_("came"), default=list)
    went = models.JSONField(_("went"), default=list)

    objects = RereadLeadQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["rereading", "lead"], name="reread_lead_once")]

    def __str__(self) -> str:
        return f"{self.lead_id} of {self.rereading_id}"
