"""The pitch editor in a real browser: edited in place, judged by a worker, with the evidence beside it."""

import pytest
from playwright.sync_api import expect

from core.services import jobs
from crm.models import Pitch
from tests.crm.pitches.conftest import asked, make_pitch, pitch  # noqa: F401
from tests.fixtures.browser import settled

pytestmark = [pytest.mark.browser, pytest.mark.models, pytest.mark.django_db(transaction=True)]


def test_a_sentence_is_changed_judged_refused_mended_and_the_pitch_made_ready(open_page, rep, pitch, shots):  # noqa: F811
    page = open_page(pitch.get_absolute_url(), rep)
    page.get_by_role("link", name="Helm drafts replies to customer enquiries").focus()
    page.keyboard.press("Enter")
    box = page.get_by_label("Sentence 2", exact=True)
    expect(box).to_be_focused()
    box.fill("Helm drafts replies in 35 languages.")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("One sentence is being checked")).to_be_visible()
    expect(page.get_by_role("button", name="Mark ready")).to_be_disabled()
    jobs.work("ml")
    expect(page.locator("s", has_text="35 languages")).to_be_visible()
    expect(page.locator("#blocked")).to_contain_text("sentence 2", ignore_case=True)
    if shots:
        page.screenshot(path=shots / "pitch.png")
    page.get_by_role("button", name="Rewrite from").click()
    expect(page.locator("#pitch-banner")).to_contain_text("being checked")
    jobs.work("ml")
    ready = page.get_by_role("button", name="Mark ready")
    expect(ready).to_be_enabled()
    ready.click()
    expect(page.get_by_role("button", name="Send to Anke Petersen")).to_be_visible()
    assert Pitch.objects.get(pk=pitch.pk).state == "ready"
    assert page.problems == []


def test_a_citation_opens_claim_and_evidence_and_on_a_phone_a_drawer(open_page, rep, pitch, claims):  # noqa: F811
    name = f"Claim C{claims['private-deployment'].pk}"
    for width in (1440, 390):
        page = open_page(pitch.get_absolute_url(), rep, width=width)
        page.get_by_role("link", name=name).first.click()
        aside = page.locator("#aside")
        expect(aside).to_contain_text("Data sheet: private-deployment")
        expect(aside).to_have_css("position", "fixed" if width == 390 else "static")
        aside.get_by_role("link", name="Close").click()
        expect(aside).to_contain_text("What it answers")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.problems == []


@pytest.mark.parametrize(("width", "language", "theme"), [(1440, "en", "light"), (390, "zh-hans", "dark")])
def test_the_editor_fits(open_page, rep, pitch, shots, width, language, theme):  # noqa: F811
    rep.language, rep.theme = language, theme
    rep.save()
    row = pitch.sentences.get(position=3)
    pages = {
        "edit": f"?edit={row.pk}",
        "claim": f"?claim={row.claims.get().pk}&sentence={row.pk}",
        "pick": "?from_claim=1",
    }
    for name, query in pages.items():
        page = open_page(pitch.get_absolute_url() + query, rep, width=width)
        settled(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
        assert page.problems == [], name
        if shots:
            page.screenshot(path=shots / f"pitch-{name}-{width}-{language}.png", full_page=True)


def test_everything_works_without_scripts(open_page, rep, pitch):  # noqa: F811
    page = open_page(pitch.get_absolute_url(), rep, java_script_enabled=False)
    page.get_by_role("link", name="Helm drafts replies to customer enquiries").click()
    page.get_by_label("Sentence 2", exact=True).fill("May we show it on Thursday?")
    page.get_by_role("button", name="Save and check").click()
    expect(page.get_by_text("One sentence is being checked")).to_be_visible()
    jobs.work("ml")
    page.reload()
    page.get_by_role("link", name="Sentence from a claim").click()
    page.get_by_role("button", name="Add").first.click()
    expect(page.get_by_text("One sentence is being checked")).to_be_visible()
    jobs.work("ml")
    page.reload()
    page.get_by_role("button", name="Mark ready").click()
    expect(page.get_by_role("button", name="Mark ready")).to_have_count(0)
    assert Pitch.objects.get(pk=pitch.pk).state == "ready"
    page.get_by_role("link", name="Preview").click()
    expect(page.get_by_text("May we show it on Thursday?")).to_be_visible()
