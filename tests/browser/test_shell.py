"""The frame in a real browser: no violation of the content policy, the keys, the palette, the theme, a phone."""

import pytest
from playwright.sync_api import expect

from core.models import Job, User
from tests.fixtures.browser import settled

pytestmark = pytest.mark.browser
PAGES = [
    "/",
    "/more/",
    "/search/?q=hanseatic",
    "/jobs/",
    "/account/",
    "/account/2fa/",
    "/account/password/change/",
    "/nothing/",
]


@pytest.fixture
def mira(rep, lead, claims):
    """A rep with something to find."""
    Job.objects.create(
        kind="crm.read",
        by=rep,
        run_at="2026-01-01T00:00Z",
        state="running",
        done=3,
        total=9,
        started_at="2026-01-01T00:00Z",
    )
    return rep


def _shoot(shots, page, name):
    if shots:
        page.screenshot(path=str(shots / f"{name}.png"), full_page=True)


@pytest.mark.parametrize(("width", "theme", "language"), [(1440, "light", "en"), (390, "dark", "zh-hans")])
def test_every_page_of_the_shell_keeps_the_policy_and_fits(open_page, mira, shots, width, theme, language):
    User.objects.filter(pk=mira.pk).update(theme=theme, language=language)
    page = open_page("/more/", user=mira, width=width)
    for path in PAGES:
        page.goto(path)
        settled(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        _shoot(shots, page, f"shell-{path.strip('/').split('/')[0] or 'day'}-{width}")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", theme)
    problems = [text for text in page.problems if "404" not in text]
    assert problems == []


def test_sign_in_page(open_page, mira, admin_user, marketer, shots, settings):
    settings.EMBEDDED = True
    User.objects.update(sample=True)
    page = open_page("/account/login/")
    _shoot(shots, page, "login-1440")
    page.get_by_role("button", name="Sales rep").click()
    expect(page.get_by_role("link", name="My day").first).to_be_visible()
    assert page.problems == []


def test_theme_is_switched_at_once_and_kept(open_page, mira):
    page = open_page("/more/", user=mira)
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.get_by_role("button", name="Light or dark").click()
        expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    assert page.problems == []


def test_palette_finds_records_and_places(open_page, mira, lead, shots):
    page = open_page("/more/", user=mira)
    page.keyboard.press("Control+k")
    expect(page.locator("#palette input")).to_be_focused()
    page.keyboard.type("hanseatic")
    page.get_by_role("option", name=lead.title).wait_for()
    _shoot(shots, page, "palette-1440")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{lead.get_absolute_url()}")
    page.goto("/more/")
    page.keyboard.press("/")
    expect(page.locator("#palette input")).to_be_focused()
    page.keyboard.type("jobs")
    expect(page.locator("#palette [aria-selected=true]:not([hidden])")).to_contain_text("Jobs")
    page.keyboard.press("Enter")
    page.wait_for_url("**/jobs/")


def test_keys_go_move_and_explain(open_page, mira):
    page = open_page("/more/", user=mira)
    page.keyboard.press("g")
    page.keyboard.press("j")
    page.wait_for_url("**/jobs/")
    page.keyboard.press("j")
    expect(page.locator("tr.is-at")).to_have_count(1)
    page.keyboard.press("Enter")
    page.wait_for_url("**/jobs/*/")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()
    page.keyboard.press("c")
    expect(page.locator(".fl-menu[open]")).to_have_count(1)


def test_a_failed_request_is_said_where_it_happened(open_page, mira):
    page = open_page("/account/", user=mira)
    page.evaluate("""() => {
        const button = document.createElement('button');
        button.id = 'gone'; button.setAttribute('hx-post', '/jobs/999999/cancel/'); button.setAttribute('hx-swap', 'none');
        document.querySelector('.fl-head').append(button); button.textContent = 'Try'; htmx.process(button);
    }""")
    page.locator("#gone").click()
    expect(page.locator("[data-request-error]")).to_contain_text("another team")


def test_job_page_shows_progress_by_itself(open_page, mira):
    job = Job.objects.get()
    page = open_page(f"/jobs/{job.pk}/", user=mira)
    expect(page.locator("#job")).to_contain_text("3 of 9")
    Job.objects.update(done=9, state="done", finished_at="2026-01-01T00:01Z")
    page.get_by_text("Done", exact=True).wait_for()
    assert page.problems == []


def test_everything_works_without_scripts(open_page, mira):
    page = open_page("/more/", user=mira, java_script_enabled=False)
    page.get_by_role("button", name="Light or dark").click()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    page.goto("/search/?q=hanseatic")
    expect(page.get_by_role("heading", name="Leads")).to_have_count(1)


def test_the_admin_opens_without_a_problem(open_page, admin_user, segments, pipeline, shots):
    page = open_page("/admin/", user=admin_user)
    settled(page)
    _shoot(shots, page, "admin-1440")
    page.goto(f"/admin/crm/pipeline/{pipeline.pk}/change/")
    settled(page)
    assert page.locator("input[name=stages-1-name_en]").input_value() == "Discovery"
    assert page.problems == []
