"""Contacts over the API."""

from __future__ import annotations

from typing import Any

from core.models import User
from crm.api.records import RecordViewSet, ScopedFields
from crm.filters import ContactFilter
from crm.models import Contact
from crm.services import contacts


class ContactSerializer(ScopedFields):
    """A person at a company."""

    class Meta:
        model = Contact
        fields = [
            "id", "name", "company", "email", "phone", "title", "role", "language", "owner", "version", "created_at",
            "updated_at",
        ]  # fmt: skip


class ContactViewSet(RecordViewSet):
    """`/contacts/`: list, get, create, patch."""

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
