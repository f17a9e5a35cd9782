"""The form of a claim in a real browser: what a choice means follows the choice."""

import pytest
from playwright.sync_api import expect

from tests.fixtures.browser import settled

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_what_a_choice_means_follows_it(open_page, marketer, needs):
    page = open_page("/claims/new/", marketer)
    kind, visibility = page.locator("#id_kind-says"), page.locator("#id_visibility-says")
    expect(kind.get_by_text("A fact needs evidence")).to_be_visible()
    expect(visibility.get_by_text("No pitch and no campaign uses it")).to_be_visible()
    page.get_by_label("Kind", exact=True).select_option("assumption")
    page.get_by_label("Visibility", exact=True).select_option("customer")
    expect(kind.get_by_text("An assumption is not proved")).to_be_visible()
    expect(kind.get_by_text("A fact needs evidence")).to_be_hidden()
    expect(visibility.get_by_text("pitches and campaigns can use it")).to_be_visible()
    expect(visibility.get_by_text("No pitch and no campaign uses it")).to_be_hidden()
    assert page.problems == []


@pytest.mark.parametrize(("width", "language", "theme"), [(1440, "en", "light"), (390, "zh-hans", "dark"), (1440, "zh-hans", "dark"), (390, "en", "light")])  # fmt: skip
def test_the_form_fits(open_page, marketer, needs, shots, width, language, theme):
    marketer.language, marketer.theme = language, theme
    marketer.save()
    page = open_page("/claims/new/?need=latency", marketer, width=width)
    settled(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.problems == []
    if shots:
        page.screenshot(path=shots / f"claim-new-{width}-{language}.png", full_page=True)
