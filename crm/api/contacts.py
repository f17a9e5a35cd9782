"""Contacts over the API."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.models import User
from crm.api.records import RecordViewSet, ScopedFields, VersionMissing, expected_version
from crm.filters import ContactFilter
from crm.models import Contact
from crm.services import contact_merging, contacts


class ContactSerializer(ScopedFields):
    """A person at a company."""

    class Meta:
        model = Contact
        fields = [
            "id", "name", "company", "email", "phone", "title", "role", "language", "owner", "version", "created_at",
            "updated_at",
        ]  # fmt: skip


class MergeSerializer(serializers.Serializer):
    """The contact that becomes part of this one, and the versions of both that you saw; older ones are refused with 409."""

    other = serializers.IntegerField(min_value=1)
    version = serializers.IntegerField(min_value=1, required=False, help_text="of this one; or send If-Match")
    other_version = serializers.IntegerField(min_value=1)


class ContactViewSet(RecordViewSet):
    """`/contacts/`: list, get, create, patch, and merge."""

    serializer_class = ContactSerializer
    filterset_class = ContactFilter
    rows = Contact.objects.all()
    queryset = Contact.objects.none()

    def make(self, user: User, data: dict[str, Any]) -> Contact:
        """Make a contact."""
        return contacts.create(by=user, **data)

    def change(self, row: Contact, user: User, expected: int, data: dict[str, Any]) -> Contact:
        """Change fields of a contact."""
        contacts.edit(row, by=user, expected=expected, **data)
        return self.get_queryset().get(pk=row.pk)

    @extend_schema(request=MergeSerializer, responses=ContactSerializer)
    @action(detail=True, methods=["post"])
    def merge(self, request: Request, pk: str) -> Response:
        """Make another contact a part of this one. Done before: 409, which says so."""
        row, expected = self.editable(), expected_version(request)
        if "other_version" not in request.data:
            raise VersionMissing("Send the version of the other contact that you saw, as “other_version”.")
        asked = MergeSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        number = asked.validated_data["other"]
        if contact_merging.became(number, Contact.objects.filter(pk=row.pk)):
            raise contact_merging.AlreadyMerged(row)
        other = get_object_or_404(self.get_queryset(), pk=number)
        if not Contact.objects.for_user(request.user, "edit").filter(pk=other.pk).exists():
            raise PermissionDenied(_("You may read this, but only its owner or a sales manager may change it."))
        kept = contact_merging.merge(
            row, other, by=request.user, expected=expected, gone_expected=asked.validated_data["other_version"]
        )
        return Response(self.get_serializer(kept).data)
