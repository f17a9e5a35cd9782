"""The hub in a real browser: two versions side by side, quality in use, assigning and rolling back, re-reading."""

import datetime
import random

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from core.models import Segment
from crm.models import Rereading, RereadLead
from modelhub.engine import comparison, corpus
from modelhub.engine.comparison import Answers
from modelhub.models import (
    Assignment,
    Dataset,
    DatasetRow,
    Evaluation,
    Example,
    Feedback,
    ModelVersion,
    Prediction,
)
from modelhub.services import assignments, shipped

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
CURVE = ((0.25, 110, 0.702), (0.5, 220, 0.748), (0.75, 330, 0.766), (1.0, 440, 0.781))


def _answers(messages, needs, right, seed):
    """Answers that are right with a probability, as a reader's are."""
    rng = random.Random(seed)
    said, chances = [], []
    for message in messages:
        found = {need: quotes for need, quotes in message.needs.items() if rng.random() < right}
        if rng.random() > right:
            found[rng.choice(needs)] = ((0, 12),)
        said.append(found)
        chances.append({need: min(0.99, max(0.01, rng.gauss(0.8 if need in found else 0.12, 0.16))) for need in needs})
    return Answers(said, chances, 18.0 + 9 * right)


@pytest.fixture
def hub(needs, admin_user, lead, other_lead):
    """The shipped versions, a trained one compared with the reader, verdicts of ten weeks, and a history."""
    shipped.ensure()
    ModelVersion.objects.filter(key=shipped.READER_WORDS).update(state="ready")  # as if it were trained here
    admin_user.is_staff = True
    admin_user.save()
    segment = Segment.objects.create(key="dach", name_en="DACH, on-premise", name_zh="德语区，本地部署")
    old = ModelVersion.objects.get(key=shipped.READER)
    new = ModelVersion.objects.create(
        key="dach-2", name="DACH reader 2", task="read", engine="reader", base=old.base, card="Trained on corrections."
    )
    data = Dataset.objects.create(
        name="DACH corrections, winter", digest="x", segment=segment,
        curve=[{"share": s, "rows": n, "macro_f1": f, "n": 120} for s, n, f in CURVE],
    )  # fmt: skip
    texts = corpus.load_all(corpus.TRAIN)
    texts = [m for m in texts if m.language == "en"][:80] + [m for m in texts if m.language == "zh"][:40]
    rows = DatasetRow.objects.bulk_create(
        DatasetRow(
            dataset=data, source=m.id, text=m.text, language=m.language, labels=dict.fromkeys(m.needs, True),
            spans={k: [list(s) for s in v] for k, v in m.needs.items()}, split="test",
        )
        for m in texts
    )  # fmt: skip
    evaluation = _compared(old, new, data, rows)
    for week in range(10):
        _verdicts(old, week, 0.78 + 0.01 * week)
        if week < 5:
            _verdicts(new, week, 0.9)
    Example.objects.bulk_create(Example(source=f"crm.message:{n}", text="x", segment=segment) for n in range(64))
    assignments.assign("read", segment, new, by=admin_user, reason="", seen="")
    row = Rereading.objects.get()
    Rereading.objects.update(state="done", total=12, done=12, by=admin_user, finished_at=timezone.now())
    RereadLead.objects.create(
        rereading=row, lead=lead, messages=3, came=["latency", "languages"], went=["throughput-scale"]
    )
    RereadLead.objects.create(rereading=row, lead=other_lead, messages=1, came=[], went=["latency"])
    return {"old": old, "new": new, "evaluation": evaluation, "segment": segment, "change": row.change}


def _compared(old, new, data, rows):
    from modelhub.services.comparisons import as_message

    messages = [as_message(row) for row in rows]
    keys = sorted({need for message in messages for need in message.needs})
    better, poorer = _answers(messages, keys, 0.9, 1), _answers(messages, keys, 0.8, 2)
    changed = comparison.changed(messages, keys, better, poorer)
    made = None
    for language in ("", "en", "zh"):
        places = [i for i, m in enumerate(messages) if not language or m.language == language]
        chosen, a, b = [messages[i] for i in places], better.of(places), poorer.of(places)
        beside = {
            "figures": {**comparison.figures(chosen, keys, b), "memory_mb": 482},
            "differences": comparison.differences(chosen, keys, a, b, rounds=200),
        }
        if not language:
            beside |= {
                "needs": comparison.need_differences(chosen, keys, a, b, rounds=200),
                "changed": {"n": len(changed), "better": 40, "worse": 12, "rows": changed},
            }
        figures = {**comparison.figures(chosen, keys, a), "memory_mb": 484}
        row = Evaluation.objects.create(
            version=new, beside=old, data=data, dataset=data.name, language=language, n=len(chosen), figures=figures,
            comparison=beside,
        )  # fmt: skip
        made = made or row
    return made


