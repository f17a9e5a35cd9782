"""Addresses of the marketing side."""

from __future__ import annotations

from django.urls import URLPattern, path

from marketing.views import campaigns

urlpatterns: list[URLPattern] = [
    # audiences
    # campaigns: plan
    path("campaigns/", campaigns.campaign_list, name="campaigns"),
    path("campaigns/<int:pk>/", campaigns.campaign_page, name="campaign"),
    # campaigns: copy
    # campaigns: sending
    # campaigns: results
]
