"""Addresses of the marketing side."""

from __future__ import annotations

from django.urls import URLPattern, path

from marketing.views import campaign_edit, campaigns, plan

urlpatterns: list[URLPattern] = [
    # audiences
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
    # campaigns: copy
    # campaigns: sending
    # campaigns: results
]
