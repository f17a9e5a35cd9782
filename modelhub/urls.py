"""Addresses of the model hub."""

from __future__ import annotations

from django.urls import path

from modelhub.views import hub

urlpatterns = [
    path("", hub.hub, name="hub"),
    path("versions/<slug:key>/", hub.version, name="hub-version"),
    path("predictions/", hub.predictions, name="hub-predictions"),
]
