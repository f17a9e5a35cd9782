"""Addresses of the sales pages."""

from __future__ import annotations

from django.urls import path

from crm.views import claims, competitors, radar

urlpatterns = [
    # claims and competitors
    path("claims/", claims.claim_list, name="claims"),
    path("claims/new/", claims.claim_new, name="claim-new"),
    path("claims/<int:pk>/", claims.claim_page, name="claim"),
    path("claims/<int:pk>/edit/", claims.claim_edit, name="claim-edit"),
    path("claims/<int:pk>/evidence/", claims.evidence_add, name="evidence-add"),
    path("claims/<int:pk>/approve/", claims.claim_verb, {"verb": "approve"}, name="claim-approve"),
    path("claims/<int:pk>/expire/", claims.claim_verb, {"verb": "expire"}, name="claim-expire"),
    path("claims/<int:pk>/reopen/", claims.claim_verb, {"verb": "reopen"}, name="claim-reopen"),
    path("evidence/<int:pk>/remove/", claims.evidence_remove, name="evidence-remove"),
    path("competitors/", competitors.competitor_list, name="competitors"),
    path("competitors/<int:pk>/", competitors.competitor_page, name="competitor"),
    path("competitors/<int:pk>/note/", competitors.note_add, name="competitor-note"),
    # radar
    path("requirements/", radar.radar, name="radar"),
    path("requirements/<slug:key>/", radar.need, name="need"),
]
