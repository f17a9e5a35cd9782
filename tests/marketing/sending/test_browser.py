"""Sending in a real browser: started, watched, settled; and the page a recipient gets."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from core.services import jobs
from marketing.models import Delivery
from marketing.services import unsubscribing

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def shoot(page, shots, name):
    if shots:
        page.screenshot(path=shots / f"{name}.png", full_page=True)


def test_it_is_started_watched_and_settled(open_page, marketer, ready, people, shots, settings, tmp_path):
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = tmp_path
    people(12)
    people(3, agreed=False)
    page = open_page(f"/campaigns/{ready.pk}/sending/", marketer)
    shoot(page, shots, "sending-ready")
    page.get_by_role("button", name="Send now").click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    jobs.work("default")
    expect(page.locator("#sending")).to_contain_text("12 sent")
    expect(page.locator("#sending")).to_contain_text("No consent 3")
    rows = list(Delivery.objects.filter(state="sent")[:3])
    Delivery.objects.filter(pk=rows[0].pk).update(state="ambiguous", error="No answer came: timed out")
    Delivery.objects.filter(pk=rows[1].pk).update(state="failed", error="550 5.1.1 no such user here")
    page.goto(f"/campaigns/{ready.pk}/sending/?part=ambiguous")
    shoot(page, shots, "sending-settle")
    page.get_by_role("button", name="It was sent").click()
    expect(page.locator("#sending")).to_contain_text("0 unknown")
    assert page.problems == []


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_wide_and_narrow_light_and_dark(open_page, marketer, ready, people, shots, width, scheme):
    from marketing.services import planning

    people(30)
    people(4, agreed=False)
    planning.plan(ready, by=marketer)
    ids = list(Delivery.objects.filter(state="planned").values_list("pk", flat=True))
    Delivery.objects.filter(pk__in=ids[:18]).update(state="sent", sent_at=timezone.now())
    Delivery.objects.filter(pk__in=ids[18:20]).update(state="failed", error="550 5.1.1 no such user")
    Delivery.objects.filter(pk__in=ids[20:22]).update(state="ambiguous", error="No answer came: timed out")
    type(ready).objects.filter(pk=ready.pk).update(
        state="paused", per_minute=120, problem="The content is not what was approved any more, so the sending stopped."
    )
    page = open_page(f"/campaigns/{ready.pk}/sending/", marketer, width=width, color_scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    shoot(page, shots, f"sending-{width}-{scheme}")
    page.goto(unsubscribing.link(Delivery.objects.first()).removeprefix("http://localhost:8000"))
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    shoot(page, shots, f"unsubscribe-{width}-{scheme}")
    page.get_by_role("button", name="Unsubscribe").click()
    expect(page.get_by_role("heading", name="You get no more mails from us")).to_be_visible()
    assert page.problems == []
