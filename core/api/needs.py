"""The needs over the API: keys and words, for programs that send or correct requirements."""

from __future__ import annotations

from rest_framework import mixins, serializers, viewsets

from core.models import Need


class NeedSerializer(serializers.ModelSerializer):
    """A need that is switched on."""

    class Meta:
        model = Need
        fields = ["key", "facet", "name_en", "name_zh", "description_en", "description_zh"]


class NeedViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """All needs in their order, on one page; the house's words, the same for everybody who signs in."""

    queryset = Need.objects.filter(active=True)
    serializer_class = NeedSerializer
    pagination_class = None
    lookup_field = "key"
    lookup_value_regex = "[-a-z0-9]{1,60}"
