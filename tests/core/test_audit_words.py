"""The audit log has a word for every verb that the code writes down."""

import ast
from pathlib import Path

from django.urls import reverse
from django.utils import translation

from core.audit_words import VERBS, verb_word
from core.models import AuditEntry

ROOT = Path(__file__).parents[2]


def _verbs(path):
    """Verbs that a module hands to the audit log: first of `audit.record`, or `verb=` of a change."""
    for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(call, ast.Call):
            continue
        given = [word.value for word in call.keywords if word.arg == "verb"]
        if ast.unparse(call.func) == "audit.record":
            given += call.args[:1]
        for one in given:
            both = [one.body, one.orelse] if isinstance(one, ast.IfExp) else [one]
            yield from (part.value for part in both if isinstance(part, ast.Constant))


def test_every_verb_has_a_word():
    paths = [
        path
        for app in ("core", "crm", "marketing", "modelhub")
        for path in (ROOT / app).rglob("*.py")
        if "engine" not in path.parts
    ]
    written = {verb for path in paths for verb in _verbs(path)}
    assert {"approve", "ask for approval", "freeze"} <= written
    assert written - set(VERBS) == set()


def test_the_log_shows_the_word_and_stores_the_verb(admin_client, admin_user, monkeypatch):
    monkeypatch.setitem(VERBS, "approve", "wave through")
    AuditEntry.objects.create(actor=admin_user, verb="approve", noun="claim", object_id="1", label="A claim")
    url = reverse("admin:core_auditentry_changelist")
    page = admin_client.get(url, {"verb": "approve"}).content.decode()
    assert page.count("wave through") >= 2  # in the row and in the filter
    assert "A claim" in page
    assert "A claim" not in admin_client.get(url, {"verb": "change"}).content.decode()
    assert (
        "wave through"
        in admin_client.get(
            reverse("admin:core_auditentry_change", args=[AuditEntry.objects.get(verb="approve").pk])
        ).content.decode()
    )


def test_an_unknown_verb_stands_as_it_was_stored():
    with translation.override("zh-hans"):
        assert verb_word("juggle") == "juggle"
