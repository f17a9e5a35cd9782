"""The one record that travels from first contact to won or lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.models import Owned, Segment
from core.scoping import ScopedQuerySet
from crm.models.companies import Company, Contact
from crm.models.pipelines import Pipeline, Stage

FAR_FUTURE = datetime(9999, 1, 1, tzinfo=UTC)  # leads without a next step come last


class LeadQuerySet(ScopedQuerySet):
    """Leads a person sees, and the named filters that board, list, totals and pages share."""

    def open(self) -> LeadQuerySet:
        """Leads that are neither won nor lost."""
        return self.filter(stage__kind=Stage.Kind.OPEN)

    def with_related(self) -> LeadQuerySet:
        """Everything a card or a row draws, in one query."""
        return self.select_related("company", "contact", "stage", "owner", "segment", "pipeline")

    def overdue(self) -> LeadQuerySet:
        """Open leads whose next step is past."""
        return self.open().filter(next_step_at__lt=timezone.now())

    def with_step(self, state: str) -> LeadQuerySet:
        """Leads by the state of their next step: late, today, planned or none, as `Lead.step_state` names it."""
        return self.filter(step_condition(state))

    def rotting(self) -> LeadQuerySet:
        """Open leads that are longer in their stage than expected, as `Lead.rotting` says it."""
        now, late = timezone.now(), Q(pk__in=[])
        for stage in Stage.objects.filter(kind=Stage.Kind.OPEN):
            late |= Q(stage=stage, stage_since__lte=now - timedelta(days=stage.expected_days + 1))
        return self.filter(late)

    def by_step(self) -> LeadQuerySet:
        """Add `step_order`: the due time of the next step, the far future where there is none."""
        return self.annotate(step_order=Coalesce("next_step_at", Value(FAR_FUTURE)))


def step_condition(state: str) -> Q:
    """Return the condition of a state of the next step; raises KeyError for an unknown one."""
    now, tomorrow = timezone.now(), start_of_tomorrow()
    return {
        "late": Q(next_step_at__lt=now),
        "today": Q(next_step_at__gte=now, next_step_at__lt=tomorrow),
        "planned": Q(next_step_at__gte=tomorrow),
        "none": Q(next_step_at__isnull=True),
    }[state]


def start_of_tomorrow() -> datetime:
    """Return the next midnight in the reader's time zone."""
    today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    return today + timedelta(days=1)


class Lead(Owned):
    """A possible deal. Value in the currency's units; clarity 0–1 sums up what its messages make known."""

    class LostReason(models.TextChoices):
        PRICE = "price", _("Price")
        COMPETITOR = "competitor", _("Chose a competitor")
        IN_HOUSE = "in-house", _("Builds it in-house")
        NO_DECISION = "no-decision", _("No decision")
        MISSING = "missing", _("A need we cannot meet")
        TIMING = "timing", _("Bad timing")
        NOT_A_LEAD = "not-a-lead", _("Was no lead")

    title = models.CharField(_("title"), max_length=200)
    company = models.ForeignKey(
        Company, verbose_name=_("company"), null=True, blank=True, on_delete=models.PROTECT, related_name="leads"
    )
    contact = models.ForeignKey(
        Contact, verbose_name=_("contact"), null=True, blank=True, on_delete=models.SET_NULL, related_name="leads"
    )
    pipeline = models.ForeignKey(Pipeline, verbose_name=_("pipeline"), on_delete=models.PROTECT, related_name="leads")
    stage = models.ForeignKey(Stage, verbose_name=_("stage"), on_delete=models.PROTECT, related_name="leads")
    stage_since = models.DateTimeField(_("in stage since"), default=timezone.now)
    segment = models.ForeignKey(
        Segment, verbose_name=_("segment"), null=True, blank=True, on_delete=models.SET_NULL, related_name="leads"
    )
    value = models.DecimalField(_("value"), max_digits=14, decimal_places=2, default=0)
    currency = models.CharField(_("currency"), max_length=3, default="EUR")
    source = models.CharField(_("source"), max_length=60, blank=True)
    next_step = models.CharField(_("next step"), max_length=200, blank=True)
    next_step_at = models.DateTimeField(_("next step due"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    lost_reason = models.CharField(_("lost because"), max_length=12, choices=LostReason, blank=True)
    competitors = models.ManyToManyField(
        "crm.Competitor", verbose_name=_("competitors"), blank=True, related_name="leads"
    )
    clarity = models.FloatField(_("clarity"), default=0)

    objects = LeadQuerySet.as_manager()

    class Meta:
        ordering = ["-updated_at", "-id"]
        verbose_name, verbose_name_plural = _("lead"), _("leads")
        indexes = [
            models.Index(F("team"), F("updated_at").desc(), F("id").desc(), name="lead_team_recent"),
            models.Index(fields=["stage", "stage_since"], name="lead_stage"),
            models.Index(fields=["stage", "currency", "value", "contact"], name="lead_audience"),
            models.Index(F("team"), F("value").desc(), F("id").desc(), name="lead_team_value"),
            models.Index(F("team"), F("clarity").desc(), F("id").desc(), name="lead_team_clarity"),
            models.Index(F("team"), Coalesce("next_step_at", Value(FAR_FUTURE)), F("id"), name="lead_team_step"),
        ]
        constraints = [models.CheckConstraint(condition=Q(value__gte=0), name="lead_value_not_negative")]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("lead", args=[self.pk])

    @property
    def days_in_stage(self) -> int:
        """Whole days since the last move."""
        return (timezone.now() - self.stage_since).days

    @property
    def rotting(self) -> bool:
        """Open and longer in its stage than expected."""
        return self.stage.kind == Stage.Kind.OPEN and self.days_in_stage > self.stage.expected_days

    @property
    def customer(self) -> str:
        """The name under which the model hub knows whose texts belong together."""
        return f"crm.company:{self.company_id}" if self.company_id else f"crm.lead:{self.pk}"

    @property
    def closed(self) -> bool:
        """Won or lost."""
        return self.stage.kind != Stage.Kind.OPEN

    @property
    def step_state(self) -> str:
        """The state of the next step: late, today, planned or none."""
        if self.next_step_at is None:
            return "none"
        if self.next_step_at < timezone.now():
            return "late"
        return "today" if self.next_step_at < start_of_tomorrow() else "planned"
