"""Claims over the API: everybody reads, marketing writes; the services hold the rules."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.models import Need
from core.scoping import may
from crm.api.records import expected_version
from crm.models import Claim, Evidence
from crm.services import claims


class EvidenceSerializer(serializers.ModelSerializer):
    """What proves a claim."""

    class Meta:
        model = Evidence
        fields = ["id", "kind", "title", "url", "date", "metric", "value", "sample_size", "model_version"]


class ClaimSerializer(serializers.ModelSerializer):
    """A claim; `version` must come along with a change, so that a stale one is refused with 409."""

    needs = serializers.SlugRelatedField(slug_field="key", many=True, queryset=Need.objects.all(), required=False)
    evidence = EvidenceSerializer(many=True, read_only=True)
    version = serializers.IntegerField(required=False)

    class Meta:
        model = Claim
        fields = [
            "id", "text_en", "text_zh", "product", "competitor", "kind", "visibility", "status", "valid_from", "valid_until",
            "needs", "segments", "evidence", "version", "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = ["status"]


class ClaimViewSet(viewsets.ModelViewSet):
    """`/claims/`: list, get, create, patch, and the verbs approve, expire, reopen."""

    serializer_class = ClaimSerializer
    http_method_names = ["get", "post", "patch", "head", "options"]
    queryset = Claim.objects.none()

    def get_queryset(self) -> QuerySet[Claim]:
        """Return what the user may read; for writing, nothing unless they may edit claims."""
        return Claim.objects.for_user(self.request.user).prefetch_related("needs", "segments", "evidence")

    def check_permissions(self, request: Request) -> None:
        """Refuse writing to those who only read."""
        super().check_permissions(request)
        if request.method not in ("GET", "HEAD", "OPTIONS") and not may(request.user, "claims", "edit"):
            self.permission_denied(request, message="Claims are kept by marketing.")

    def perform_create(self, serializer: serializers.BaseSerializer) -> None:
        """Write a draft."""
        data = _split(serializer)
        serializer.instance = claims.create(by=self.request.user, **data)

    def perform_update(self, serializer: serializers.BaseSerializer) -> None:
        """Change a claim against the version that was seen; without one nothing is written (428)."""
        expected = expected_version(self.request)
        data = _split(serializer)
        serializer.instance = claims.edit(serializer.instance, by=self.request.user, expected=expected, **data)

    def _verb(self, request: Request, verb: Any) -> Response:
        claim = self.get_object()
        verb(claim, by=request.user, expected=expected_version(request))
        return Response(self.get_serializer(claim).data)

    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: str | None = None) -> Response:
        """Let pitches use the claim."""
        return self._verb(request, claims.approve)

    @action(detail=True, methods=["post"])
    def expire(self, request: Request, pk: str | None = None) -> Response:
        """Take the claim out of use."""
        return self._verb(request, claims.expire)

    @action(detail=True, methods=["post"])
    def reopen(self, request: Request, pk: str | None = None) -> Response:
        """Make the claim a draft again."""
        return self._verb(request, claims.reopen)


def _split(serializer: serializers.BaseSerializer) -> dict[str, Any]:
    data = {name: value for name, value in serializer.validated_data.items() if name != "version"}
    if "segments" in data:
        data["only_for"] = data.pop("segments")
    return data
