"""Filters of campaigns, read from the URL; list, board, calendar and API share them."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from core.models import Need, User
from core.scoping import RULES
from crm.filters import OwnerFilter
from marketing.models import Campaign


def people() -> QuerySet[User]:
    """Return who sees campaigns, and so can own one or be given a task."""
    roles = [role for role, rules in RULES.items() if rules["marketing"][0] != "none"]
    return User.objects.filter(Q(role__in=roles) | Q(is_superuser=True), is_active=True)


class CampaignFilter(django_filters.FilterSet):
    """Campaigns by state, owner, channel, need, lack of dates, and words in name or goal."""

    state = django_filters.ChoiceFilter(label=_("State"), choices=Campaign.State.choices, empty_label=_("any"))
    owner = OwnerFilter(label=_("Owner"), choices=[], empty_label=_("anyone"))
    channel = django_filters.ChoiceFilter(label=_("Channel"), choices=Campaign.Channel.choices, empty_label=_("any"))
    need = django_filters.ModelChoiceFilter(
        label=_("Need"), queryset=Need.objects.all(), to_field_name="key", empty_label=_("any")
    )
    dates = django_filters.ChoiceFilter(
        label=_("Dates"), choices=[("none", _("none set"))], method="by_dates", empty_label=_("does not matter")
    )
    q = django_filters.CharFilter(label=_("Contains"), method="contains")

    class Meta:
        model = Campaign
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owner = self.filters["owner"]
        owner.extra["choices"] = [
            ("me", _("me")),
            ("none", _("nobody yet")),
            *((str(one.pk), str(one)) for one in people()),
        ]
        vars(owner).pop("_field", None)  # the API schema builds the class's field, without people; copies carry it on

    def by_dates(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Keep campaigns without any day."""
        return rows.filter(starts_on=None, ends_on=None)

    def contains(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Keep campaigns whose name or goal contains the text."""
        return rows.filter(Q(name__icontains=value) | Q(goal__icontains=value))
