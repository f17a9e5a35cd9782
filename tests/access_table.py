"""Who may reach what: one line for each URL name and API route. An address that is missing here fails test_access.py.

Each entry: (row it needs or "", who may see it, who may do it). Rows are of Mira's lead or of the house.
`anyone`: without signing in · `person`: whoever signed in · `reader`: who may read Mira's lead · `owner`: who may change
it · `marketer`: who keeps claims · `campaigns`: who reads campaigns (manager, marketer, admin; a rep is refused) ·
`campaigner`: who changes them (marketer, admin) · `admin` · `self`: the person it belongs to · `-`: the method is not
served, or answers as the other one does.
"""

PAGES = {
    # core
    "healthz": ("", "anyone", "-"), "readyz": ("", "anyone", "-"), "enter": ("", "-", "nobody"),
    "more": ("", "person", "-"), "account": ("", "person", "person"), "account-theme": ("", "-", "person"),
    "account-language": ("", "-", "anyone"), "token-new": ("", "-", "person"), "token-revoke": ("token", "-", "self"),
    "search": ("", "person", "-"), "jobs": ("", "person", "-"), "job": ("job", "self", "-"),
    "job-cancel": ("job", "-", "self"),
    # my day
    "day": ("", "person", "-"), "day-later": ("", "-", "person"), "day-done": ("", "-", "person"),
    "day-take": ("", "-", "person"), "day-confirm": ("", "-", "person"),
    # leads, board, tasks
    "leads": ("", "person", "-"), "lead-new": ("", "sales", "sales"), "board": ("", "person", "-"),
    "board-more": ("stage", "person", "-"), "lead-preview": ("lead", "reader", "-"),
    "lead-edit": ("lead", "owner", "owner"), "lead-move": ("lead", "-", "owner"), "lead-step-done": ("lead", "-", "owner"),
    "lead-step-later": ("lead", "-", "owner"), "task-add": ("lead", "owner", "owner"), "task-done": ("task", "-", "owner"),
    "task-later": ("task", "-", "owner"),
    # companies and contacts
    "companies": ("", "person", "-"), "company-new": ("", "sales", "sales"), "company-names": ("", "person", "-"),
    "company": ("company", "reader", "-"), "company-edit": ("company", "owner", "owner"), "contacts": ("", "person", "-"),
    "contact-new": ("", "sales", "sales"), "contact": ("contact", "reader", "-"),
    "contact-edit": ("contact", "owner", "owner"), "contact-merge": ("contact", "owner", "owner"),
    # lead page, messages, requirements
    "lead": ("lead", "reader", "-"), "lead-field": ("lead_field", "-", "owner"), "lead-needs": ("lead", "reader", "-"),
    "message-add": ("lead", "-", "owner"), "reply-add": ("lead", "-", "owner"), "note-add": ("lead", "-", "owner"),
    "requirement-add": ("lead", "-", "owner"), "confirm-all": ("lead", "-", "owner"),
    "message": ("message", "reader", "-"), "message-file": ("file_message", "reader", "-"),
    "message-read": ("message", "-", "owner"), "message-need": ("message", "-", "owner"),
    "requirement-confirm": ("requirement", "-", "owner"), "requirement-reject": ("requirement", "-", "owner"),
    "requirement-edit": ("requirement", "owner", "-"), "requirement-change": ("requirement", "-", "owner"),
    "source": ("source", "reader", "-"),
    # pitches, sentences, outbox
    "pitches": ("", "person", "-"), "pitch-new": ("lead", "owner", "owner"), "pitch": ("pitch", "reader", "-"),
    "pitch-preview": ("pitch", "reader", "-"), "pitch-again": ("pitch", "-", "owner"),
    "pitch-ready": ("pitch", "-", "owner"), "pitch-draft": ("pitch", "-", "owner"), "pitch-used": ("pitch", "-", "owner"),
    "pitch-outcome": ("pitch", "-", "owner"), "pitch-subject": ("pitch", "-", "owner"),
    "pitch-contact": ("pitch", "-", "owner"), "pitch-send": ("pitch", "-", "owner"),
    "sentence-add": ("pitch", "-", "owner"), "pitch-sentence": ("sentence", "reader", "-"),
    "sentence-edit": ("sentence", "-", "owner"), "sentence-rewrite": ("sentence", "-", "owner"),
    "sentence-remove": ("sentence", "-", "owner"), "sentence-move": ("sentence", "-", "owner"),
    "sentence-split": ("sentence", "-", "owner"),
    "sentence-recheck": ("sentence", "-", "owner"), "sentence-ask": ("sentence", "-", "owner"),
    "outbox": ("", "person", "-"), "outbox-mail": ("delivery", "reader", "-"),
    "outbox-settle": ("delivery", "-", "owner"),
    # claims, competitors, radar
    "claims": ("", "person", "-"), "unanswered": ("", "person", "-"), "claim-campaigns": ("claim", "campaigns", "-"),
    "claim-new": ("", "marketer", "marketer"), "claim": ("claim", "person", "-"),
    "claim-edit": ("claim", "marketer", "marketer"), "evidence-add": ("claim", "-", "marketer"),
    "claim-approve": ("claim", "-", "marketer"), "claim-expire": ("claim", "-", "marketer"),
    "claim-reopen": ("claim", "-", "marketer"), "evidence-remove": ("evidence", "-", "marketer"),
    "competitors": ("", "person", "-"), "competitor": ("competitor", "person", "-"),
    "competitor-note": ("competitor", "-", "marketer"), "radar": ("", "person", "-"), "need": ("need", "person", "-"),
    # audiences
    "audiences": ("", "campaigns", "-"), "audience-new": ("", "campaigner", "campaigner"),
    "audience": ("audience", "campaigns", "-"), "audience-count": ("audience", "campaigns", "-"),
    "audience-why": ("audience", "campaigns", "-"), "audience-edit": ("audience", "campaigner", "campaigner"),
    "audience-duplicate": ("audience", "-", "campaigner"), "audience-delete": ("audience", "-", "campaigner"),
    "audience-export": ("audience", "-", "campaigner"), "campaign-audience": ("campaign", "campaigns", "campaigner"),
    "campaign-reach": ("campaign", "campaigns", "-"), "contact-marketing": ("contact", "reader", "-"),
    "contact-consent": ("contact", "-", "owner"),
    # campaigns: plan
    "campaigns": ("", "campaigns", "-"), "campaign": ("campaign", "campaigns", "-"),
    "campaign-board": ("", "campaigns", "-"), "campaign-calendar": ("", "campaigns", "-"),
    "campaign-new": ("", "campaigner", "campaigner"), "campaign-edit": ("campaign", "campaigner", "campaigner"),
    "campaign-clone": ("campaign", "campaigner", "campaigner"), "campaign-finish": ("campaign", "-", "campaigner"),
    "campaign-cancel": ("campaign", "-", "campaigner"), "campaign-reopen": ("campaign", "-", "campaigner"),
    "campaign-cost-add": ("campaign", "-", "campaigner"), "campaign-task-add": ("campaign", "-", "campaigner"),
    "campaign-cost-remove": ("campaign_cost", "-", "campaigner"),
    "campaign-task-done": ("campaign_task", "-", "campaigner"), "campaign-task-open": ("campaign_task", "-", "campaigner"),
    "campaign-task-remove": ("campaign_task", "-", "campaigner"),
    # campaigns: copy

    # campaigns: sending
    "campaign-sending": ("campaign", "campaigns", "-"), "campaign-sending-act": ("campaign", "-", "campaigner"),
    "campaign-schedule": ("campaign", "-", "campaigner"), "campaign-mail": ("campaign_mail", "campaigns", "-"),
    "campaign-mail-settle": ("campaign_mail", "-", "campaigner"), "unsubscribe": ("token_text", "anyone", "anyone"),
    "click": ("token_text", "anyone", "-"),

    # campaigns: results
    "campaign-results": ("campaign", "campaigns", "-"), "campaign-results-mails": ("campaign", "campaigns", "-"),
    "campaign-results-mails-file": ("campaign", "-", "campaigner"), "campaign-inbound": ("", "campaigns", "-"),
    "campaign-results-leads": ("campaign", "campaigns", "-"), "campaign-results-leads-file": ("campaign", "-", "campaigner"),
    # campaigns: copy
    "campaign-copy": ("campaign", "campaigns", "-"), "copy-new": ("campaign", "campaigner", "campaigner"),
    "campaign-preflight": ("campaign", "campaigns", "-"), "campaign-ask": ("campaign", "-", "campaigner"),
    "campaign-approve": ("campaign", "-", "campaigner"), "campaign-send-back": ("campaign", "-", "campaigner"),
    "copy-again": ("campaign_copy", "-", "campaigner"), "copy-subjects": ("campaign_copy", "-", "campaigner"),
    "copy-remove": ("campaign_copy", "-", "campaigner"), "copy-preview": ("campaign_copy", "campaigns", "-"),
    "copy-test": ("campaign_copy", "-", "campaigner"), "copy-sentence-add": ("campaign_copy", "-", "campaigner"),
    "copy-sentence": ("copy_sentence", "campaigns", "-"), "copy-sentence-edit": ("copy_sentence", "-", "campaigner"),
    "copy-sentence-rewrite": ("copy_sentence", "-", "campaigner"),
    "copy-sentence-remove": ("copy_sentence", "-", "campaigner"),
    "copy-sentence-move": ("copy_sentence", "-", "campaigner"),
    "copy-sentence-split": ("copy_sentence", "-", "campaigner"),
    "copy-sentence-recheck": ("copy_sentence", "-", "campaigner"),
    # model hub
    "hub": ("", "person", "-"), "hub-version": ("version", "person", "-"), "hub-predictions": ("", "person", "-"),
    "hub-evaluation": ("evaluation", "person", "-"), "hub-compare": ("version", "-", "admin"),
    "hub-curve": ("dataset", "-", "admin"), "hub-datasets": ("", "person", "-"), "hub-dataset": ("dataset", "person", "-"),
    "hub-dataset-again": ("dataset", "-", "admin"),
    "hub-dataset-new": ("", "admin", "admin"), "hub-runs": ("", "person", "-"), "hub-run": ("run", "person", "-"),
    "hub-run-new": ("", "admin", "admin"), "hub-run-pause": ("run", "-", "admin"),
    "hub-run-resume": ("run", "-", "admin"), "hub-run-cancel": ("run", "-", "admin"),
    "hub-train-shipped": ("version", "-", "admin"), "hub-drafts": ("version", "-", "admin"), "hub-judge": ("version", "-", "admin"),
    "hub-sentences": ("", "admin", "admin"), "hub-sentences-remove": ("sentences", "-", "admin"), "hub-examples": ("", "person", "-"), "hub-example": ("example", "person", "-"),
    "hub-example-edit": ("example", "-", "admin"), "hub-example-remove": ("example", "-", "admin"),
    "hub-load": ("", "admin", "admin"), "hub-load-report": ("load", "admin", "-"), "hub-label": ("", "admin", "-"),
    "hub-label-save": ("offer", "-", "admin"), "hub-label-drop": ("offer", "-", "admin"),
    "rereadings": ("", "person", "-"), "rereading": ("rereading", "person", "-"),
    "rereading-start": ("rereading", "-", "admin"),
    "samples": ("", "admin", "admin"),
    # API schema: shapes, no data
    "api-schema": ("", "anyone", "-"), "api-root": ("", "person_api", "-"),
}  # fmt: skip

# Pages of the sign-in library; it guards them, and tests/core/test_shell.py opens them.
FOREIGN = ("account_", "mfa_", "admin:")

# Basename of an API route: the row it shows, who may change it.
API = {
    "api-lead": ("lead", "owner"), "api-company": ("company", "owner"), "api-contact": ("contact", "owner"),
    "api-message": ("message", "owner"), "api-pitch": ("pitch", "owner"), "api-requirement": ("requirement", "owner"),
    "api-claim": ("claim", "marketer"), "api-need": ("need", "nobody"), "api-job": ("job", "nobody"),
    "api-campaign": ("campaign", "campaigner"), "api-audience": ("audience", "campaigner"),
}  # fmt: skip
