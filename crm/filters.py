"""Filters of the lists, read from the URL; the same ones serve list, board and API."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from core.models import Need, Segment, User
from core.scoping import reach
from crm.models import Company, Contact, Lead, Pipeline, Requirement, Stage

STATES = [("open", _("open")), ("won", _("won")), ("lost", _("lost")), ("all", _("all"))]
STEPS = [("late", _("late")), ("today", _("due today")), ("planned", _("planned")), ("none", _("none set"))]


def owners_for(user: User) -> QuerySet[User]:
    """Return the people whose rows `user` may see: their team, or everybody."""
    if reach(user, "sales") == "none":
        return User.objects.none()
    people = User.objects.filter(is_active=True, role__in=[User.Role.REP, User.Role.MANAGER, User.Role.ADMIN])
    if reach(user, "sales") == "all":
        return people
    return people.filter(team=user.team) if user.team_id else people.filter(pk=user.pk)


class OwnerFilter(django_filters.ChoiceFilter):
    """A person by id, `me`, or `none` for rows nobody took yet."""

    def filter(self, rows: QuerySet[Any], value: Any) -> QuerySet[Any]:
        """Keep the rows of that owner."""
        if not value:
            return rows
        if value == "none":
            return rows.filter(owner__isnull=True)
        return rows.filter(owner=self.parent.request.user if value == "me" else value)


class _Owned(django_filters.FilterSet):
    owner = OwnerFilter(label=_("Owner"), choices=[], empty_label=_("anyone"))
    q = django_filters.CharFilter(label=_("Contains"), method="contains")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = [(str(person.pk), str(person)) for person in owners_for(self.request.user)]
        owner = self.filters["owner"]
        owner.extra["choices"] = [("me", _("me")), ("none", _("nobody yet")), *people]
        vars(owner).pop(
            "_field", None
        )  # the API schema builds the class's field, without people; copies carry it along

    def contains(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Keep rows whose name contains the text."""
        return rows.filter(name__icontains=value)


class LeadFilter(_Owned):
    """Leads by state, stage, next step, need, segment, owner, and words in title or company."""

    state = django_filters.ChoiceFilter(label=_("State"), choices=STATES, method="by_state", empty_label=None)
    pipeline = django_filters.ModelChoiceFilter(
        label=_("Pipeline"), queryset=Pipeline.objects.all(), empty_label=_("any")
    )
    stage = django_filters.ModelChoiceFilter(
        label=_("Stage"), queryset=Stage.objects.select_related("pipeline"), empty_label=_("any")
    )
    step = django_filters.ChoiceFilter(label=_("Next step"), choices=STEPS, method="by_step", empty_label=_("any"))
    rot = django_filters.ChoiceFilter(
        label=_("Rotting"), choices=[("1", _("yes"))], method="by_rot", empty_label=_("does not matter")
    )
    need = django_filters.ModelChoiceFilter(
        label=_("Need"),
        queryset=Need.objects.filter(active=True),
        to_field_name="key",
        method="by_need",
        empty_label=_("any"),
    )
    segment = django_filters.ModelChoiceFilter(label=_("Segment"), queryset=Segment.objects.all(), empty_label=_("any"))
    company = django_filters.ModelChoiceFilter(
        label=_("Company"), queryset=lambda request: Company.objects.for_user(request.user), empty_label=_("any")
    )

    class Meta:
        model = Lead
        fields: list[str] = []

    def by_state(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Keep open, won or lost ones."""
        return rows if value == "all" else rows.filter(stage__kind=value)

    def by_step(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Keep leads by the state of their next step."""
        return rows.with_step(value)

    def by_rot(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Keep leads that are longer in their stage than expected."""
        return rows.rotting()

    def by_need(self, rows: QuerySet[Any], name: str, value: Need) -> QuerySet[Any]:
        """Keep leads that want this; declined requirements do not count."""
        wanted = Requirement.objects.filter(lead=OuterRef("pk"), need=value).standing()
        return rows.filter(Exists(wanted))

    def contains(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Keep leads whose title or company contains the text."""
        return rows.filter(Q(title__icontains=value) | Q(company__name__icontains=value))


class CompanyFilter(_Owned):
    """Companies by owner, industry, country and words in name or domain."""

    industry = django_filters.CharFilter(label=_("Industry"), field_name="industry", lookup_expr="iexact")
    country = django_filters.CharFilter(label=_("Country"), field_name="country", lookup_expr="iexact")

    class Meta:
        model = Company
        fields: list[str] = []

    def contains(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Keep companies whose name or domain contains the text."""
        return rows.filter(Q(name__icontains=value) | Q(domain__icontains=value))


class ContactFilter(_Owned):
    """Contacts by owner, role, company and words in name, e-mail or job title."""

    role = django_filters.ChoiceFilter(label=_("Role"), choices=Contact.Role.choices, empty_label=_("any"))
    company = django_filters.ModelChoiceFilter(
        label=_("Company"), queryset=lambda request: Company.objects.for_user(request.user), empty_label=_("any")
    )

    class Meta:
        model = Contact
        fields: list[str] = []

    def contains(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Keep contacts whose name, e-mail, job title or company contains the text."""
        words = Q(name__icontains=value) | Q(email__icontains=value) | Q(title__icontains=value)
        return rows.filter(words | Q(company__name__icontains=value))
