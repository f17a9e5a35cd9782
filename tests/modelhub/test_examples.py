"""Examples: who sees what, filters, and labels that are changed or taken out once, by an admin, with an audit entry."""

import pytest
from django.urls import reverse

from core.models import AuditEntry
from modelhub.models import Example
from modelhub.services import examples

TEXT = "Antworten 👍 binnen zwei Sekunden, auf eigenen Servern."
LATENCY = [TEXT.index("binnen"), TEXT.index(",")]


@pytest.fixture
def example(needs, tree):
    return Example.objects.create(
        source="crm.message:7", text=TEXT, language="de", author="Mira", segment=tree["dach"], group="crm.company:1",
        labels={"latency": True, "pricing-request": False}, spans={"latency": [LATENCY]},
    )  # fmt: skip


@pytest.fixture
def loaded(needs):
    return Example.objects.create(
        source="loaded:1", text="报价多少？", language="zh", origin="loaded", labels={"pricing-request": True}
    )


def page(client, name="hub-examples", *args, query=""):
    return client.get(reverse(name, args=args) + query).content.decode()


def edit(client, example, *, seen=None, **form):
    form = {"seen": examples.stamp(example) if seen is None else seen, **form}
    return client.post(reverse("hub-example-edit", args=[example.pk]), form)


def test_reps_read_labels_and_admins_texts(rep_client, admin_client, example):
    for address in ("hub-examples", "hub-example"):
        args = [example.pk] if address == "hub-example" else []
        seen = page(rep_client, address, *args)
        assert "Latency" in seen
        assert "Sekunden" not in seen
        assert "Sekunden" in page(admin_client, address, *args)
    assert "Mira" in page(rep_client)


def test_searching_texts_tells_a_rep_nothing(rep_client, admin_client, example, loaded):
    assert "1 match" in page(admin_client, query="?q=Sekunden")
    assert page(rep_client, query="?q=Sekunden").count("Example ") == page(rep_client, query="?q=nothing").count(
        "Example "
    )


@pytest.mark.parametrize(
    ("query", "there"),
    [
        ("origin=loaded", "报价"), ("origin=correction", "Antworten"), ("language=de", "Antworten"),
        ("need=pricing-request&origin=loaded", "报价"), ("need=latency", "Antworten"), ("q=多少", "报价"),
    ],
)  # fmt: skip
def test_filters(admin_client, example, loaded, query, there):
    shown = page(admin_client, query=f"?{query}")
    assert [text for text in ("Antworten", "报价") if text in shown] == [there]


def test_filters_by_segment_and_nonsense(admin_client, example, loaded, tree):
    shown = page(admin_client, query=f"?segment={tree['dach'].pk}")
    assert "Antworten" in shown
    assert "报价" not in shown
    for query in ("?segment=x&before=%00", "?origin=nothing&q=%00", f"?before={'9' * 40}&need={'n' * 300}"):
        assert admin_client.get(reverse("hub-examples") + query).status_code == 200
    assert "No example matches" in page(admin_client, query="?q=nowhere")


def test_the_list_pages_by_key_in_few_queries(admin_client, needs, django_assert_max_num_queries):
    Example.objects.bulk_create(Example(source=f"loaded:{n}", text=f"Text {n:03}") for n in range(60))
    with django_assert_max_num_queries(20):
        first = page(admin_client)
    assert "Text 059" in first
    assert "Text 009" not in first
    assert "Text 009" in page(admin_client, query=f"?before={Example.objects.order_by('pk')[10].pk}")


def test_those_changed_last_come_first(admin_client, needs):
    made = [Example.objects.create(source=f"s{n}", text=f"Text {n:03}", labels={}) for n in range(3)]
    made[0].save()  # changed again
    shown = page(admin_client)
    assert shown.index("Text 000") < shown.index("Text 002") < shown.index("Text 001")
    below = page(admin_client, query=f"?before={made[2].pk}")
    assert "Text 001" in below
    assert "Text 000" not in below
    made[2].delete()
    assert "Text 000" in page(admin_client, query=f"?before={made[2].pk or 10**9}")  # gone: from the top


def test_quotes_are_lit_where_they_stand(admin_client, example):
    shown = page(admin_client, "hub-example", example.pk)
    assert '<mark class="fl-quote" data-quote="latency">binnen zwei Sekunden</mark>' in shown


