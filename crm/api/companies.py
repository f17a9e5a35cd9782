"""Companies over the API."""

from __future__ import annotations

from typing import Any

from core.models import User
from crm.api.records import RecordViewSet, ScopedFields
from crm.filters import CompanyFilter
from crm.models import Company
from crm.services import companies


class CompanySerializer(ScopedFields):
    """A company."""

    class Meta:
        model = Company
        fields = [
            "id", "name", "domain", "industry", "employees", "country", "region", "language", "notes", "owner", "version",
            "created_at", "updated_at",
        ]  # fmt: skip


class CompanyViewSet(RecordViewSet):
    """`/companies/`: list, get, create, patch."""

    serializer_class = CompanySerializer
    filterset_class = CompanyFilter
    rows = Company.objects.all()
    queryset = Company.objects.none()

    def make(self, user: User, data: dict[str, Any]) -> Company:
        """Make a company."""
        return companies.create(by=user, **data)

    def change(self, row: Company, user: User, expected: int, data: dict[str, Any]) -> Company:
        """Change fields of a company."""
        companies.edit(row, by=user, expected=expected, **data)
        return self.get_queryset().get(pk=row.pk)
