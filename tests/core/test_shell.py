"""The frame of every page, and the pages of the core."""

import re

import pytest
from django.utils import translation

from core.models import ApiToken, AuditEntry, Job, User
from core.services import jobs
from core.templatetags import fairlead


def test_sign_in_page_shows_role_buttons_only_with_sample_people(client, rep, settings):
    settings.EMBEDDED = True
    assert b"fl-role" not in client.get("/account/login/").content
    assert client.post("/enter/", {"role": "rep"}).status_code == 404
    User.objects.filter(pk=rep.pk).update(sample=True)
    assert b'value="rep"' in client.get("/account/login/").content
    assert client.post("/enter/", {"role": "admin"}).status_code == 404
    assert client.post("/enter/", {"role": "rep"}).status_code == 302
    assert client.get("/more/").status_code == 200
    settings.EMBEDDED = False
    client.logout()
    assert b"fl-role" not in client.get("/account/login/").content
    assert client.post("/enter/", {"role": "rep"}).status_code == 404


FOREIGN = [
    "password/change/",
    "2fa/",
    "logout/",
    "email/",
    "password/reset/",
    "signup/",
    "inactive/",
    "2fa/totp/activate/",
]


@pytest.mark.parametrize("path", FOREIGN)
def test_headings_and_buttons_of_other_packages_are_written_as_ours(client, rep_client, path):
    """Sentence case: “Change password”, not “Change Password”."""
    public = path in ("password/reset/", "signup/", "inactive/")
    page = (client if public else rep_client).get(f"/account/{path}", follow=True).text
    shown = re.findall(r"<(title|h1|h2|button)\b[^>]*>(.*?)</\1>", page.replace("Fairlead", ""), re.DOTALL)
    assert {tag for tag, _text in shown} >= {"title", "h1"}
    assert [text for _tag, text in shown if re.search(r"\w[ -][A-Z][a-z]", re.sub(r"<[^>]*>", "", text))] == []


def test_sentence_case_leaves_other_languages_and_short_names():
    assert fairlead.sentence_case("Change Password") == "Change password"
    assert fairlead.sentence_case("Two-Factor Authentication: TOTP") == "Two-factor authentication: TOTP"
    with translation.override("de"):
        assert fairlead.sentence_case("Neues Passwort") == "Neues Passwort"


def test_signing_in_with_a_password(client, rep):
    page = client.post("/account/login/", {"login": rep.email, "password": "a-long-password"})
    assert page.status_code == 302
    assert client.get("/account/").status_code == 200


@pytest.mark.parametrize("path", ["/account/password/change/", "/account/2fa/", "/account/logout/", "/account/email/"])
def test_sign_in_pages_have_our_look(rep_client, path):
    page = rep_client.get(path, follow=True).content.decode()
    assert "fl-main" in page or "fl-plain" in page


@pytest.mark.parametrize("path", ["/account/password/reset/", "/account/signup/", "/account/inactive/"])
def test_entrance_pages_have_our_look(client, db, path):
    assert "fl-plain" in client.get(path).content.decode()


def test_account_page_keeps_settings_and_writes_them_down(rep_client, rep):
    sent = {"name": "Mira Olsen", "language": "zh-hans", "time_zone": "Asia/Shanghai", "theme": "dark"}
    page = rep_client.post("/account/", sent, follow=True)
    assert page.status_code == 200
    rep.refresh_from_db()
    assert (rep.name, rep.language, rep.time_zone, rep.theme) == tuple(sent.values())
    assert 'lang="zh-Hans"' in page.content.decode()
    assert 'data-bs-theme="dark"' in page.content.decode()
    assert AuditEntry.objects.get(verb="change").before["name"] == "Mira"


def test_account_page_refuses_an_unknown_time_zone(rep_client, rep):
    page = rep_client.post("/account/", {"name": "Mira", "time_zone": "Mars/Base", "theme": "dark"})
    assert page.status_code == 200
    rep.refresh_from_db()
    assert rep.theme == "system"


