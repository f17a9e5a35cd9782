"""List, preview and My day in a real browser, with and without scripts."""

import datetime
import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from crm.models import Lead
from crm.services import leads
from tests.fixtures.browser import settled

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def two(lead, rep):
    other = leads.create(by=rep, title="Waybill reading", value=5)
    return lead, other


def test_the_first_row_is_previewed_a_click_previews_another_a_second_opens_it(two, rep, open_page):
    page = open_page("/leads/", rep)
    pane = page.locator("#preview")
    expect(pane.get_by_role("heading", level=2)).to_have_text("Waybill reading")
    row = page.locator("tbody tr", has_text="Hanseatic Freight")
    row.locator("td").nth(1).click()
    expect(pane.get_by_role("heading", level=2)).to_have_text("Hanseatic Freight")
    row.locator("td").nth(1).click()
    page.wait_for_url(f"**/leads/{two[0].pk}/")


def test_on_a_phone_a_click_opens_the_lead(two, rep, open_page):
    page = open_page("/leads/", rep, width=390, height=800)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.locator("tbody tr", has_text="Hanseatic Freight").locator("td").nth(1).click()
    page.wait_for_url(f"**/leads/{two[0].pk}/")


def test_filters_stay_in_the_address(two, rep, open_page):
    page = open_page("/leads/", rep)
    page.get_by_text("Filter", exact=True).click()
    page.get_by_label("Contains").fill("hanse")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page).to_have_url(re.compile("q=hanse"))
    page.get_by_label("Remove filter Contains").click()
    expect(page.locator("tbody tr")).to_have_count(2)
    assert page.problems == []


@pytest.mark.parametrize("scripts", [True, False])
def test_a_days_entry_is_ticked_where_it_stands(lead, rep, open_page, scripts):
    leads.set_next_step(lead, "Send the price", timezone.now() - datetime.timedelta(days=1), by=rep)
    page = open_page("/", rep, java_script_enabled=scripts)
    expect(page.get_by_role("link", name="Send the price").first).to_be_visible()
    page.get_by_role("button", name="Done").first.click()
    expect(page.get_by_role("heading", name="Done today")).to_be_visible()
    expect(page.locator("#toasts")).to_contain_text("Done: Send the price")
    lead.refresh_from_db()
    assert lead.next_step == ""
    assert page.problems == []


def test_the_company_is_suggested_while_typing_and_the_lead_is_added(lead, rep, open_page):
    page = open_page("/leads/new/", rep)
    page.get_by_label("Title").fill("Claims mail")
    page.get_by_label("Company").press_sequentially("hans")
    expect(page.locator("#company-names option")).to_have_attribute("value", "Hanseatic Freight")
    page.get_by_label("Company").fill("Hanseatic Freight")
    page.get_by_role("button", name="Add the lead").click()
    page.wait_for_url(re.compile(r"/leads/\d+/$"))
    assert Lead.objects.get(title="Claims mail").company == lead.company
    assert page.problems == []


@pytest.mark.parametrize("path", ["/", "/leads/", "/leads/board/", "/companies/", "/contacts/", "/leads/new/"])
@pytest.mark.parametrize(("width", "language"), [(1440, "en"), (390, "zh-hans")])
def test_pages_fit_and_complain_of_nothing(two, contact, rep, open_page, shots, path, width, language):
    rep.language = language
    rep.theme = "dark" if width == 390 else "light"
    rep.save()
    page = open_page(path, rep, width=width)
    settled(page)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.problems == []
    if shots:
        name = path.strip("/").replace("/", "-") or "day"
        page.screenshot(path=shots / f"{name}-{width}-{rep.theme}.png", full_page=True)