def test_stretches_of_overlapping_quotes():
    cut = examples.stretches("abcdef", {"x": [[0, 4]], "y": [[2, 99]], "z": [[5, 5]]})
    assert [(piece.text, piece.needs) for piece in cut] == [("ab", ("x",)), ("cd", ("x", "y")), ("ef", ("y",))]


def test_an_admin_changes_labels_and_quotes(admin_client, admin_user, example):
    start = TEXT.index("auf")
    answer = edit(
        admin_client, example, need=["private-deployment"], quote=[f"private-deployment:{start}:{len(TEXT)}"],
        unjudged=["pricing-request"],
    )  # fmt: skip
    assert answer.status_code == 302
    example.refresh_from_db()
    assert example.labels == {"latency": False, "private-deployment": True}
    assert example.spans == {"private-deployment": [[start, len(TEXT)]]}
    assert (example.author, example.origin) == ("Tomas", "correction")
    entry = AuditEntry.objects.get(verb="relabel")
    assert entry.actor == admin_user
    assert entry.before["labels"]["latency"] is True
    assert "Sekunden" not in str((entry.before, entry.after, entry.label))


def test_words_are_found_without_scripts_and_refused_where_they_do_not_stand(admin_client, example):
    edit(admin_client, example, need=["latency"], words=" zwei Sekunden ", words_need="latency")
    example.refresh_from_db()
    assert [TEXT[a:b] for a, b in example.spans["latency"]] == ["zwei Sekunden"]
    answer = edit(admin_client, example, need=["cost-control"], words="drei Sekunden", words_need="latency")
    assert answer.status_code == 422
    kept = answer.content.decode()
    assert "do not stand in the text" in kept
    assert 'value="drei Sekunden"' in kept
    assert 'value="cost-control" checked' in kept


@pytest.mark.parametrize(
    "form",
    [
        {"need": ["nonsense"]}, {"need": ["latency"], "quote": ["latency:5:999"]}, {"need": ["latency"], "quote": ["latency:x:y"]},
        {"need": ["latency"], "quote": ["latency:9:3"]}, {"words": "Server", "words_need": ""},
    ],
)  # fmt: skip
def test_what_makes_no_sense_changes_nothing(admin_client, example, form):
    answer = edit(admin_client, example, **form)
    assert answer.status_code == 422
    assert "Nothing was saved" in answer.content.decode()
    assert Example.objects.get().labels == example.labels


def test_the_second_of_two_admins_is_told(admin_client, example):
    seen = examples.stamp(example)
    edit(admin_client, example, need=["latency", "languages"])
    answer = edit(admin_client, example, seen=seen, need=["cost-control"])
    assert answer.status_code == 409
    assert "Somebody changed" in answer.content.decode()
    assert Example.objects.get().labels["languages"] is True
    assert AuditEntry.objects.filter(verb="relabel").count() == 1
    for stale in (seen, "", "nonsense", "2026-01-01"):
        admin_client.post(reverse("hub-example-remove", args=[example.pk]), {"seen": stale})
    assert Example.objects.exists()
    assert not AuditEntry.objects.filter(verb="remove").exists()


def test_an_admin_removes_an_example_once(admin_client, example):
    form = {"seen": examples.stamp(example)}
    assert admin_client.post(reverse("hub-example-remove", args=[example.pk]), form).status_code == 302
    assert not Example.objects.exists()
    assert AuditEntry.objects.get(verb="remove").before["labels"] == example.labels
    assert admin_client.post(reverse("hub-example-remove", args=[example.pk]), form).status_code == 404


@pytest.mark.parametrize("name", ["hub-example-edit", "hub-example-remove"])
def test_nobody_else_changes_anything(rep_client, manager_client, marketer_client, client, example, name):
    for who, status in ((rep_client, 403), (manager_client, 403), (marketer_client, 403), (client, 302)):
        answer = who.post(reverse(name, args=[example.pk]), {"seen": examples.stamp(example), "need": "latency"})
        assert answer.status_code == status
    assert Example.objects.get().labels == example.labels


def test_a_label_whose_need_is_gone_is_shown_as_such(admin_client, needs, example):
    needs["latency"].delete()
    shown = page(admin_client, "hub-example", example.pk)
    assert "no longer in the taxonomy" in shown
    edit(admin_client, example, need=["languages"])
    assert Example.objects.get().labels == {"languages": True, "latency": False, "pricing-request": False}