def test_theme_switch_without_and_with_a_script(rep_client, rep):
    assert rep_client.post("/account/theme/", {"theme": "toggle", "next": "/more/"})["Location"] == "/more/"
    rep.refresh_from_db()
    assert rep.theme == "dark"
    assert (
        rep_client.post("/account/theme/", {"theme": "light"}, headers={"accept": "application/json"}).status_code
        == 204
    )
    assert rep_client.post("/account/theme/", {"theme": "pink"}).status_code == 400


def test_language_switch_never_leads_to_another_site(client, db):
    answer = client.post("/account/language/", {"language": "zh-hans", "next": "https://elsewhere.example/"})
    assert answer["Location"] == "/"
    assert 'lang="zh-Hans"' in client.get("/account/login/").content.decode()


def test_token_is_shown_once_and_can_be_revoked(rep_client, rep, sign_in, teammate):
    page = rep_client.post("/account/tokens/", {"name": "Import", "days": "30", "read_only": "on"}).content.decode()
    token = ApiToken.objects.get(user=rep)
    assert "fl_" in page
    assert token.prefix in page
    assert token.read_only
    assert token.expires_at
    assert "fl-secret" not in rep_client.get("/account/").content.decode()
    assert sign_in(teammate).post(f"/account/tokens/{token.pk}/revoke/").status_code == 404
    rep_client.post(f"/account/tokens/{token.pk}/revoke/")
    token.refresh_from_db()
    assert token.revoked_at


def test_jobs_are_listed_and_cancelled_by_their_person_only(rep_client, sign_in, teammate, admin_client, rep):
    job = jobs.enqueue("crm.read", {"message": 0}, by=rep)
    assert f"/jobs/{job.pk}/" in rep_client.get("/jobs/").content.decode()
    other = sign_in(teammate)
    assert f"/jobs/{job.pk}/" not in other.get("/jobs/").content.decode()
    assert other.get(f"/jobs/{job.pk}/").status_code == 404
    assert other.post(f"/jobs/{job.pk}/cancel/").status_code == 404
    fragment = rep_client.get(f"/jobs/{job.pk}/", headers={"hx-request": "true"}).content.decode()
    assert 'hx-trigger="every 1s"' in fragment
    assert "<html" not in fragment
    assert admin_client.post(f"/jobs/{job.pk}/cancel/").status_code == 302
    job.refresh_from_db()
    assert job.state == Job.State.CANCELLED
    assert "every 1s" not in rep_client.get(f"/jobs/{job.pk}/").content.decode()
    assert AuditEntry.objects.filter(verb="cancel", noun="job").exists()


def test_a_missing_page_says_so_in_plain_words(rep_client, client):
    page = rep_client.get("/nothing/here/")
    assert page.status_code == 404
    assert "fl-plain" in page.content.decode()
    assert client.get("/nothing/here/").status_code == 404
    answer = rep_client.get("/nothing/here/", headers={"hx-request": "true"})
    assert answer["Content-Type"].startswith("text/plain")


def test_a_form_without_its_token_is_refused_in_plain_words(rep):
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    client.force_login(rep, backend="django.contrib.auth.backends.ModelBackend")
    page = client.post("/account/theme/", {"theme": "dark"})
    assert page.status_code == 403
    assert "too old" in page.content.decode()


def test_a_broken_page_draws_without_the_frame(rf):
    from core.views.problems import broken

    answer = broken(rf.get("/"))
    assert answer.status_code == 500
    assert "fl-plain" in answer.content.decode()


def test_an_ended_session_leads_htmx_to_the_sign_in_page(client, db):
    answer = client.get("/jobs/", headers={"hx-request": "true", "hx-current-url": "http://testserver/jobs/"})
    assert (answer.status_code, answer["HX-Redirect"]) == (204, "/account/login/?next=/jobs/")


def test_fragments_carry_what_was_said(rep_client, rep):
    job = Job.objects.create(kind="test", by=rep, run_at="2026-01-01T00:00Z")
    rep_client.post(f"/jobs/{job.pk}/cancel/")
    fragment = rep_client.get(f"/jobs/{job.pk}/", headers={"hx-request": "true"}).content.decode()
    assert "hx-swap-oob" in fragment
    assert "Cancelled" in fragment
    assert "hx-swap-oob" not in rep_client.get(f"/jobs/{job.pk}/", headers={"hx-request": "true"}).content.decode()
