"""The builder of audiences in a real browser, with and without scripts, on a wide screen and a phone."""

import pytest
from playwright.sync_api import expect

from core.services import needs as needs_service
from crm.models import Company, Contact
from marketing.models import Audience, Consent
from marketing.services import audiences
from tests.fixtures.browser import settled

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TREE = {
    "all": [
        {"field": "country", "op": "is", "value": ["DE", "FR"]},
        {"any": [{"field": "size", "op": "at_least", "value": 500}, {"field": "need", "op": "confirmed", "value": ["latency"]}]},
        {"none": [{"field": "touch", "op": "within", "value": 14}, {"field": "consent", "op": "is", "value": ["withdrawn"]}]},
    ]
}  # fmt: skip


@pytest.fixture
def market(rep, team, lead, contact):
    needs_service.load()
    for place in range(14):
        company = Company.objects.create(
            name=f"Werft {place}", country=["DE", "FR", "GB"][place % 3], industry=["Logistics", "Banking"][place % 2],
            employees=place * 100, owner=rep, team=team,
        )  # fmt: skip
        one = Contact.objects.create(
            name=f"Jana Brandt {place}",
            company=company,
            title="Head of service",
            owner=rep,
            team=team,
            email=f"jana{place}@werft.example",
        )
        Consent.objects.create(
            contact=one, given=place % 2 == 0, wording="I agree to monthly mails about assistants.", source="form"
        )
    return contact


def test_each_change_counts_again_without_a_reload(market, marketer, open_page, shots):
    page = open_page("/audiences/new/", marketer)
    page.evaluate("window.stays = true")
    page.get_by_label("Name").fill("German firms")
    page.get_by_text("choose", exact=True).click()
    page.get_by_role("checkbox", name="Germany").check()
    expect(page.locator("#audience-count")).to_have_text("6")
    page.get_by_role("checkbox", name="France").check()  # the list is still open
    expect(page.locator("#audience-count")).to_have_text("11")
    expect(page.locator("#words-r-1")).to_have_text("France or Germany")
    page.get_by_role("button", name="Group").click()
    expect(page.locator("#field-r-2-1")).to_be_visible()
    page.locator("#field-r-2-1").select_option("size")
    expect(page.locator("#value-r-2-1")).to_be_visible()
    page.locator("#op-r-2-1").select_option("at_most")
    expect(page.locator("[name='was:r-2-1']")).to_have_value("size at_most")
    page.locator("#value-r-2-1").fill("300")
    expect(page.locator("#audience-count")).to_have_text("3")
    page.locator("#kind-r-2").select_option("none")
    expect(page.locator("#audience-count")).to_have_text("8")
    if shots:
        page.screenshot(path=shots / "audience-new.png", full_page=True)
    assert page.evaluate("window.stays") is True
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", name="German firms")).to_be_visible()
    row = Audience.objects.get()
    assert row.conditions["all"][1] == {"none": [{"field": "size", "op": "at_most", "value": 300}]}
    assert page.problems == []


def test_a_refusal_stays_on_the_page_with_what_was_typed(market, marketer, open_page):
    page = open_page("/audiences/new/", marketer)
    page.get_by_label("Name").fill("Nobody")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#audience-whole")).to_contain_text("complete the marked conditions")
    expect(page.get_by_label("Name")).to_have_value("Nobody")


def test_without_scripts(market, marketer, open_page):
    page = open_page("/audiences/new/", marketer, java_script_enabled=False)
    page.get_by_label("Name").fill("German firms")
    page.get_by_text("choose", exact=True).click()
    page.get_by_role("checkbox", name="Germany").check()
    page.get_by_role("button", name="Count again").click()
    expect(page.locator("#audience-count")).to_have_text("6")
    page.get_by_role("button", name="Condition", exact=True).click()
    page.locator("#field-r-2").select_option("size")
    page.get_by_role("button", name="Count again").click()
    expect(page.locator("#field-r-2")).to_have_value("size")
    page.locator("#value-r-2").fill("600")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", name="German firms")).to_be_visible()
    assert Audience.objects.get().conditions["all"][1] == {"field": "size", "op": "at_least", "value": 600}


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark"), (390, "light")])
def test_pages_fit_and_look_right(market, marketer, campaign, open_page, shots, width, scheme):
    row = audiences.create(
        by=marketer, name="Ports without contact", description="For the spring mailing", conditions=TREE
    )
    campaign.audience = row
    campaign.save()
    paths = {
        "list": "/audiences/", "page": f"/audiences/{row.pk}/?contact={market.pk}", "edit": f"/audiences/{row.pk}/edit/",
        "tab": f"/campaigns/{campaign.pk}/audience/", "contact": f"/contacts/{Contact.objects.last().pk}/",
    }  # fmt: skip
    for name, path in paths.items():
        page = open_page(path, marketer, width=width, color_scheme=scheme)
        settled(page)
        assert page.evaluate("document.documentElement.scrollWidth") == width, name
        if shots:
            page.screenshot(path=shots / f"audience-{name}-{width}-{scheme}.png", full_page=True)
        assert page.problems == []
