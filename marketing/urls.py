"""Addresses of the marketing side."""

from __future__ import annotations

from django.urls import URLPattern, path

from marketing.views import (
    approval,
    audience_edit,
    audiences,
    campaign_audience,
    campaign_edit,
    campaigns,
    claim_usage,
    contact_marketing,
    copies,
    copy_preview,
    copy_sentences,
    plan,
    public,
    results,
    sending,
)

urlpatterns: list[URLPattern] = [
    # audiences
    path("audiences/", audiences.audience_list, name="audiences"),
    path("audiences/new/", audience_edit.audience_new, name="audience-new"),
    path("audiences/<int:pk>/", audiences.audience_page, name="audience"),
    path("audiences/<int:pk>/count/", audiences.audience_count, name="audience-count"),
    path("audiences/<int:pk>/why/", audiences.audience_why, name="audience-why"),
    path("audiences/<int:pk>/edit/", audience_edit.audience_edit, name="audience-edit"),
    path("audiences/<int:pk>/duplicate/", audience_edit.audience_duplicate, name="audience-duplicate"),
    path("audiences/<int:pk>/delete/", audience_edit.audience_delete, name="audience-delete"),
    path("audiences/<int:pk>/export/", audience_edit.audience_file, name="audience-export"),
    path("campaigns/<int:pk>/audience/", campaign_audience.campaign_audience, name="campaign-audience"),
    path("campaigns/<int:pk>/audience/reach/", campaign_audience.campaign_reach, name="campaign-reach"),
    path("contacts/<int:pk>/marketing/", contact_marketing.contact_marketing, name="contact-marketing"),
    path("contacts/<int:pk>/consent/", contact_marketing.contact_consent, name="contact-consent"),
    # campaigns: plan
    path("campaigns/", campaigns.campaign_list, name="campaigns"),
    path("campaigns/board/", campaigns.board, name="campaign-board"),
    path("campaigns/calendar/", campaigns.calendar_page, name="campaign-calendar"),
    path("campaigns/new/", campaign_edit.campaign_new, name="campaign-new"),
    path("campaigns/<int:pk>/", plan.campaign_page, name="campaign"),
    path("campaigns/<int:pk>/edit/", campaign_edit.campaign_edit, name="campaign-edit"),
    path("campaigns/<int:pk>/clone/", campaign_edit.campaign_clone, name="campaign-clone"),
    path("campaigns/<int:pk>/finish/", plan.campaign_verb, {"verb": "finish"}, name="campaign-finish"),
    path("campaigns/<int:pk>/cancel/", plan.campaign_verb, {"verb": "cancel"}, name="campaign-cancel"),
    path("campaigns/<int:pk>/reopen/", plan.campaign_verb, {"verb": "reopen"}, name="campaign-reopen"),
    path("campaigns/<int:pk>/costs/", plan.cost_add, name="campaign-cost-add"),
    path("campaigns/<int:pk>/tasks/", plan.task_add, name="campaign-task-add"),
    path("campaign-costs/<int:pk>/remove/", plan.cost_remove, name="campaign-cost-remove"),
    path("campaign-tasks/<int:pk>/done/", plan.task_verb, {"verb": "done"}, name="campaign-task-done"),
    path("campaign-tasks/<int:pk>/open/", plan.task_verb, {"verb": "open"}, name="campaign-task-open"),
    path("campaign-tasks/<int:pk>/remove/", plan.task_verb, {"verb": "remove"}, name="campaign-task-remove"),
    path("claims/<int:pk>/campaigns/", claim_usage.claim_campaigns, name="claim-campaigns"),
    # campaigns: copy
    path("campaigns/<int:pk>/copy/", copies.copy_page, name="campaign-copy"),
    path("campaigns/<int:pk>/copy/new/", copies.copy_new, name="copy-new"),
    path("campaigns/<int:pk>/copy/preflight/", approval.preflight_page, name="campaign-preflight"),
    path("campaigns/<int:pk>/copy/ask/", approval.verb, {"verb": "ask"}, name="campaign-ask"),
    path("campaigns/<int:pk>/copy/approve/", approval.verb, {"verb": "approve"}, name="campaign-approve"),
    path("campaigns/<int:pk>/copy/send-back/", approval.verb, {"verb": "send-back"}, name="campaign-send-back"),
    path("campaigns/copies/<int:pk>/again/", copies.verb, {"verb": "again"}, name="copy-again"),
    path("campaigns/copies/<int:pk>/subjects/", copies.verb, {"verb": "subjects"}, name="copy-subjects"),
    path("campaigns/copies/<int:pk>/remove/", copies.verb, {"verb": "remove"}, name="copy-remove"),
    path("campaigns/copies/<int:pk>/preview/", copy_preview.preview, name="copy-preview"),
    path("campaigns/copies/<int:pk>/test/", copy_preview.send_test, name="copy-test"),
    path("campaigns/copies/<int:pk>/sentences/", copy_sentences.add, name="copy-sentence-add"),
    path("campaigns/sentences/<int:pk>/", copy_sentences.sentence, name="copy-sentence"),
    path("campaigns/sentences/<int:pk>/edit/", copy_sentences.verb, {"verb": "edit"}, name="copy-sentence-edit"),
    path(
        "campaigns/sentences/<int:pk>/rewrite/", copy_sentences.verb, {"verb": "rewrite"}, name="copy-sentence-rewrite"
    ),
    path("campaigns/sentences/<int:pk>/remove/", copy_sentences.verb, {"verb": "remove"}, name="copy-sentence-remove"),
    path("campaigns/sentences/<int:pk>/move/", copy_sentences.verb, {"verb": "move"}, name="copy-sentence-move"),
    path("campaigns/sentences/<int:pk>/split/", copy_sentences.verb, {"verb": "split"}, name="copy-sentence-split"),
    path(
        "campaigns/sentences/<int:pk>/recheck/", copy_sentences.verb, {"verb": "recheck"}, name="copy-sentence-recheck"
    ),
    # campaigns: sending
    path("campaigns/<int:pk>/sending/", sending.sending_page, name="campaign-sending"),
    path("campaigns/<int:pk>/sending/act/", sending.sending_act, name="campaign-sending-act"),
    path("campaigns/<int:pk>/sending/schedule/", sending.sending_schedule, name="campaign-schedule"),
    path("campaign-mails/<int:pk>/", sending.sending_mail, name="campaign-mail"),
    path("campaign-mails/<int:pk>/settle/", sending.sending_settle, name="campaign-mail-settle"),
    path("u/<str:token>/", public.unsubscribe, name="unsubscribe"),
    path("r/<str:token>/", public.follow, name="click"),
    # campaigns: results
    path("campaigns/inbound/", results.inbound, name="campaign-inbound"),
    path("campaigns/<int:pk>/results/", results.results_page, name="campaign-results"),
    path("campaigns/<int:pk>/results/mails/", results.result_mails, name="campaign-results-mails"),
    path("campaigns/<int:pk>/results/mails.csv", results.result_mails_file, name="campaign-results-mails-file"),
    path("campaigns/<int:pk>/results/leads/", results.result_leads, name="campaign-results-leads"),
    path("campaigns/<int:pk>/results/leads.csv", results.result_leads_file, name="campaign-results-leads-file"),
]
