"""Jobs over the API: how far the caller's own work is."""

from __future__ import annotations

from django.db.models import QuerySet
from rest_framework import mixins, serializers, viewsets

from core.models import Job


class JobSerializer(serializers.ModelSerializer):
    """State and progress; `share` in per cent. What a job was given stays inside."""

    share = serializers.IntegerField(read_only=True)

    class Meta:
        model = Job
        fields = [
            "id", "kind", "state", "done", "total", "share", "note", "error", "attempts", "created_at", "started_at",
            "finished_at",
        ]  # fmt: skip


class JobViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """The caller's jobs, newest first; all of them for admins."""

    queryset = Job.objects.none()  # names the model to the schema; rows come from get_queryset
    serializer_class = JobSerializer

    def get_queryset(self) -> QuerySet[Job]:
        """Rows of the caller's scope."""
        return Job.objects.for_user(self.request.user)
