"""The lead page in a real browser: needs appear when they are read, light up with their quotes, and obey the keys."""

import time

import pytest

from core.models import Need
from crm.models import Message, Requirement
from crm.services import messages, reading
from tests.crm.readings import reading as said

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
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


def test_a_pasted_message_shows_its_needs_within_a_second_of_being_read(lead, needs, rep, open_page):
    page = open_page(f"/leads/{lead.pk}/", rep)
    page.get_by_label("What they wrote or said").fill(TEXT)
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#lead-needs [hx-trigger]", state="attached")
    row = Message.objects.get()
    read(row, ("languages", "in German", 0.9))
    began = time.monotonic()
    page.wait_for_selector(f'.fl-message mark[data-quote="q{row_of("languages").pk}"]', timeout=5000)
    assert time.monotonic() - began < 1.0
    assert page.locator("#lead-needs .fl-need").count() == 1
    assert page.locator("#lead-needs [hx-trigger]").count() == 0
    assert page.problems == []


def test_a_need_and_its_quote_light_up_together(lead, message, rep, open_page):
    page = open_page(f"/leads/{lead.pk}/", rep)
    key = f"q{row_of('languages').pk}"
    page.locator(f'.fl-need[data-quote="{key}"]').hover()
    assert "is-linked" in page.locator(f'mark[data-quote="{key}"]').get_attribute("class")
    other = f"q{row_of('private-deployment').pk}"
    page.locator(f'mark[data-quote="{other}"]').hover()
    assert "is-linked" in page.locator(f'.fl-need[data-quote="{other}"]').get_attribute("class")
    assert "is-linked" not in page.locator(f'mark[data-quote="{key}"]').get_attribute("class")


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
    assert form.locator("[name=quote]").input_value() == "220 agents"
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
    page.keyboard.press("Tab")
    page.keyboard.type("Throughput")
    page.keyboard.press("Tab")
    page.keyboard.type("220 agents")
    page.keyboard.press("Enter")
    page.wait_for_selector('.fl-need:has-text("Throughput and scale")')
    assert row_of("throughput-scale").quotes.get().text == "220 agents"


def test_a_question_goes_into_the_reply(lead, message, rep, open_page):
    page = open_page(f"/leads/{lead.pk}/", rep)
    page.get_by_text("Use in reply").click()
    assert page.get_by_label("What we wrote").input_value() == "What about budget?"
    page.locator('[data-tab="note"]').click()
    assert page.get_by_label("What we wrote").is_hidden()


def test_a_refused_click_says_so_where_it_happened(lead, message, rep, manager, open_page):
    page = open_page(f"/leads/{lead.pk}/", rep)
    Requirement.objects.update(version=9)
    page.locator("#lead-needs .fl-need").nth(0).get_by_text("Confirm").click()
    page.wait_for_selector("#lead-needs .fl-error")
    assert "Somebody changed this" in page.locator("#lead-needs .fl-error").inner_text()
    page.locator("#lead-needs .fl-need").nth(0).get_by_text("Confirm").click()
    page.wait_for_selector("#lead-needs .fl-error", state="detached")
    assert row_of("private-deployment").status == "confirmed"


def test_everything_works_without_scripts(lead, message, rep, open_page):
    page = open_page(f"/leads/{lead.pk}/", rep, java_script_enabled=False)
    page.locator("#lead-needs .fl-need").nth(0).get_by_text("Confirm").click()
    assert row_of("private-deployment").status == "confirmed"
    page.locator('[data-tab="note"]').click()
    page.get_by_label("Note", exact=True).fill("Called")
    page.locator('[data-panel="note"] button').click()
    assert page.locator(".fl-note").inner_text() == "Called"


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
