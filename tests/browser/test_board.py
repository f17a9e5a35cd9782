"""The board in a real browser: cards move by mouse and by keyboard, and go back with the reason."""

import pytest
from playwright.sync_api import expect

from crm.models import Lead, Requirement, Stage

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def card(lead):
    return f"#card-{lead.pk}"


def column(page, stage):
    return page.locator(f'[data-stage="{stage.pk}"]')


def focus(page, card):
    page.locator(f"{card} h3 a").focus()


def test_a_card_is_carried_by_the_mouse(lead, card, rep, stages, open_page):
    page = open_page("/leads/board/", rep)
    page.locator(card).drag_to(column(page, stages["pilot"]), target_position={"x": 100, "y": 200})
    expect(column(page, stages["pilot"]).locator(card)).to_be_visible()
    expect(page.locator(f"#head-{stages['pilot'].pk}")).to_contain_text("50% = €92k")
    expect(page.locator(f"#head-{stages['new'].pk} .fl-n")).to_have_text("0")
    expect(page.locator("#toasts")).to_contain_text("Moved Hanseatic Freight to Pilot")
    lead.refresh_from_db()
    assert lead.stage == stages["pilot"]
    page.locator("#toasts").get_by_role("button", name="Undo").click()
    expect(column(page, stages["new"]).locator(card)).to_be_visible()
    expect(page.locator(f"#head-{stages['new'].pk} .fl-n")).to_have_text("1")
    lead.refresh_from_db()
    assert lead.stage == stages["new"]
    assert page.problems == []


def test_a_card_is_carried_by_keyboard_and_each_step_is_said(lead, card, rep, stages, open_page):
    page = open_page("/leads/board/", rep)
    said = page.locator("#board-said")
    focus(page, card)
    page.keyboard.press("x")
    expect(said).to_contain_text("Picked up Hanseatic Freight in New.")
    page.keyboard.press("ArrowRight")
    expect(said).to_contain_text("Over Discovery.")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(said).to_contain_text("Moved Hanseatic Freight to Pilot")
    expect(column(page, stages["pilot"]).locator(f"{card} h3 a")).to_be_focused()
    lead.refresh_from_db()
    assert lead.stage == stages["pilot"]
    assert page.url.endswith("/leads/board/")
    assert page.problems == []


def test_esc_puts_it_back_and_nothing_is_written(lead, card, rep, stages, open_page):
    page = open_page("/leads/board/", rep)
    focus(page, card)
    for key in ("x", "ArrowRight", "ArrowRight", "Escape"):
        page.keyboard.press(key)
    expect(page.locator("#board-said")).to_contain_text("Put Hanseatic Freight back in New.")
    expect(column(page, stages["new"]).locator(card)).to_be_visible()
    lead.refresh_from_db()
    assert (lead.stage, lead.version) == (stages["new"], 1)


def test_a_refused_move_goes_back_and_says_why(lead, card, rep, stages, needs, open_page):
    Stage.objects.filter(pk=stages["discovery"].pk).update(confirmed_needed=1)
    Requirement.objects.create(lead=lead, need=needs["languages"])
    page = open_page("/leads/board/", rep)
    page.locator(card).drag_to(column(page, stages["discovery"]), target_position={"x": 100, "y": 200})
    refusal = column(page, stages["new"]).locator(f"{card} [role=alert]")
    expect(refusal).to_contain_text(
        "Stayed in New. Discovery needs 1 confirmed requirement; this lead has 0, and 1 proposed."
    )
    expect(page.locator("#board-said")).to_contain_text("Stayed in New.")
    lead.refresh_from_db()
    assert lead.stage == stages["new"]


