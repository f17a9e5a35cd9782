"""The label queue: which readings are offered, in which order, and what an admin's answer makes of them; by form and by keyboard."""

import datetime

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from core.models import AuditEntry, Job
from core.services import jobs
from crm.services import messages
from modelhub import interface
from modelhub.engine import reader_scores
from modelhub.engine.types import Clarity, NeedScore, Reading, Span
from modelhub.models import Assignment, Example, ModelVersion, Offer, Prediction
from modelhub.services import building, datasets, labelling, offers

TEXT = "Hallo 👍, answers within two seconds please.\nAnd what would it cost for 220 seats?"
SECONDS = (TEXT.index("within"), TEXT.index(" please"))


@pytest.fixture
def version(db):
    return ModelVersion.objects.create(
        key="reader-9", name="reader v9", task="read", engine="reader", config={"digest": "kept"}
    )


def reading_row(version, source="crm.message:1", needs=("latency",), doubts=None, sure=True, **values):
    found = [{"need": need, "probability": 0.62, "spans": [[*SECONDS, TEXT[slice(*SECONDS)]]]} for need in needs]
    output = {"needs": found, "doubts": {"latency": 0.95} if doubts is None else doubts}
    return Prediction.objects.create(
        source=source, task="read", version=version, input_hash="x", language="en", sure=sure, output=output, **values
    )


def offered(version, source="crm.message:1", text=TEXT, **values):
    row = reading_row(version, source, **values)
    return interface.offer(interface.Offered(source, text, row.pk, group="crm.company:1"))


def save(client, offer, **form):
    return client.post(reverse("hub-label-save", args=[offer.pk]), form)


# what is offered


@pytest.mark.parametrize(
    ("values", "there"),
    [
        ({"doubts": {"latency": 0.95}}, True), ({"doubts": {"cost-control": 0.9}}, True), ({"doubts": {"latency": 0.55}}, False),
        ({"doubts": {}}, False), ({"doubts": {}, "sure": False}, True),
    ],
)  # fmt: skip
def test_unsure_readings_are_offered_and_clear_ones_not(version, values, there):
    assert offered(version, **values) is there
    assert Offer.objects.exists() is there


def test_two_versions_that_differ_are_a_reason(version):
    other = ModelVersion.objects.create(key="old", name="old", task="read", engine="reader")
    reading_row(other, needs=("languages",), doubts={})
    assert offered(version, doubts={})
    assert Offer.objects.get().why["differ"] == ["languages", "latency"]


def test_a_surer_second_reading_takes_the_offer_back(version):
    assert offered(version)
    assert not offered(version, doubts={})
    assert not Offer.objects.exists()


def test_what_a_person_said_something_of_is_offered_no_more(version, needs):
    assert offered(version)
    interface.correct(
        interface.Correction(source="crm.message:1", text=TEXT, verdict="confirmed", need="latency", author="Mira")
    )
    assert not Offer.objects.exists()
    assert not offered(version)


def test_a_full_day_keeps_the_most_doubtful(version, monkeypatch):
    monkeypatch.setattr(offers, "A_DAY", 2)
    for number, doubt in enumerate((0.8, 0.7, 0.9)):
        offered(version, f"crm.message:{number}", doubts={"latency": doubt})
    assert not offered(version, "crm.message:9", doubts={"latency": 0.75})
    assert list(Offer.objects.values_list("source", flat=True)) == ["crm.message:2", "crm.message:0"]
    Offer.objects.update(created_at=timezone.now() - datetime.timedelta(days=2))
    assert offered(version, "crm.message:9", doubts={"latency": 0.75})


def test_a_prediction_of_another_text_offers_nothing(version):
    row = reading_row(version, "crm.message:2")
    assert not interface.offer(interface.Offered("crm.message:1", TEXT, row.pk))
    assert not interface.offer(interface.Offered("crm.message:1", TEXT, 4711))


def test_nearness_is_one_at_the_threshold_and_falls_to_both_sides():
    import numpy as np

    near = reader_scores.nearness(np.array([0.2, 0.1, 0.6, 1.0, 0.0]), np.full(5, 0.2))
    assert near.round(3).tolist() == [1.0, 0.5, 0.5, 0.0, 0.0]


