"""Merging two contacts in a real browser: every page fits, and the one that was chosen stays."""

import pytest
from playwright.sync_api import expect

from crm.models import Contact, Lead

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def twin(lead, company, rep, team):
    row = Contact.objects.create(
        company=company, name="Anke Petersen", email="anke.petersen.private@a-rather-long-mail-domain.example",
        phone="+49 40 300 51 80", owner=rep, team=team,
    )  # fmt: skip
    Lead.objects.create(
        title="A second desk", company=company, contact=row, pipeline=lead.pipeline, stage=lead.stage, owner=rep, team=team
    )  # fmt: skip
    return row


PATHS = ["/contacts/{contact}/", "/contacts/{contact}/merge/", "/contacts/{contact}/merge/?q=petersen", "/contacts/{contact}/merge/?other={twin}"]  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(("width", "language", "theme"), [(1440, "en", "light"), (390, "zh-hans", "dark")])
def test_pages_fit_and_complain_of_nothing(contact, twin, rep, open_page, shots, path, width, language, theme):
    rep.language, rep.theme = language, theme
    rep.save()
    page = open_page(path.format(contact=contact.pk, twin=twin.pk), rep, width=width)
    page.wait_for_load_state("networkidle")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.problems == []
    if shots:
        page.screenshot(path=shots / f"merge-{PATHS.index(path)}-{width}-{theme}.png", full_page=True)


def test_the_chosen_one_stays(contact, twin, rep, open_page):
    page = open_page(f"/contacts/{contact.pk}/", rep)
    page.get_by_role("link", name=twin.email).click()
    expect(page.get_by_role("heading", name="Which of the two stays?")).to_be_visible()
    page.get_by_role("radio").nth(1).check()
    page.get_by_role("button", name="Merge the two").click()
    expect(page.get_by_text("is now part of")).to_be_visible()
    expect(page.get_by_role("link", name="A second desk")).to_be_visible()
    assert Contact.objects.get() == twin
    assert page.problems == []