def _verdicts(version, week, rate):
    moment = timezone.now() - datetime.timedelta(weeks=week)
    for number in range(20):
        source = f"crm.message:{version.pk}-{week}-{number}"
        prediction = Prediction.objects.create(source=source, task="read", version=version, input_hash="x")
        verdict = "confirmed" if number < 20 * rate else "rejected"
        row = Feedback.objects.create(
            source=source, prediction=prediction, verdict=verdict, need="latency", author="Mira"
        )
        Feedback.objects.filter(pk=row.pk).update(at=moment)


def pages(hub):
    place = reverse("admin:modelhub_assignment_place", args=["read", hub["segment"].pk])
    return {
        "hub": reverse("hub"),
        "hub-version": reverse("hub-version", args=[hub["new"].key]),
        "hub-evaluation": reverse("hub-evaluation", args=[hub["evaluation"].pk]),
        "rereading": reverse("rereading", args=[hub["change"]]),
        "rereadings": reverse("rereadings"),
        "admin-place": place,
        "admin-history": f"{place}history/",
        "admin-history-all": reverse("admin:modelhub_assignment_history"),
    }


def test_pages_hold_together_wide_and_narrow_light_and_dark(open_page, hub, admin_user, shots):
    for name, path in pages(hub).items():
        for width, height, scheme in (
            (1440, 900, "light"),
            (1440, 900, "dark"),
            (390, 844, "light"),
            (390, 844, "dark"),
        ):
            page = open_page(path, admin_user, width=width, height=height, color_scheme=scheme)
            if not name.startswith("admin"):
                page.evaluate(f"document.documentElement.dataset.bsTheme = '{scheme}'")
            if shots:
                page.screenshot(path=shots / f"{name}-{width}-{scheme}.png", full_page=True)
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, f"{name} runs {wide - width} px over at {width}"
            assert page.problems == [], name
            page.context.close()


def test_on_a_phone_figures_come_with_the_choice_and_what_is_inherited_on_demand(open_page, hub, admin_user):
    ModelVersion.objects.filter(key=shipped.READER_MINILM).update(state="untrained")
    page = open_page(pages(hub)["admin-place"], admin_user, width=390, height=844)
    other = page.locator("label.hub-choice").filter(has_text="reader v1 n-grams")
    expect(page.locator("label.hub-choice:has(:checked) .hub-figures")).to_be_visible()
    expect(other.locator(".hub-gate")).to_be_visible()
    expect(other.locator(".hub-figures")).to_be_hidden()
    other.click()
    expect(other.locator(".hub-figures")).to_be_visible()
    expect(page.get_by_text("reader v1 MiniLM")).to_be_hidden()  # untrained: it cannot be chosen
    page.get_by_text("Cannot serve yet (1)").click()
    expect(page.get_by_text("reader v1 MiniLM")).to_be_visible()
    page.goto(reverse("admin:modelhub_assignment_changelist"))
    row = page.locator("tr").filter(has_text="DACH, on-premise")
    expect(row.get_by_text("DACH reader 2")).to_be_visible()  # its own
    expect(row.get_by_text("composer v1")).to_be_hidden()
    row.get_by_label("Show what it inherits").check()
    expect(row.get_by_text("composer v1")).to_be_visible()


def test_assign_what_the_gate_refuses_and_roll_back(open_page, hub, admin_user):
    page = open_page(pages(hub)["admin-place"], admin_user)
    page.get_by_text("reader v1 n-grams").click()
    page.get_by_role("button", name="Assign").click()
    expect(page.get_by_text("It may serve nevertheless if you write why")).to_be_visible()
    page.get_by_label("Reason").fill("The other one is being mended")
    page.get_by_role("button", name="Assign").click()
    expect(page.get_by_text("serves now. Workers follow").first).to_be_visible()
    page.goto(pages(hub)["admin-history"])
    page.get_by_role("button", name="Roll back to DACH reader 2").click()
    expect(page.get_by_text("DACH reader 2 serves again").first).to_be_visible()
    assert Assignment.objects.get(segment=hub["segment"]).version == hub["new"]
