"""The copy of a campaign in a real browser: changed, judged by a worker, previewed, asked for, approved by another."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from core.services import jobs
from marketing.models import Campaign, Delivery
from tests.fixtures.browser import settled

pytestmark = [pytest.mark.browser, pytest.mark.models, pytest.mark.django_db(transaction=True)]


def test_written_judged_mended_asked_for_and_approved(
    open_page, marketer, other_marketer, campaign, campaign_copy, contact, shots
):
    page = open_page(f"/campaigns/{campaign.pk}/copy/", marketer)
    expect(page.locator("#preflight")).to_contain_text("all 5 sentences stand")
    page.get_by_role("link", name="May your documents leave").focus()
    page.keyboard.press("Enter")
    box = page.get_by_label("Sentence 2", exact=True)
    expect(box).to_be_focused()
    box.fill("Helm answers in 35 languages.")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("One sentence is being checked")).to_be_visible()
    expect(page.get_by_role("button", name="Ask for approval")).to_be_disabled()
    jobs.work("ml")
    expect(page.locator("s", has_text="35 languages")).to_be_visible()
    expect(page.locator("#preflight")).to_contain_text("a claim says otherwise than sentence 2")
    if shots:
        page.screenshot(path=shots / "copy-refused.png", full_page=True)
    page.get_by_role("button", name="Rewrite from").click()
    expect(page.get_by_text("One sentence is being checked")).to_be_visible()
    jobs.work("ml")
    ask = page.get_by_role("button", name="Ask for approval")
    expect(ask).to_be_enabled()
    ask.click()
    expect(page.get_by_text("You asked for this approval")).to_be_visible()
    assert page.problems == []

    other = open_page(f"/campaigns/{campaign.pk}/copy/", other_marketer)
    if shots:
        settled(other)
        other.screenshot(path=shots / "copy-review.png", full_page=True)
    other.get_by_role("button", name="Approve").click()
    expect(other.get_by_text("Approved by Ravi")).to_be_visible()
    assert Campaign.objects.get(pk=campaign.pk).state == "approved"
    assert other.problems == []


def test_write_the_mail_is_pressed_once(open_page, marketer, campaign, claims, shots):
    page = open_page(f"/campaigns/{campaign.pk}/", marketer)
    page.get_by_role("link", name="Write the mail").click()
    begin = page.get_by_role("button", name="Begin")
    expect(begin).to_be_visible()
    expect(page.get_by_text("Write the mail")).to_have_count(0)
    expect(page.locator("#preflight .fl-check-list, #preflight li").first).to_be_visible()
    if shots:
        settled(page)
        page.screenshot(path=shots / "copy-begin.png", full_page=True)
    begin.click()
    expect(page.get_by_text("A worker is writing this mail")).to_be_visible()
    assert campaign.copies.count() == 1
    assert page.problems == []


def test_while_the_list_is_gone_through_a_skeleton_stands_in_its_place(open_page, marketer, campaign, campaign_copy):
    page = open_page("/claims/", marketer)
    held = []
    page.route("**/copy/preflight/", lambda route: held.append(route))
    page.goto(f"/campaigns/{campaign.pk}/copy/")
    expect(page.locator("#preflight .fl-skeleton").first).to_be_visible()
    expect(page.get_by_text("Being gone through")).to_be_visible()
    expect(page.get_by_role("link", name="Go through the list")).to_be_hidden()
    held[0].continue_()
    expect(page.locator("#preflight")).to_contain_text("all 5 sentences stand")
    expect(page.locator("#preflight .fl-skeleton")).to_have_count(0)
    assert page.problems == []


def planned(campaign, copy, contact):
    """Mails in every state; returns the first, which waits and leads somewhere."""
    copy.sentences.filter(position=2).update(text="Read more: https://www.fairlead.io/private-assistants")
    states = ["planned", "sent", "bounced", "failed", "skipped", "ambiguous"]
    made = [
        Delivery.objects.create(
            campaign=campaign, person=contact.pk + number, contact=contact, copy=copy, state=state, address=contact.email,
            reason="no-consent" if state == "skipped" else "", message_id=f"<{number}@x>", due_at=timezone.now(),
        )
        for number, state in enumerate(states)
    ]  # fmt: skip
    return made[0]


@pytest.mark.parametrize(("width", "language", "theme"), [(1440, "en", "light"), (390, "zh-hans", "dark"), (1440, "zh-hans", "dark"), (390, "en", "light")])  # fmt: skip
def test_pages_fit(open_page, marketer, campaign, campaign_copy, make_copy, contact, shots, width, language, theme):
    make_copy(language="zh")
    marketer.language, marketer.theme = language, theme
    marketer.save()
    mail = planned(campaign, campaign_copy, contact)
    paths = {
        "sending": f"/campaigns/{campaign.pk}/sending/", "mail": f"/campaign-mails/{mail.pk}/",
        "editor": f"/campaigns/{campaign.pk}/copy/",
        "edit": f"/campaigns/{campaign.pk}/copy/?copy={campaign_copy.pk}&edit={campaign_copy.sentences.first().pk}",
        "subjects": f"/campaigns/{campaign.pk}/copy/?copy={campaign_copy.pk}&edit=subjects",
        "pick": f"/campaigns/{campaign.pk}/copy/?copy={campaign_copy.pk}&from_claim=1",
        "preflight": f"/campaigns/{campaign.pk}/copy/preflight/", "new": f"/campaigns/{campaign.pk}/copy/new/",
        "preview": f"/campaigns/copies/{campaign_copy.pk}/preview/?contact={contact.pk}&q=a",
    }  # fmt: skip
    for name, path in paths.items():
        page = open_page(path, marketer, width=width)
        settled(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
        assert page.problems == [], name
        if shots:
            page.screenshot(path=shots / f"copy-{name}-{width}-{language}.png", full_page=True)


def test_everything_works_without_scripts(open_page, marketer, other_marketer, campaign, campaign_copy, contact):
    page = open_page(f"/campaigns/{campaign.pk}/copy/", marketer, java_script_enabled=False)
    page.get_by_role("link", name="May your documents leave").click()
    page.get_by_label("Sentence 2", exact=True).fill("May we show it on Thursday?")
    page.get_by_role("button", name="Save and check").click()
    expect(page.get_by_text("One sentence is being checked")).to_be_visible()
    jobs.work("ml")
    page.reload()
    page.get_by_role("link", name="Go through the list").click()
    page.get_by_role("button", name="Ask for approval").click()
    expect(page.get_by_text("You asked for this approval")).to_be_visible()
    other = open_page(f"/campaigns/{campaign.pk}/copy/", other_marketer, java_script_enabled=False)
    other.get_by_role("button", name="Approve").click()
    expect(other.get_by_text("Approved by Ravi")).to_be_visible()
    assert Campaign.objects.get(pk=campaign.pk).state == "approved"
