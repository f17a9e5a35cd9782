"""Addresses of the model hub."""

from __future__ import annotations

from django.urls import path

from modelhub.views import evaluations, hub

urlpatterns = [
    path("", hub.hub, name="hub"),
    path("versions/<slug:key>/", hub.version, name="hub-version"),
    path("versions/<slug:key>/compare/", evaluations.compare, name="hub-compare"),
    path("evaluations/<int:pk>/", evaluations.evaluation, name="hub-evaluation"),
    path("datasets/<int:pk>/curve/", evaluations.draw_curve, name="hub-curve"),
    path("predictions/", hub.predictions, name="hub-predictions"),
]
