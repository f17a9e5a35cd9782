"""The one router of /api/v1/."""

from __future__ import annotations

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView
from rest_framework.routers import DefaultRouter

from crm.api.claims import ClaimViewSet

router = DefaultRouter()
router.register("claims", ClaimViewSet, basename="api-claim")

urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("", include(router.urls)),
]
