"""All addresses."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("core.urls")),
    path("", include("crm.urls")),
    path("hub/", include("modelhub.urls")),
    path("", include("marketing.urls")),
    path("account/", include("allauth.urls")),
    path("api/v1/", include("config.api")),
    path("admin/", admin.site.urls),
]

handler403 = "core.views.problems.forbidden"
handler404 = "core.views.problems.not_found"
handler500 = "core.views.problems.broken"