def test_a_message_that_was_read_unsurely_waits_for_labels(lead, needs, version, monkeypatch):
    Assignment.objects.create(task="read", segment=None, version=version)
    quote = TEXT[slice(*SECONDS)]

    class Doubtful:
        def read(self, texts):
            score = NeedScore("latency", 0.6, (Span(*SECONDS, quote),))
            return [Reading("en", 0.99, True, Clarity(0.4), (score,), (), {"cost-control": 0.97}) for _text in texts]

    monkeypatch.setattr(building, "build", lambda _version: Doubtful())
    message, _made = messages.add(lead, text=TEXT, channel="mail")
    jobs.work("ml")
    offer = Offer.objects.get()
    assert (offer.source, offer.text, offer.language) == (message.source, TEXT, "en")
    assert offer.group == f"crm.company:{lead.company_id}"
    assert [(p.need, p.found) for p in labelling.proposals(offer)] == [("latency", True), ("cost-control", False)]
    message.delete()
    assert not Offer.objects.exists()
    assert Job.objects.filter(state="done").exists()


# the page


def test_the_most_doubtful_comes_first_and_skipped_ones_last(version, admin_client, needs):
    for number, doubt in enumerate((0.8, 0.99, 0.9)):
        offered(version, f"crm.message:{number}", text=f"Text {number}", doubts={"latency": doubt})
    shown = []
    for _turn in range(4):
        offer = labelling.queue(admin_client.get(reverse("hub-label")).wsgi_request.user).first()
        shown.append(offer.text)
        save(admin_client, offer, skip="1")
    assert shown == ["Text 1", "Text 2", "Text 0", "Text 1"]
    assert Offer.objects.count() == 3
    assert not Example.objects.exists()


def test_saved_labels_become_an_example(version, admin_client, admin_user, needs, tree):
    offered(version, doubts={"latency": 0.9, "cost-control": 0.8})
    offer = Offer.objects.get()
    page = admin_client.get(reverse("hub-label")).content.decode()
    assert 'value="latency" checked' in page
    assert 'value="cost-control" data-toggle-key="2"' in page
    assert ">within two seconds</mark>" in page
    quote = f"latency:{SECONDS[0]}:{SECONDS[1]}"
    answer = save(admin_client, offer, need=["latency", "pricing-request"], quote=[quote])
    assert answer.status_code == 302
    example = Example.objects.get()
    assert example.labels == {"cost-control": False, "latency": True, "pricing-request": True}
    assert example.spans == {"latency": [list(SECONDS)], "pricing-request": []}
    assert (example.origin, example.author, example.source) == ("labelled", "Tomas", "crm.message:1")
    assert (example.language, example.group) == ("en", "crm.company:1")
    assert not Offer.objects.exists()
    assert AuditEntry.objects.get(verb="label").actor == admin_user
    after = admin_client.get(reverse("hub-label")).content.decode()
    assert "Nothing waits for labels" in after
    assert "You labelled 1 today" in after


def test_an_offer_is_no_example_until_it_is_labelled(version, needs):
    offered(version)
    assert not Example.objects.exists()
    assert datasets.count(None, ()) == 0


def test_the_second_of_two_admins_is_told_and_writes_nothing(version, admin_client, needs):
    offered(version)
    offer = Offer.objects.get()
    save(admin_client, offer, need=["latency"])
    page = admin_client.post(reverse("hub-label-save", args=[offer.pk]), {"need": ["languages"]}, follow=True)
    assert "labelled this text meanwhile" in page.content.decode()
    assert Example.objects.get().labels == {"latency": True}
    with pytest.raises(labelling.Stale):
        labelling.label(offer, labelling.Answer(frozenset({"languages"}), {}), by=AuditEntry.objects.get().actor)
    assert Example.objects.get().labels == {"latency": True}


def test_what_cannot_be_saved_stays_on_the_page(version, admin_client, needs):
    offered(version)
    answer = save(admin_client, Offer.objects.get(), need=["cost-control"], words="not in it", words_need="latency")
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "do not stand in the text" in page
    assert 'value="cost-control" checked' in page
    assert 'value="not in it"' in page
    assert Offer.objects.exists()


