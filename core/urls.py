"""Addresses of the core pages."""

from __future__ import annotations

from django.urls import path

from core.views import account, entry, health, jobs, search

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("enter/", entry.enter, name="enter"),
    path("more/", entry.more, name="more"),
    path("account/", account.account, name="account"),
    path("account/theme/", account.theme, name="account-theme"),
    path("account/language/", account.language, name="account-language"),
    path("account/tokens/", account.token_new, name="token-new"),
    path("account/tokens/<int:pk>/revoke/", account.token_revoke, name="token-revoke"),
    path("search/", search.search, name="search"),
    path("jobs/", jobs.job_list, name="jobs"),
    path("jobs/<int:pk>/", jobs.job_page, name="job"),
    path("jobs/<int:pk>/cancel/", jobs.job_cancel, name="job-cancel"),
]
