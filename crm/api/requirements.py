"""Requirements of a lead over the API: list, add, and a person's verdicts on what a model proposed."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.models import Need
from crm.api.messages import RequirementSerializer
from crm.models import Lead, Message, Requirement
from crm.services import requirements

NEEDS = Need.objects.filter(active=True)


class NewRequirementSerializer(serializers.Serializer):
    """A need to add; with `message`, its words: by `start` and `end`, or as `quote`, which is looked up in the text."""

    need = serializers.SlugRelatedField(slug_field="key", queryset=NEEDS)
    message = serializers.IntegerField(required=False, min_value=1)
    start = serializers.IntegerField(required=False, min_value=0)
    end = serializers.IntegerField(required=False, min_value=0)
    quote = serializers.CharField(required=False, max_length=requirements.QUOTE_LIMIT, trim_whitespace=False)


class VersionSerializer(serializers.Serializer):
    """The version you saw; an older one is refused with 409."""

    version = serializers.IntegerField(min_value=1)


class ChangeSerializer(VersionSerializer):
    """The need the words really mean."""

    need = serializers.SlugRelatedField(slug_field="key", queryset=NEEDS)


class StatusSerializer(VersionSerializer):
    """How it stands."""

    status = serializers.ChoiceField(["confirmed", "met", "gap", "declined"])


class PrioritySerializer(VersionSerializer):
    """How much the lead wants it."""

    priority = serializers.ChoiceField(Requirement.Priority.choices)


class RequirementViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """`/leads/<id>/requirements/`: list, get, post, and the verbs confirm, reject, change, status, priority."""

    serializer_class = RequirementSerializer
    queryset = Requirement.objects.none()
    lookup_value_regex = r"\d{1,18}"

    def get_queryset(self) -> QuerySet[Requirement]:
        """Requirements of a lead the user reads."""
        lead = self.kwargs.get("lead_pk")
        rows = Requirement.objects.for_user(self.request.user).filter(lead_id=lead)
        return rows.select_related("need", "lead").prefetch_related("quotes")

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List requirements, declined ones too."""
        self._lead()
        return super().list(request, *args, **kwargs)

    @extend_schema(request=NewRequirementSerializer, responses={201: RequirementSerializer})
    def create(self, request: Request, lead_pk: str) -> Response:
        """Add a need, with or without the words that carry it."""
        lead = self._lead(edit=True)
        values = self._asked(NewRequirementSerializer)
        message, start, end = None, values.get("start"), values.get("end")
        if "message" in values:
            message = get_object_or_404(Message.objects.for_user(request.user), pk=values["message"], lead=lead)
            if values.get("quote") and start is None:
                start, end = requirements.locate(message, values["quote"])
        row = requirements.add(lead, values["need"], by=request.user, message=message, start=start, end=end)
        return self._answer(row, status.HTTP_201_CREATED)

    @extend_schema(request=VersionSerializer, responses=RequirementSerializer)
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, lead_pk: str, pk: str) -> Response:
        """Say that the lead does want it."""
        row, values = self._row(), self._asked(VersionSerializer)
        return self._answer(requirements.confirm(row, by=request.user, expected=values["version"]))

    @extend_schema(request=VersionSerializer, responses=RequirementSerializer)
    @action(detail=True, methods=["post"])
    def reject(self, request: Request, lead_pk: str, pk: str) -> Response:
        """Say that the lead does not want it."""
        row, values = self._row(), self._asked(VersionSerializer)
        return self._answer(requirements.reject(row, by=request.user, expected=values["version"]))

    @extend_schema(request=ChangeSerializer, responses=RequirementSerializer)
    @action(detail=True, methods=["post"])
    def change(self, request: Request, lead_pk: str, pk: str) -> Response:
        """Say that the words mean another need; the answer is the requirement of that need."""
        row, values = self._row(), self._asked(ChangeSerializer)
        return self._answer(requirements.change(row, values["need"], by=request.user, expected=values["version"]))

    @extend_schema(request=StatusSerializer, responses=RequirementSerializer)
    @action(detail=True, methods=["post"], url_path="status")
    def set_status(self, request: Request, lead_pk: str, pk: str) -> Response:
        """Mark it as confirmed, met, a gap, or declined."""
        row, values = self._row(), self._asked(StatusSerializer)
        changed = requirements.set_status(row, values["status"], by=request.user, expected=values["version"])
        return self._answer(changed)

    @extend_schema(request=PrioritySerializer, responses=RequirementSerializer)
    @action(detail=True, methods=["post"], url_path="priority")
    def set_priority(self, request: Request, lead_pk: str, pk: str) -> Response:
        """Say how much the lead wants it."""
        row, values = self._row(), self._asked(PrioritySerializer)
        changed = requirements.set_priority(row, values["priority"], by=request.user, expected=values["version"])
        return self._answer(changed)

    def _lead(self, *, edit: bool = False) -> Lead:
        lead: Lead = get_object_or_404(Lead.objects.for_user(self.request.user), pk=self.kwargs["lead_pk"])
        if edit and not Lead.objects.for_user(self.request.user, "edit").filter(pk=lead.pk).exists():
            self.permission_denied(self.request, message=_("You may read this lead, not change it."))
        return lead

    def _row(self) -> Requirement:
        self._lead(edit=True)
        row: Requirement = self.get_object()
        return row

    def _asked(self, kind: type[serializers.Serializer]) -> dict[str, Any]:
        asked = kind(data=self.request.data)
        asked.is_valid(raise_exception=True)
        return dict(asked.validated_data)

    def _answer(self, row: Requirement, code: int = status.HTTP_200_OK) -> Response:
        fresh = self.get_queryset().get(pk=row.pk)
        return Response(self.get_serializer(fresh).data, status=code)
