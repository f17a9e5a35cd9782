"""Campaigns in a real browser: every page fits, and a task is ticked on the plan."""

import datetime
from decimal import Decimal

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from marketing.models import Campaign
from marketing.services import campaigns, plans

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def season(campaign, marketer, other_marketer, audience, needs):
    """Campaigns in every state, some over each other in time, one over its budget, one without dates."""
    today = timezone.localdate()
    plans.add_cost(campaign, by=marketer, what="Landing page", amount=Decimal("4200"), on=today)
    plans.add_cost(campaign, by=marketer, what="Design of the mail", amount=Decimal("8150.50"))
    plans.add_task(
        campaign,
        by=marketer,
        title="Ask the pilots for a quote",
        due_on=today - datetime.timedelta(days=2),
        assignee=other_marketer,
    )
    task = plans.add_task(campaign, by=marketer, title="Choose the audience", assignee=marketer)
    plans.tick(task, by=marketer, done=True)
    rows = [
        ("Speech for clinics, autumn letter", "review", 3, 6), ("Price sheet for pilots", "approved", 8, 8),
        ("Answers with sources", "sending", -6, 2), ("Webinar, inside your walls", "scheduled", 4, 4),
        ("Year-end letter to partners", "done", -25, -15), ("Trade fair in Bremen", "cancelled", -20, -18),
    ]  # fmt: skip
    for name, state, start, end in rows:
        row = campaigns.create(
            by=marketer, name=name, audience=audience, need=needs["latency"], budget=Decimal(3000),
            starts_on=today + datetime.timedelta(days=start), ends_on=today + datetime.timedelta(days=end),
        )  # fmt: skip
        Campaign.objects.filter(pk=row.pk).update(state=state)
    campaigns.create(by=marketer, name="An idea for spring")
    return campaign


PATHS = ["/campaigns/", "/campaigns/board/", "/campaigns/calendar/", "/campaigns/{pk}/", "/campaigns/new/", "/campaigns/{pk}/edit/", "/campaigns/{pk}/clone/"]  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(("width", "language", "theme"), [(1440, "en", "light"), (390, "zh-hans", "dark"), (1440, "zh-hans", "dark"), (390, "en", "light")])  # fmt: skip
def test_pages_fit_and_complain_of_nothing(season, marketer, open_page, shots, path, width, language, theme):
    marketer.language, marketer.theme = language, theme
    marketer.save()
    page = open_page(path.format(pk=season.pk), marketer, width=width)
    page.wait_for_load_state("networkidle")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.problems == []
    if shots:
        name = path.format(pk="one").strip("/").replace("/", "-")
        page.screenshot(path=shots / f"{name}-{width}-{theme}-{language}.png", full_page=True)


@pytest.mark.parametrize("scripts", [True, False])
def test_a_cost_is_added_and_a_task_is_ticked_on_the_plan(season, marketer, open_page, scripts):
    page = open_page(f"/campaigns/{season.pk}/", marketer, java_script_enabled=scripts)
    page.get_by_text("Add a cost").click()
    page.get_by_label("What").first.fill("Translation")
    page.get_by_label("Amount").fill("99.90")
    page.get_by_role("button", name="Add", exact=True).first.click()
    expect(page.get_by_role("listitem").filter(has_text="Translation")).to_contain_text("€99.90")
    page.get_by_role("button", name="Done").first.click()
    expect(page.locator("s", has_text="Ask the pilots")).to_be_visible()
    assert page.problems == []


def test_the_calendar_turns_by_month(season, marketer, open_page):
    page = open_page("/campaigns/calendar/?month=2026-01", marketer)
    page.get_by_label("Next month").click()
    expect(page.get_by_role("heading", name="February 2026")).to_be_visible()
    page.get_by_role("link", name="Today", exact=True).click()
    expect(page.get_by_role("link", name="Hanseatic ports").first).to_be_visible()
    assert page.problems == []
