"""The one router of /api/v1/."""

from __future__ import annotations

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView
from rest_framework.routers import DefaultRouter

from core.api.jobs import JobViewSet
from core.api.needs import NeedViewSet
from crm.api.claims import ClaimViewSet
from crm.api.companies import CompanyViewSet
from crm.api.contacts import ContactViewSet
from crm.api.leads import LeadViewSet
from crm.api.messages import MessageViewSet
from crm.api.pitches import PitchViewSet
from crm.api.requirements import RequirementViewSet
from marketing.api.campaigns import AudienceViewSet, CampaignViewSet

router = DefaultRouter()
router.register("leads", LeadViewSet, basename="api-lead")
router.register("companies", CompanyViewSet, basename="api-company")
router.register("contacts", ContactViewSet, basename="api-contact")
router.register("claims", ClaimViewSet, basename="api-claim")
router.register("pitches", PitchViewSet, basename="api-pitch")
router.register("messages", MessageViewSet, basename="api-message")
router.register(r"leads/(?P<lead_pk>\d{1,18})/requirements", RequirementViewSet, basename="api-requirement")
router.register("campaigns", CampaignViewSet, basename="api-campaign")
router.register("audiences", AudienceViewSet, basename="api-audience")
router.register("needs", NeedViewSet, basename="api-need")
router.register("jobs", JobViewSet, basename="api-job")

urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("", include(router.urls)),
]
