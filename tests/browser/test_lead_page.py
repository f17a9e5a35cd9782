"""The lead page in a real browser: needs appear when they are read, light up with their quotes, and obey the keys."""

import re

import pytest
from playwright.sync_api import expect

from core.models import Need
from crm.models import Message, Requirement
from crm.services import messages, reading
from tests.crm.readings import reading as said

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ASKS_EACH, LINKED = "load delay:200ms, every 500ms", re.compile("is-linked")
TEXT = "Hello, it must run in our own data centre 😀 and answer in German.\nWe have 220 agents."


def read(message, *found, **values):
    reading.keep(message, said(message, *found, **values), {need.key: need for need in Need.objects.all()})


@pytest.fixture
def message(lead, needs):
    row = messages.add(lead, text=TEXT, channel="mail", contact=lead.contact)[0]
    read(
        row, ("private-deployment", "in our own data centre", 0.97), ("languages", "in German", 0.9),
        ("customer-service", "answer", 0.8), known=[("task", "run")], missing=("budget",),
    )  # fmt: skip
    return row


def row_of(key):
    return Requirement.objects.get(need__key=key)


def test_a_pasted_message_shows_its_needs_by_itself_once_it_is_read(lead, needs, rep, open_page):
    page = open_page(f"/leads/{lead.pk}/", rep)
    page.get_by_label("What they wrote or said").fill(TEXT)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#lead-needs [hx-trigger]")).to_have_attribute("hx-trigger", ASKS_EACH)
    page.evaluate("() => { window.stays = true; }")
    row = Message.objects.get()
    read(row, ("languages", "in German", 0.9))
    expect(page.locator(f'.fl-message mark[data-quote="q{row_of("languages").pk}"]')).to_be_visible()
    expect(page.locator("#lead-needs .fl-need")).to_have_count(1)
    expect(page.locator("#lead-needs [hx-trigger]")).to_have_count(0)
    assert page.evaluate("() => window.stays") is True
    assert page.problems == []


def test_a_need_and_its_quote_light_up_together(lead, message, rep, open_page):
    page = open_page(f"/leads/{lead.pk}/", rep)
    key = f"q{row_of('languages').pk}"
    page.locator(f'.fl-need[data-quote="{key}"]').hover()
    expect(page.locator(f'mark[data-quote="{key}"]')).to_have_class(LINKED)
    other = f"q{row_of('private-deployment').pk}"
    page.locator(f'mark[data-quote="{other}"]').hover()
    expect(page.locator(f'.fl-need[data-quote="{other}"]')).to_have_class(LINKED)
    expect(page.locator(f'mark[data-quote="{key}"]')).not_to_have_class(LINKED)


def test_keys_confirm_decline_and_change_and_go_to_the_next(lead, message, rep, needs, open_page):
    page = open_page(f"/leads/{lead.pk}/", rep)
    first, second = page.locator("#lead-needs .fl-need").nth(0), page.locator("#lead-needs .fl-need").nth(1)
    ids = [first.get_attribute("id"), second.get_attribute("id")]
    first.focus()
    page.keyboard.press("y")
    page.wait_for_function("id => document.activeElement.id === id", arg=ids[1])
    assert row_of("private-deployment").status == "confirmed"
    page.keyboard.press("n")
    page.wait_for_selector(".fl-declined")
    page.wait_for_function("() => document.activeElement.matches('.is-proposed')")
    page.locator(f"#{ids[0]}").focus()
    page.keyboard.press("e")
    page.wait_for_function("() => document.activeElement.matches('.fl-need-edit select')")
    page.get_by_label("How much").select_option("must")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(f"#{ids[0]} .fl-need-edit", state="detached")
    assert row_of("private-deployment").priority == "must"
    assert page.problems == []


def test_words_that_were_selected_become_a_need(lead, message, rep, needs, open_page):
    page = open_page(f"/leads/{lead.pk}/", rep)
    page.evaluate(
        """id => { const root = document.querySelector(`[data-message="${id}"]`);
        const walk = document.createTreeWalker(root, NodeFilter.SHOW_TEXT); let node;
        while ((node = walk.nextNode())) { const at = node.data.indexOf('220 agents');
          if (at >= 0) { document.getSelection().setBaseAndExtent(node, at, node, at + 10); return; } } }""",
        message.pk,
    )
    page.locator(".fl-pick").click()
    form = page.locator("details[open] .fl-add-need")
    expect(form.locator("[name=quote]")).to_have_value("220 agents")
    form.locator("select").select_option(str(needs["throughput-scale"].pk))
    form.locator("button").click()
    page.wait_for_selector('.fl-need:has-text("Throughput and scale")')
    quote = row_of("throughput-scale").quotes.get()
    assert (quote.text, TEXT[quote.start : quote.end]) == ("220 agents", "220 agents")
    assert page.problems == []


def test_a_need_is_added_with_the_keyboard_alone(lead, message, rep, needs, open_page):
    page = open_page(f"/leads/{lead.pk}/", rep)
    page.get_by_text("Mark something it missed").focus()
    page.keyboard.press("Enter")
    form = page.locator("details[open] .fl-add-need")
    expect(form).to_be_visible()
    page.keyboard.press("Tab")
    expect(form.locator("select")).to_be_focused()
    page.keyboard.type("Throughput")
    page.keyboard.press("Tab")
    expect(form.locator("[name=quote]")).to_be_focused()
    page.keyboard.type("220 agents")
    page.keyboard.press("Enter")
    page.wait_for_selector('.fl-need:has-text("Throughput and scale")')
    assert row_of("throughput-scale").quotes.get().text == "220 agents"


def test_a_question_goes_into_the_reply(lead, message, rep, open_page):
    page = open_page(f"/leads/{lead.pk}/", rep)
    page.get_by_text("Use in reply").click()
    expect(page.get_by_label("What we wrote")).to_have_value("What about budget?")
    page.locator('[data-tab="note"]').click()
    expect(page.get_by_label("What we wrote")).to_be_hidden()


def test_a_refused_click_says_so_where_it_happened(lead, message, rep, manager, open_page):
    page = open_page(f"/leads/{lead.pk}/", rep)
    Requirement.objects.update(version=9)
    page.locator("#lead-needs .fl-need").nth(0).get_by_text("Confirm").click()
    expect(page.locator("#lead-needs .fl-error")).to_contain_text("Somebody changed this")
    page.locator("#lead-needs .fl-need").nth(0).get_by_text("Confirm").click()
    expect(page.locator("#lead-needs .fl-error")).to_have_count(0)
    assert row_of("private-deployment").status == "confirmed"


def test_everything_works_without_scripts(lead, message, rep, open_page):
    page = open_page(f"/leads/{lead.pk}/", rep, java_script_enabled=False)
    page.locator("#lead-needs .fl-need").nth(0).get_by_text("Confirm").click()
    expect(page.locator("#lead-needs .fl-need.is-proposed")).to_have_count(2)
    assert row_of("private-deployment").status == "confirmed"
    page.locator('[data-tab="note"]').click()
    page.get_by_label("Note", exact=True).fill("Called")
    page.locator('[data-panel="note"] button').click()
    expect(page.locator(".fl-note")).to_have_text("Called")


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_page_fits(lead, message, rep, open_page, shots, width, theme, language):
    rep.theme, rep.language = theme, language
    rep.save()
    page = open_page(f"/leads/{lead.pk}/", rep, width=width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.problems == []
    if shots:
        page.screenshot(path=shots / f"lead-{width}-{theme}-{language}.png", full_page=True)
