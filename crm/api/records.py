"""What leads, companies and contacts share over the API: rows of the caller's scope, edits against a version."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework import mixins, serializers, viewsets
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response

from core.models import User
from core.scoping import ScopedQuerySet, may
from crm.filters import owners_for
from crm.models import Company, Contact


class VersionMissing(APIException):
    """A change must say which version it was made against."""

    status_code = 428
    default_detail = "Send the version you saw, as If-Match or as “version” in the body."
    default_code = "version_missing"


def expected_version(request: Request) -> int:
    """Return the version of `If-Match: "3"` or of `version` in the body; raises VersionMissing if neither is a number."""
    sent = request.headers.get("If-Match", "").strip().removeprefix("W/").strip('"') or str(
        request.data.get("version", "")
    )
    if not sent.isdecimal() or len(sent) > 15:
        raise VersionMissing
    return int(sent)


class ScopedFields(serializers.ModelSerializer):
    """A record; what it points to is chosen among the rows the caller sees."""

    version = serializers.IntegerField(read_only=True)

    def get_fields(self) -> dict[str, Any]:
        """Narrow companies, contacts and owners to the caller's."""
        fields = super().get_fields()
        request = self.context.get("request")
        user = request.user if request is not None else None
        if user is None or not user.is_authenticated:
            return fields
        scopes = {
            "company": Company.objects.for_user(user),
            "contact": Contact.objects.for_user(user),
            "owner": owners_for(user),
        }
        for name, rows in scopes.items():
            if name in fields and not fields[name].read_only:
                fields[name].queryset = rows
        return fields


class RecordViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.CreateModelMixin, viewsets.GenericViewSet, ABC
):  # fmt: skip
    """List, get, create and patch. A stranger gets 404, a reader who writes 403, a stale version 409."""

    http_method_names = ["get", "post", "patch", "head", "options"]
    filter_backends = [DjangoFilterBackend]
    rows: ScopedQuerySet

    def get_queryset(self) -> Any:
        """Return the rows the caller sees."""
        return self.rows.for_user(self.request.user)

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        """Send the version of a single row as its ETag."""
        response = super().finalize_response(request, response, *args, **kwargs)
        data = getattr(response, "data", None)
        if isinstance(data, dict) and "version" in data and response.status_code < 300:
            response["ETag"] = f'"{data["version"]}"'
        return response

    def editable(self) -> Any:
        """Return the addressed row if the caller may change it."""
        row = self.get_object()
        if not self.rows.for_user(self.request.user, "edit").filter(pk=row.pk).exists():
            raise PermissionDenied(_("You may read this, but only its owner or a sales manager may change it."))
        return row

    def perform_create(self, serializer: serializers.BaseSerializer) -> None:
        """Make the row by its service."""
        if not may(self.request.user, "sales", "edit"):
            raise PermissionDenied(_("Leads, companies and contacts are kept by sales. Nothing was written."))
        serializer.instance = self.make(self.request.user, serializer.validated_data)

    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change the sent fields against the version that was seen."""
        row = self.editable()
        expected = expected_version(request)
        serializer = self.get_serializer(row, data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        changed = self.change(row, request.user, expected, serializer.validated_data)
        return Response(self.get_serializer(changed).data)

    @abstractmethod
    def make(self, user: User, data: dict[str, Any]) -> Any:
        """Make a row; each noun calls its service."""

    @abstractmethod
    def change(self, row: Any, user: User, expected: int, data: dict[str, Any]) -> Any:
        """Change a row; each noun calls its service."""
