"""The hub's pages for everyone: figures and states, no customer text, nothing to change outside the admin."""

import pytest
from django.template.loader import render_to_string
from django.urls import reverse

from modelhub.models import Assignment, Evaluation, Feedback, ModelVersion, Prediction

QUOTE = "two seconds at most"


@pytest.fixture
def reader(needs, tree):
    version = ModelVersion.objects.create(
        key="reader-9", name="reader v9", task="read", engine="reader", card="Trained on 1,300 messages."
    )
    Assignment.objects.create(task="read", segment=None, version=version)
    figures = {
        "macro_f1": 0.8123, "span_f1": 0.661,
        "needs": {
            "latency": {"f1": 0.9, "precision": 0.95, "recall": 0.86, "n": 22},
            "pricing-request": {"f1": 0.71, "precision": 0.7, "recall": 0.72, "n": 31},
            "partnership": {"f1": 0.0, "precision": 0.0, "recall": 0.0, "n": 0},
        },
    }  # fmt: skip
    Evaluation.objects.create(version=version, dataset="shipped evaluation set", language="en", n=151, figures=figures)
    return version


@pytest.fixture
def prediction(reader, tree):
    output = {
        "needs": [{"need": "latency", "probability": 0.97, "spans": [[0, 19, QUOTE]], "reasons": [["two seconds", 1.4]]}],
        "notes": ["bank reader did not answer: model.safetensors was changed."],
    }  # fmt: skip
    return Prediction.objects.create(
        source="crm.message:77", task="read", version=reader, segment=tree["dach"], input_hash="x", language="en",
        clarity=0.6, output=output, took_ms=41.3,
    )  # fmt: skip


def test_what_serves_where(rep_client, reader, prediction, tree):
    page = rep_client.get(reverse("hub")).content.decode()
    assert "DACH banks" in page
    assert page.count("inherited from the default") == 3
    assert ".812" in page
    assert "n 151" in page
    assert "/admin/" not in page.split("<main")[1].split("</main>")[0]
    assert reverse("hub-examples") in page
    assert reverse("hub-run-new") not in page


def test_an_admin_finds_the_way_to_the_admin(sign_in, admin_user, reader):
    page = sign_in(admin_user).get(reverse("hub")).content.decode()
    assert reverse("admin:modelhub_assignment_default", args=["read"]) in page
    assert reverse("hub-run-new") in page


def test_a_broken_version_is_shown_with_its_problem(rep_client, reader):
    ModelVersion.objects.filter(pk=reader.pk).update(
        state="broken", problem="tensors.safetensors was changed or swapped"
    )
    for address in (reverse("hub"), reverse("hub-version", args=["reader-9"])):
        assert "was changed or swapped" in rep_client.get(address).content.decode()


def test_the_version_page_has_card_evaluation_and_agreement(rep_client, reader, prediction):
    for number in range(21):
        Feedback.objects.create(
            source=f"crm.message:{number}", prediction=prediction, need="latency", author="Mira",
            verdict="confirmed" if number else "rejected",
        )  # fmt: skip
    page = rep_client.get(reverse("hub-version", args=["reader-9"])).content.decode()
    assert "Trained on 1,300 messages." in page
    assert "95%" in page  # 20 of 21
    assert "20 of 21 needs let stand" in page
    assert page.index("Pricing request") < page.index("Latency") < page.index("Partnership")  # the weakest first
    assert "does not occur in this set" in page
    assert rep_client.get("/hub/versions/nonsense/").status_code == 404


def test_predictions_show_figures_and_no_customer_text(rep_client, prediction, stranger_client):
    for client in (rep_client, stranger_client):
        page = client.get(reverse("hub-predictions")).content.decode()
        assert "Latency" in page
        assert "41 ms" in page
        assert "bank reader did not answer" in page
        assert QUOTE not in page
        assert reverse("source", args=["crm.message:77"]) in page


def test_predictions_name_a_language_that_django_does_not_know(rep_client, prediction):
    Prediction.objects.filter(pk=prediction.pk).update(language="zh")
    assert '<td class="fl-nowrap at-r2">Chinese' in rep_client.get(reverse("hub-predictions")).content.decode()


def test_predictions_page_by_key_and_filter(rep_client, prediction, composer):
    rows = [
        Prediction(source=f"crm.pitch:{n}", task="draft", version=composer, input_hash="y", output={"sentences": 4})
        for n in range(60)
    ]
    Prediction.objects.bulk_create(rows)
    page = rep_client.get(reverse("hub-predictions") + "?version=composer-1").content.decode()
    assert page.count("4 sentences") == 50
    assert "?version=composer-1&amp;before=" in page
    last = Prediction.objects.order_by("-id")[49].pk
    older = rep_client.get(f"{reverse('hub-predictions')}?version=composer-1&before={last}").content.decode()
    assert older.count("4 sentences") == 10
    assert rep_client.get(reverse("hub-predictions") + "?before=x&task=%00").status_code == 200


def test_a_source_leads_only_those_who_may_read_it(rep_client, stranger_client, lead, db):
    from crm.models import Message

    message = Message.objects.create(lead=lead, channel="mail", text="Hello", content_hash="h") if _has_hash() else (
        Message.objects.create(lead=lead, channel="mail", text="Hello")
    )  # fmt: skip
    address = reverse("source", args=[f"crm.message:{message.pk}"])
    assert rep_client.get(address)["Location"].endswith(f"#message-{message.pk}")
    assert stranger_client.get(address).status_code == 404
    for name in ("crm.message:0", "crm.message:x", "crm.lead:1", "nonsense", "crm.message:" + "9" * 30):
        assert rep_client.get(reverse("source", args=[name])).status_code == 404


def _has_hash():
    from crm.models import Message

    return any(field.name == "content_hash" for field in Message._meta.get_fields())


def test_signed_out_people_see_nothing(client, prediction):
    for address in (reverse("hub"), reverse("hub-version", args=["reader-9"]), reverse("hub-predictions")):
        assert client.get(address).status_code == 302


def test_the_model_mark_says_why():
    html = render_to_string(
        "components/model_mark.html",
        {
            "version": "reader v1",
            "probability": 0.97,
            "reasons": [["two <b>seconds", 1.4], ["maybe", -0.7]],
            "notes": ["x"],
        },
    )
    assert "reader v1 · 0.97" in html
    assert "two &lt;b&gt;seconds" in html
    assert html.index("is-down") > html.index("+1.4")
    assert "--v:50%" in html
    bare = render_to_string("components/model_mark.html", {"version": "composer v1"})
    assert "composer v1" in bare
    assert "sure" not in bare


def test_pages_in_chinese(rep_client, rep, prediction):
    rep.language = "zh-hans"
    rep.save()
    assert "延迟" in rep_client.get(reverse("hub-predictions")).content.decode()


def test_each_language_of_an_evaluation_stands_once(rep_client, reader):
    Evaluation.objects.all().delete()
    for language in ("en", "zh", "zh"):  # measured before and after its dataset was removed
        row = Evaluation.objects.create(
            version=reader, dataset="Banks", language=language, n=40, figures={"macro_f1": 0.8}
        )
    for shown in (row, Evaluation.objects.filter(language="en").get()):  # without a row of the whole
        page = rep_client.get(reverse("hub-evaluation", args=[shown.pk])).content.decode()
        assert page.count("Macro-F1, English") == 1
        assert page.count("Macro-F1, Chinese") == 1
