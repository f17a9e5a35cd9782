"""Addresses of the sales pages."""

from __future__ import annotations

from django.urls import path

from crm.views import (
    board,
    claims,
    companies,
    competitors,
    contacts,
    day,
    lead_edit,
    lead_page,
    leads,
    messages,
    radar,
    requirements,
    sources,
    tasks,
)

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
    # my day
    path("", day.day_page, name="day"),
    path("day/later/", day.day_later, name="day-later"),
    path("day/done/", day.day_done, name="day-done"),
    path("day/take/", day.day_take, name="day-take"),
    path("day/confirm/", day.day_confirm, name="day-confirm"),
    # leads, board, tasks
    path("leads/", leads.lead_list, name="leads"),
    path("leads/new/", lead_edit.lead_new, name="lead-new"),
    path("leads/board/", board.board_page, name="board"),
    path("leads/board/stages/<int:pk>/", board.board_more, name="board-more"),
    path("leads/<int:pk>/preview/", leads.lead_preview, name="lead-preview"),
    path("leads/<int:pk>/edit/", lead_edit.lead_edit, name="lead-edit"),
    path("leads/<int:pk>/move/", lead_edit.lead_move, name="lead-move"),
    path("leads/<int:pk>/step-done/", lead_edit.step_done, name="lead-step-done"),
    path("leads/<int:pk>/step-later/", lead_edit.step_later, name="lead-step-later"),
    path("leads/<int:pk>/tasks/", tasks.task_add, name="task-add"),
    path("tasks/<int:pk>/done/", tasks.task_done, name="task-done"),
    path("tasks/<int:pk>/later/", tasks.task_later, name="task-later"),
    # companies and contacts
    path("companies/", companies.company_list, name="companies"),
    path("companies/new/", companies.company_new, name="company-new"),
    path("companies/names/", companies.company_names, name="company-names"),
    path("companies/<int:pk>/", companies.company_page, name="company"),
    path("companies/<int:pk>/edit/", companies.company_edit, name="company-edit"),
    path("contacts/", contacts.contact_list, name="contacts"),
    path("contacts/new/", contacts.contact_new, name="contact-new"),
    path("contacts/<int:pk>/", contacts.contact_page, name="contact"),
    path("contacts/<int:pk>/edit/", contacts.contact_edit, name="contact-edit"),
    # lead page, messages, requirements
    path("leads/<int:pk>/", lead_page.lead, name="lead"),
    path("leads/<int:pk>/fields/<slug:name>/", lead_page.field, name="lead-field"),
    path("leads/<int:pk>/needs/", lead_page.needs, name="lead-needs"),
    path("leads/<int:pk>/messages/", messages.message_add, name="message-add"),
    path("leads/<int:pk>/replies/", messages.reply_add, name="reply-add"),
    path("leads/<int:pk>/notes/", messages.note_add, name="note-add"),
    path("leads/<int:pk>/requirements/", requirements.requirement_add, name="requirement-add"),
    path("leads/<int:pk>/requirements/confirm/", requirements.confirm_all, name="confirm-all"),
    path("messages/<int:pk>/", messages.message, name="message"),
    path("messages/<int:pk>/file/", messages.message_file, name="message-file"),
    path("messages/<int:pk>/read/", messages.message_read, name="message-read"),
    path("messages/<int:pk>/needs/", requirements.message_need, name="message-need"),
    path(
        "requirements/<int:pk>/confirm/", requirements.requirement_verb, {"verb": "confirm"}, name="requirement-confirm"
    ),
    path("requirements/<int:pk>/reject/", requirements.requirement_verb, {"verb": "reject"}, name="requirement-reject"),
    path("requirements/<int:pk>/edit/", requirements.requirement_edit, name="requirement-edit"),
    path("requirements/<int:pk>/change/", requirements.requirement_change, name="requirement-change"),
    # sources
    path("source/<str:name>/", sources.source, name="source"),
]
