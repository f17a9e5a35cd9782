"""Leads over the API; rules and gates are the services'."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.models import User
from crm.api.records import RecordViewSet, ScopedFields, expected_version
from crm.filters import LeadFilter
from crm.models import Lead, Stage
from crm.services import leads


class LeadSerializer(ScopedFields):
    """A lead. Value in units of `currency`; stage is changed by `move/`, segment and clarity are found, not set."""

    class Meta:
        model = Lead
        fields = [
            "id", "title", "company", "contact", "owner", "pipeline", "stage", "stage_since", "segment", "value", "currency",
            "source", "next_step", "next_step_at", "closed_at", "lost_reason", "competitors", "clarity", "version",
            "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = ["stage", "stage_since", "segment", "closed_at", "lost_reason", "clarity"]
        extra_kwargs = {"pipeline": {"required": False}, "competitors": {"required": False}}


class MoveSerializer(serializers.Serializer):
    """Where to; a lost stage asks for `lost_reason`."""

    stage = serializers.PrimaryKeyRelatedField(queryset=Stage.objects.select_related("pipeline"))
    lost_reason = serializers.ChoiceField(choices=Lead.LostReason.choices, required=False, default="", allow_blank=True)
    note = serializers.CharField(required=False, default="", allow_blank=True, max_length=2000)


class LeadViewSet(RecordViewSet):
    """`/leads/`: list, get, create, patch, move."""

    serializer_class = LeadSerializer
    filterset_class = LeadFilter
    rows = Lead.objects.all()
    queryset = Lead.objects.none()

    def get_queryset(self) -> Any:
        """Return the leads the caller sees, with what a row shows."""
        return super().get_queryset().with_related().prefetch_related("competitors")

    def make(self, user: User, data: dict[str, Any]) -> Lead:
        """Make a lead."""
        rivals = data.pop("competitors", None)
        lead = leads.create(by=user, **data)
        if rivals:
            lead.competitors.set(rivals)
        return lead

    def change(self, row: Lead, user: User, expected: int, data: dict[str, Any]) -> Lead:
        """Change fields of a lead."""
        leads.edit(row, by=user, expected=expected, **data)
        return self.get_queryset().get(pk=row.pk)

    @action(detail=True, methods=["post"])
    def move(self, request: Request, pk: str | None = None) -> Response:
        """Move a lead to another stage; a shut gate answers 400 and says what is missing."""
        lead = self.editable()
        expected = expected_version(request)
        data = MoveSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        wanted = data.validated_data
        leads.move(
            lead,
            wanted["stage"],
            by=request.user,
            expected=expected,
            lost_reason=wanted["lost_reason"],
            note=wanted["note"],
        )
        return Response(self.get_serializer(self.get_queryset().get(pk=lead.pk)).data)