def test_a_text_may_be_dropped(version, admin_client, needs):
    offered(version)
    assert admin_client.post(reverse("hub-label-drop", args=[Offer.objects.get().pk])).status_code == 302
    assert not Offer.objects.exists()
    assert not Example.objects.exists()
    assert AuditEntry.objects.get(verb="drop").label == "crm.message:1"


def test_customers_words_are_for_admins_only(version, rep_client, manager_client, marketer_client, client, needs):
    offered(version)
    offer = Offer.objects.get()
    for who, status in ((rep_client, 403), (manager_client, 403), (marketer_client, 403), (client, 302)):
        answer = who.get(reverse("hub-label"))
        assert answer.status_code == status
        assert "within two" not in answer.content.decode()
        for name in ("hub-label-save", "hub-label-drop"):
            assert who.post(reverse(name, args=[offer.pk]), {"need": "latency"}).status_code == status
    assert Offer.objects.get() == offer
    assert list(labelling.queue(rep_client.get("/").wsgi_request.user)) == []


# the keyboard


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_text_is_labelled_by_keyboard_alone(version, needs, admin_user, open_page, shots):
    offered(version, doubts={"latency": 0.9, "cost-control": 0.8})
    offered(version, "crm.message:2", text="The second text", doubts={"latency": 0.7})
    page = open_page("/hub/label/", admin_user)
    latency, cost = page.locator("input[value=latency]"), page.locator("input[value=cost-control]")
    expect(latency).to_be_focused()
    expect(latency).to_be_checked()
    page.keyboard.press("2")
    expect(cost).to_be_checked()
    page.keyboard.press("2")
    expect(cost).not_to_be_checked()
    page.keyboard.press("ArrowDown")
    expect(cost).to_be_focused()
    page.keyboard.press("Space")
    expect(cost).to_be_checked()
    select(page, "what would it cost")
    page.keyboard.press(page.locator("input[value=pricing-request]").get_attribute("data-toggle-key"))
    expect(page.locator("mark[data-quote=pricing-request]")).to_have_text("what would it cost")
    expect(page.locator("mark[data-quote=latency]")).to_have_text("within two seconds")
    if shots:
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.screenshot(path=shots / f"label-{scheme}.png", full_page=True)
    page.keyboard.press("Enter")
    expect(page.get_by_text("The second text")).to_be_visible()
    example = Example.objects.get()
    assert example.labels == {"cost-control": True, "latency": True, "pricing-request": True}
    ((start, end),) = example.spans["pricing-request"]
    assert TEXT[start:end] == "what would it cost"  # an emoji stands before it
    page.keyboard.press("s")
    expect(page.get_by_text("skipped before")).to_be_visible()
    assert Offer.objects.get().skipped_at is not None
    assert page.problems == []


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_text_is_labelled_without_scripts(version, needs, admin_user, open_page):
    offered(version)
    page = open_page("/hub/label/", admin_user, java_script_enabled=False, width=390)
    page.get_by_role("checkbox", name="Pricing request").check()
    page.get_by_text("Add a quote by its words").click()
    page.get_by_label("Words of the text").fill("what would it cost")
    page.locator("#words-need").select_option("pricing-request")
    page.get_by_role("button", name="Save and go on").click()
    expect(page.get_by_role("button", name="Save and go on")).to_have_count(0)  # it was the last one
    example = Example.objects.get()
    assert example.labels == {"latency": True, "pricing-request": True}
    assert [TEXT[a:b] for a, b in example.spans["pricing-request"]] == ["what would it cost"]


def select(page, words):
    """Select words of the text as a mouse or Shift and arrows would, within one line."""
    page.evaluate(
        """(words) => {
          const walker = document.createTreeWalker(document.querySelector('[data-label-text]'), NodeFilter.SHOW_TEXT);
          for (let node = walker.nextNode(); node; node = walker.nextNode()) {
            const at = node.data.indexOf(words);
            if (at < 0) continue;
            const range = document.createRange();
            range.setStart(node, at);
            range.setEnd(node, at + words.length);
            getSelection().removeAllRanges();
            getSelection().addRange(range);
          }
        }""",
        words,
    )
