"""What we say about our products, and what proves it."""

from __future__ import annotations

import re
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from core.models import Need, Row, Segment
from core.scoping import ScopedQuerySet

ENDING = timedelta(days=30)  # how long before its end a claim is said to expire soon
_CHINESE = re.compile(r"[\u4e00-\u9fff]")


class Product(Row):
    """Something we sell."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    summary_en = models.CharField(_("in one line (English)"), max_length=200, blank=True)
    summary_zh = models.CharField(_("in one line (Chinese)"), max_length=200, blank=True)

    class Meta:
        ordering = ["name"]
        verbose_name, verbose_name_plural = _("product"), _("products")

    def __str__(self) -> str:
        return self.name


class Competitor(Row):
    """Who else they look at; building it in-house and doing nothing count too."""

    class Kind(models.TextChoices):
        RIVAL = "rival", _("Vendor")
        IN_HOUSE = "in-house", _("Build in-house")
        NOTHING = "nothing", _("Do nothing")

    name = models.CharField(_("name"), max_length=80, unique=True)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind, default=Kind.RIVAL)
    summary = models.TextField(_("summary (English)"), blank=True)
    summary_zh = models.TextField(_("summary (Chinese)"), blank=True)

    class Meta:
        ordering = ["kind", "name"]
        verbose_name, verbose_name_plural = _("competitor"), _("competitors")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("competitor", args=[self.pk])

    @property
    def told(self) -> str:
        """The summary in the reader's language, else in the one it is there in."""
        chinese = (get_language() or "en").startswith("zh")
        return (self.summary_zh or self.summary) if chinese else (self.summary or self.summary_zh)


class ClaimQuerySet(ScopedQuerySet):
    """Claims everybody in the house may read; marketing keeps them."""

    group = "claims"

    def usable(self) -> ClaimQuerySet:
        """Approved, customer-facing and valid today: the only claims a pitch may rest on."""
        today = timezone.localdate()
        return self.filter(
            Q(valid_from__isnull=True) | Q(valid_from__lte=today),
            Q(valid_until__isnull=True) | Q(valid_until__gte=today),
            status=Claim.Status.APPROVED,
            visibility=Claim.Visibility.CUSTOMER,
            competitor__isnull=True,
        )

    def ending(self) -> ClaimQuerySet:
        """Approved ones that are still valid, but not for longer than ENDING."""
        today = timezone.localdate()
        return self.filter(status=Claim.Status.APPROVED, valid_until__gte=today, valid_until__lte=today + ENDING)


class Claim(Row):
    """A differentiation note. It speaks of one of our products, of us as a house, or of a competitor."""

    class Kind(models.TextChoices):
        FACT = "fact", _("Fact")
        INFERENCE = "inference", _("Inference")
        ASSUMPTION = "assumption", _("Assumption")

    class Visibility(models.TextChoices):
        INTERNAL = "internal", _("Internal")
        CUSTOMER = "customer", _("Customer-facing")

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        APPROVED = "approved", _("Approved")
        EXPIRED = "expired", _("Expired")

    text_en = models.TextField(_("text (English)"), blank=True)
    text_zh = models.TextField(_("text (Chinese)"), blank=True)
    product = models.ForeignKey(
        Product, verbose_name=_("product"), null=True, blank=True, on_delete=models.PROTECT, related_name="claims"
    )
    competitor = models.ForeignKey(
        Competitor,
        verbose_name=_("about competitor"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="claims",
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.FACT)
    visibility = models.CharField(_("visibility"), max_length=8, choices=Visibility, default=Visibility.INTERNAL)
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.DRAFT)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("owner"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    needs = models.ManyToManyField(Need, verbose_name=_("needs it answers"), blank=True, related_name="claims")
    segments = models.ManyToManyField(Segment, verbose_name=_("only for segments"), blank=True, related_name="claims")
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("approved by"),
        null=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    approved_at = models.DateTimeField(_("approved"), null=True, editable=False)

    objects = ClaimQuerySet.as_manager()

    class Meta:
        ordering = ["-updated_at", "-id"]
        verbose_name, verbose_name_plural = _("claim"), _("claims")
        constraints = [models.CheckConstraint(condition=~Q(text_en="", text_zh=""), name="claim_has_a_text")]

    def __str__(self) -> str:
        return self.text[:80]

    def get_absolute_url(self) -> str:
        return reverse("claim", args=[self.pk])

    def text_in(self, language: str) -> str:
        """The text in `language` (en, zh), or in the other one if there is none."""
        first, second = (self.text_zh, self.text_en) if language.startswith("zh") else (self.text_en, self.text_zh)
        return first or second

    @property
    def validity(self) -> str:
        """Of an approved claim: `past` its date, `ending` within ENDING, else empty."""
        if self.status != self.Status.APPROVED or self.valid_until is None:
            return ""
        left = self.valid_until - timezone.localdate()
        return "past" if left < timedelta(0) else "ending" if left <= ENDING else ""

    @property
    def text(self) -> str:
        """The text in the reader's language."""
        return self.text_in(get_language() or "en")


class Evidence(Row):
    """What proves a claim."""

    class Kind(models.TextChoices):
        BENCHMARK = "benchmark", _("Benchmark")
        DOCUMENT = "document", _("Document")
        QUOTE = "quote", _("Quote")
        CALL = "call", _("Call")
        DEAL = "deal", _("Deal")

    claim = models.ForeignKey(Claim, verbose_name=_("claim"), on_delete=models.CASCADE, related_name="evidence")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    title = models.CharField(_("title"), max_length=200)
    url = models.URLField(_("address"), blank=True)
    date = models.DateField(_("date"), null=True, blank=True)
    metric = models.CharField(_("metric"), max_length=80, blank=True)
    value = models.CharField(_("value"), max_length=80, blank=True)
    sample_size = models.PositiveIntegerField(_("sample size"), null=True, blank=True)
    model_version = models.CharField(_("model version"), max_length=80, blank=True)

    class Meta:
        ordering = ["-date", "id"]
        verbose_name, verbose_name_plural = _("evidence"), _("evidence")

    def __str__(self) -> str:
        return self.title

    @property
    def told(self) -> str:
        """The title if it is in the reader's script, else the kind of proof."""
        chinese = bool(_CHINESE.search(self.title))
        return self.title if chinese == (get_language() or "en").startswith("zh") else self.get_kind_display()
