"""What a campaign says: one copy per language and segment, sentence by sentence, each with the claims it rests on."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.models import Row, Segment
from core.scoping import ScopedQuerySet
from crm.models import Claim, PitchSentence
from marketing.models.campaigns import Campaign


class CopyQuerySet(ScopedQuerySet):
    """Copy of campaigns."""

    group = "marketing"


class CampaignCopy(Row):
    """The words for one language and, if it is set, one segment. `subjects` are 1–3 variants, sent in turn."""

    class State(models.TextChoices):
        DRAFTING = "drafting", _("Being drafted")
        DRAFT = "draft", _("Draft")

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="copies")
    language = models.CharField(_("language"), max_length=10, default="en")
    segment = models.ForeignKey(
        Segment, verbose_name=_("segment"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    tone = models.CharField(_("tone"), max_length=8, default="plain")
    subjects = models.JSONField(_("subject lines"), default=list)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.DRAFT)
    problem = models.CharField(_("problem"), max_length=300, blank=True, default="")
    drafted_by = models.CharField(_("drafted by"), max_length=120, blank=True)
    edited_by = models.ForeignKey(  # who changed its words last may not approve them
        settings.AUTH_USER_MODEL, verbose_name=_("last changed by"), null=True, editable=False,
        on_delete=models.SET_NULL, related_name="+",
    )  # fmt: skip
    prediction = models.PositiveBigIntegerField(null=True)  # id in the hub, opaque here

    objects = CopyQuerySet.as_manager()

    class Meta:
        ordering = ["language", "segment__position", "id"]
        verbose_name, verbose_name_plural = _("copy"), _("copies")
        constraints = [
            models.UniqueConstraint(fields=["campaign", "language", "segment"], name="copy_once"),
            models.UniqueConstraint(
                fields=["campaign", "language"], condition=models.Q(segment__isnull=True), name="copy_for_all_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.campaign} · {self.language}"


class CopySentence(models.Model):
    """One sentence; `text` may hold `{{ contact.first_name }}` and the like. An empty verdict waits for the worker."""

    copy = models.ForeignKey(CampaignCopy, on_delete=models.CASCADE, related_name="sentences")
    position = models.PositiveIntegerField()
    paragraph = models.PositiveIntegerField(default=0)
    text = models.TextField(_("text"))
    claims = models.ManyToManyField(Claim, blank=True, related_name="copy_sentences")
    verdict = models.CharField(_("verdict"), max_length=16, choices=PitchSentence.Verdict, blank=True, default="")
    reasons = models.JSONField(_("reasons"), default=list)
    rests_on = models.JSONField(default=dict)  # {claim id: mark of its words}, as with pitches

    class Meta:
        ordering = ["copy", "position", "id"]

    def __str__(self) -> str:
        return self.text
