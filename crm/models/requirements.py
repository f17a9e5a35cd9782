"""What a lead wants: a need, with the customer's own words as evidence."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.models import Need, Row
from core.scoping import ScopedQuerySet
from crm.models.leads import Lead
from crm.models.messages import Message


class RequirementQuerySet(ScopedQuerySet):
    """Requirements of the leads a person sees."""

    owner_path = "lead__"

    def standing(self) -> RequirementQuerySet:
        """All that were not declined."""
        return self.exclude(status=Requirement.Status.DECLINED)


class Requirement(Row):
    """A need of this lead. A model proposes it; a person confirms, changes or declines it."""

    class Status(models.TextChoices):
        PROPOSED = "proposed", _("Proposed")
        CONFIRMED = "confirmed", _("Confirmed")
        MET = "met", _("Met")
        GAP = "gap", _("Gap")
        DECLINED = "declined", _("Declined")

    class Priority(models.TextChoices):
        MUST = "must", _("Must")
        SHOULD = "should", _("Should")
        COULD = "could", _("Could")

    lead = models.ForeignKey(Lead, verbose_name=_("lead"), on_delete=models.CASCADE, related_name="requirements")
    need = models.ForeignKey(Need, verbose_name=_("need"), on_delete=models.PROTECT, related_name="requirements")
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.PROPOSED)
    priority = models.CharField(_("priority"), max_length=6, choices=Priority, default=Priority.SHOULD)
    probability = models.FloatField(_("probability"), null=True)  # of the model; empty when a person added it
    reasons = models.JSONField(_("why"), default=list)  # [[word, weight], …] of the model
    read_by = models.CharField(_("read by"), max_length=120, blank=True)
    prediction = models.PositiveBigIntegerField(null=True)

    objects = RequirementQuerySet.as_manager()

    class Meta:
        ordering = ["need__position", "id"]
        verbose_name, verbose_name_plural = _("requirement"), _("requirements")
        constraints = [models.UniqueConstraint(fields=["lead", "need"], name="requirement_once_per_lead")]

    def __str__(self) -> str:
        return f"{self.need} · {self.lead}"


class Quote(models.Model):
    """A stretch of a message that carries a requirement: `text == message.text[start:end]`."""

    requirement = models.ForeignKey(Requirement, on_delete=models.CASCADE, related_name="quotes")
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="quotes")
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()
    text = models.TextField()
    by_person = models.BooleanField(default=False)

    class Meta:
        ordering = ["message_id", "start"]
        constraints = [models.UniqueConstraint(fields=["requirement", "message", "start", "end"], name="quote_once")]

    def __str__(self) -> str:
        return self.text
