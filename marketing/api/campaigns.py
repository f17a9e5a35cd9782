"""Campaigns and audiences over the API: who sees campaigns reads, marketing plans; the services hold the rules."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework import mixins, serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from core.models import Need, User
from core.scoping import may
from crm.api.records import expected_version
from marketing.filters import CampaignFilter, people
from marketing.models import Audience, Campaign
from marketing.services import campaigns
from marketing.services.campaigns import EDITABLE


class CampaignSerializer(serializers.ModelSerializer):
    """A campaign's plan. Its state changes by approval and sending, not by a field."""

    need = serializers.SlugRelatedField(slug_field="key", queryset=Need.objects.all(), required=False, allow_null=True)
    version = serializers.IntegerField(read_only=True)

    class Meta:
        model = Campaign
        fields = ["id", *EDITABLE, "state", "send_at", "version", "created_at", "updated_at"]
        read_only_fields = ["state", "send_at"]

    def get_fields(self) -> dict[str, Any]:
        """Let only people who see campaigns own one."""
        fields = super().get_fields()
        fields["owner"].queryset = people()
        return fields


class AudienceSerializer(serializers.ModelSerializer):
    """An audience and its conditions; who is in it is computed when it is asked for."""

    class Meta:
        model = Audience
        fields = ["id", "name", "description", "conditions", "owner", "version", "created_at", "updated_at"]


class _Marketing(viewsets.GenericViewSet):
    """Refuses who sees no campaigns, and writing to those who only read, before anything is looked up."""

    def check_permissions(self, request: Request) -> None:
        """Answer 403 by role; whoever is signed out gets 401 first."""
        super().check_permissions(request)
        action = "read" if request.method in ("GET", "HEAD", "OPTIONS") else "edit"
        if not may(request.user, "marketing", action):
            self.permission_denied(request, message=_("Campaigns and audiences are kept by marketing."))


class CampaignViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.CreateModelMixin, _Marketing
):  # fmt: skip
    """`/campaigns/`: list, get, create, patch with the version that was seen."""

    serializer_class = CampaignSerializer
    filterset_class = CampaignFilter
    filter_backends = [DjangoFilterBackend]
    http_method_names = ["get", "post", "patch", "head", "options"]
    queryset = Campaign.objects.none()

    def get_queryset(self) -> QuerySet[Campaign]:
        """Return what the caller sees."""
        return Campaign.objects.for_user(self.request.user).select_related("need")

    def perform_create(self, serializer: serializers.BaseSerializer) -> None:
        """Plan a campaign."""
        user: User = self.request.user
        serializer.instance = campaigns.create(by=user, **serializer.validated_data)

    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change the sent fields; a stale version is answered with 409, none with 428."""
        campaign = self.get_object()
        expected = expected_version(request)
        serializer = self.get_serializer(campaign, data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        campaigns.edit(campaign, by=request.user, expected=expected, **serializer.validated_data)
        return Response(self.get_serializer(self.get_queryset().get(pk=campaign.pk)).data)


class AudienceViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, _Marketing):
    """`/audiences/`: list and get."""

    serializer_class = AudienceSerializer
    queryset = Audience.objects.none()

    def get_queryset(self) -> QuerySet[Audience]:
        """Return what the caller sees."""
        return Audience.objects.for_user(self.request.user)