def test_a_card_somebody_moved_meanwhile_goes_back(lead, card, rep, stages, open_page):
    page = open_page("/leads/board/", rep)
    Lead.objects.filter(pk=lead.pk).update(version=5)
    focus(page, card)
    for key in ("x", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    expect(column(page, stages["new"]).locator(f"{card} [role=alert]")).to_contain_text("Somebody changed this")
    focus(page, card)  # the fresh card has the new version: the second try works
    for key in ("x", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    expect(column(page, stages["discovery"]).locator(card)).to_be_visible()


def test_a_server_that_is_away_moves_nothing(lead, card, rep, stages, open_page):
    page = open_page("/leads/board/", rep)
    page.route("**/move/**", lambda route: route.abort())
    focus(page, card)
    for key in ("x", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    expect(column(page, stages["new"]).locator(f"{card} [role=alert]")).to_contain_text("nothing was written")


def test_won_asks_first_and_can_be_undone(lead, card, rep, stages, open_page):
    page = open_page("/leads/board/", rep)
    dialog = page.locator("#board-won")
    page.locator(card).drag_to(column(page, stages["won"]))
    expect(dialog).to_contain_text("Hanseatic Freight")
    expect(dialog).to_contain_text("You can undo it right after.")
    dialog.get_by_role("button", name="Put it back").click()
    expect(column(page, stages["new"]).locator(card)).to_be_visible()
    lead.refresh_from_db()
    assert lead.stage == stages["new"]
    page.locator(card).drag_to(column(page, stages["won"]))
    dialog.get_by_role("button", name="Mark as won").click()
    expect(page.locator(card)).to_have_count(0)
    lead.refresh_from_db()
    assert lead.stage == stages["won"]
    page.locator("#toasts").get_by_role("button", name="Undo").click()
    expect(page.locator("#board-said")).to_contain_text("Moved Hanseatic Freight to New")
    expect(column(page, stages["new"]).locator(card)).to_be_visible()
    lead.refresh_from_db()
    assert lead.stage == stages["new"]
    assert page.problems == []


@pytest.mark.parametrize("width", [1440, 390])
def test_both_ends_stay_in_view_while_a_card_is_carried(lead, card, rep, stages, open_page, width, shots):
    page = open_page("/leads/board/", rep)
    page.set_viewport_size({"width": width, "height": 800})
    page.locator(card).hover()
    page.mouse.down()
    box = page.locator(card).bounding_box()
    for step in (10, 20, 40):
        page.mouse.move(box["x"] + 30 + step, box["y"] + 40 + step)
    for kind in ("won", "lost"):
        expect(column(page, stages[kind])).to_be_in_viewport(ratio=0.99)
    if shots:
        page.screenshot(path=shots / f"board-carried-{width}.png")
    page.mouse.up()
    expect(page.locator(".fl-drops.is-held")).to_have_count(0)


def test_lost_asks_why_and_can_be_put_back(lead, card, rep, stages, open_page):
    page = open_page("/leads/board/", rep)
    for answer in ("Put it back", "Mark as lost"):
        page.locator(card).drag_to(column(page, stages["lost"]))
        dialog = page.locator("#board-lost")
        expect(dialog).to_be_visible()
        if answer == "Put it back":
            dialog.get_by_role("button", name=answer).click()
            expect(column(page, stages["new"]).locator(card)).to_be_visible()
            continue
        dialog.get_by_label("Bad timing").check()
        dialog.get_by_role("button", name=answer).click()
    expect(page.locator(card)).to_have_count(0)
    expect(page.locator(f"#head-{stages['lost'].pk}")).to_contain_text("1 this quarter")
    lead.refresh_from_db()
    assert (lead.stage, lead.lost_reason) == (stages["lost"], "timing")
    page.locator("#toasts").get_by_role("button", name="Undo").click()
    expect(page.locator("#board-said")).to_contain_text("Moved Hanseatic Freight to New")
    expect(column(page, stages["new"]).locator(card)).to_be_visible()
    lead.refresh_from_db()
    assert lead.stage == stages["new"]
    assert page.problems == []


def test_a_teammates_card_stays(lead, card, teammate, stages, open_page):
    page = open_page("/leads/board/", teammate)
    page.locator(card).drag_to(column(page, stages["pilot"]), target_position={"x": 100, "y": 200})
    expect(column(page, stages["new"]).locator(card)).to_be_visible()
    focus(page, card)
    page.keyboard.press("x")
    expect(page.locator(f"{card} [role=alert]")).to_contain_text(
        "Only its owner or a sales manager can move Hanseatic Freight."
    )
    lead.refresh_from_db()
    assert lead.version == 1


def test_a_phone_scrolls_the_columns_not_the_page(lead, rep, open_page):
    page = open_page("/leads/board/", rep, width=390, height=800)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert page.problems == []
