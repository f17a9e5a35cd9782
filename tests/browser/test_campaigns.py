"""Campaigns in a real browser: every page fits, and a task is ticked on the plan."""

import datetime
from decimal import Decimal

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from crm.models import Claim, Message, Quote, Requirement
from crm.services import claims as claims_service
from marketing.models import Campaign, CampaignCopy, CopySentence
from marketing.services import campaigns, plans
from tests.fixtures.browser import settled

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def season(campaign, marketer, other_marketer, audience, needs):
    """Campaigns in every state, some over each other in time, one over its budget, one without dates."""
    today = timezone.localdate()
    plans.add_cost(campaign, by=marketer, what="Landing page", amount=Decimal(4200), on=today)
    plans.add_cost(campaign, by=marketer, what="Design of the mail", amount=Decimal("8150.50"))
    plans.add_task(
        campaign,
        by=marketer,
        title="Ask the pilots for a quote",
        due_on=today - datetime.timedelta(days=2),
        assignee=other_marketer,
    )
    plans.add_task(campaign, by=marketer, title="Book the photographer", due_on=today, assignee=marketer)
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
    settled(page)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.problems == []
    if shots:
        name = path.format(pk="one").strip("/").replace("/", "-")
        page.screenshot(path=shots / f"{name}-{width}-{theme}-{language}.png", full_page=True)


@pytest.fixture
def voiced(season, lead, other_lead, claims, needs, segments, marketer):
    """Needs without a claim, with one that ends soon, with a draft; and a claim a campaign cites."""
    now = timezone.now()
    wanted = [
        ("throughput-scale", 3),
        ("security-compliance", 1),
        ("support-sla", 2),
        ("latency", 2),
        ("forecasting-analytics", 1),
    ]
    for key, n in [(key, n) for key, n in wanted if key in needs]:
        for place, who in enumerate((lead, other_lead)[: 1 + n // 2]):
            requirement = Requirement.objects.create(lead=who, need=needs[key])
            for back in range(n):
                message = Message.objects.create(
                    lead=who,
                    channel="mail",
                    text="We need it",
                    state="read",
                    sent_at=now - datetime.timedelta(days=10 + 25 * (back + place)),
                )
                Quote.objects.create(requirement=requirement, message=message, start=0, end=7, text="We need")
    today = timezone.localdate()
    Claim.objects.filter(pk=claims["latency"].pk).update(valid_until=today + datetime.timedelta(days=9))
    lead.segment = segments["logistics"]
    lead.save()
    claims_service.create(
        by=marketer, needs=[needs["support-sla"]], text_en="We answer at night.", text_zh="夜间也答复。"
    )
    copy = CampaignCopy.objects.create(campaign=season, language="en")
    CopySentence.objects.create(copy=copy, position=1, text="Fast.", verdict="supported").claims.add(claims["latency"])
    return claims["latency"]


@pytest.mark.parametrize("path", ["/claims/unanswered/", "/claims/", "/claims/{pk}/", "/"])
@pytest.mark.parametrize(
    ("width", "language", "theme"),
    [(1440, "en", "light"), (390, "zh-hans", "dark"), (1440, "zh-hans", "dark"), (390, "en", "light")],
)
def test_the_claims_marketing_keeps(voiced, marketer, open_page, shots, path, width, language, theme):
    marketer.language, marketer.theme = language, theme
    marketer.save()
    page = open_page(path.format(pk=voiced.pk), marketer, width=width)
    settled(page)
    if "{pk}" in path:
        expect(page.get_by_role("link", name="Hanseatic ports")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.problems == []
    if shots:
        name = path.format(pk="one").strip("/").replace("/", "-") or "marketers-day"
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
