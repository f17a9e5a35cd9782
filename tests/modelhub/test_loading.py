"""Files of labelled texts: JSON and tables in many shapes, reported row by row, loaded once, unknown labels named."""

import io
import json

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse

from core.models import AuditEntry, Job, Need
from core.services import jobs
from modelhub import interface
from modelhub.engine import labelled_files
from modelhub.models import Example
from modelhub.services import loading_files

CELLAR, PRICE = "It must run in our cellar.", "How much is it, please?"
ROWS = [
    {"text": CELLAR, "labels": ["private-deployment"], "language": "en", "group": "customer 7"},
    {"text": PRICE, "needs": [{"need": "pricing-request", "spans": [[0, 11]]}]},
    {"text": "我们只想看看演示。", "labels": {"demo-trial": True, "latency": False}},
    {"text": "Nothing in it for us.", "labels": []},
]


def jsonl(rows=ROWS):
    return "\n".join(json.dumps(row, ensure_ascii=False) for row in rows).encode()


def upload(client, data, name="labels.jsonl", **form):
    return client.post(reverse("hub-load"), {"file": SimpleUploadedFile(name, data), **form})


def load(client, data, name="labels.jsonl", **form):
    answer = upload(client, data, name, **form)
    assert answer.status_code == 302, answer.content.decode()
    jobs.work("default")
    return Job.objects.first()


def test_json_rows_become_examples(admin_client, needs, tree):
    job = load(admin_client, jsonl(), segment=tree["dach"].pk)
    assert (job.state, job.result["new"], job.result["skipped"], job.done, job.total) == ("done", 4, 0, 4, 4)
    first = Example.objects.get(text=CELLAR)
    assert (first.labels, first.language, first.group) == ({"private-deployment": True}, "en", "customer 7")
    assert (first.origin, first.author, first.segment) == ("loaded", "Tomas", tree["dach"])
    price = Example.objects.get(text=PRICE)
    assert [PRICE[a:b] for a, b in price.spans["pricing-request"]] == ["How much is"]
    chinese = Example.objects.get(text__startswith="我们")
    assert (chinese.language, chinese.labels) == ("zh", {"demo-trial": True, "latency": False})
    assert AuditEntry.objects.get(verb="load").after == {"new": 4, "changed": 0}
    shown = admin_client.get(reverse("hub-load-report", args=[job.pk])).content.decode()
    assert "utf-8" in shown
    assert CELLAR not in shown


def test_what_postgresql_refuses_is_tidied_in_every_field(admin_client, needs):
    row = {"text": CELLAR, "labels": [], "id": "a\x00b", "language": "e\x00n", "group": "\ud800 7"}
    job = load(admin_client, (json.dumps(row)).encode())
    assert (job.state, job.result["new"]) == ("done", 1)
    made = Example.objects.get()
    assert "\x00" not in made.source + made.language + made.group
    made.group.encode()


def test_the_file_is_deleted_whatever_becomes_of_it(admin_client, needs):
    load(admin_client, jsonl())
    load(admin_client, b"\x00\x01")
    upload(admin_client, jsonl())
    cancelled = Job.objects.first()
    assert default_storage.exists(cancelled.payload["file"])
    jobs.cancel(cancelled)
    for job in Job.objects.all():
        assert not default_storage.exists(job.payload["file"])


def test_loading_twice_makes_no_doubles(admin_client, needs):
    load(admin_client, jsonl())
    again = load(admin_client, jsonl())
    assert Example.objects.count() == 4
    assert again.result["new"] == 0
    assert [code for _row, code, _told in again.result["rows"]] == ["there"] * 4


def test_a_corrected_file_relabels_what_was_loaded_and_not_what_people_said(admin_client, needs):
    load(admin_client, jsonl())
    interface.correct(
        interface.Correction(
            source="crm.message:9", text="Prices?", verdict="rejected", need="pricing-request", author="Mira"
        )
    )
    rows = [{"text": CELLAR, "labels": ["data-residency"]}, {"text": " prices? ", "labels": ["pricing-request"]}]
    job = load(admin_client, jsonl(rows))
    assert (job.result["changed"], job.result["rows"]) == (1, [[2, "person", ""]])
    assert Example.objects.get(text=CELLAR).labels == {"data-residency": True}
    assert Example.objects.get(source="crm.message:9").labels == {"pricing-request": False}


def test_bad_rows_are_named_and_the_others_loaded(admin_client, needs):
    lines = [
        jsonl(ROWS[:1]).decode(), "{not json", '["a list"]', '{"labels": []}', '{"text": "  ", "labels": []}',
        '{"text": "No labels"}', '{"text": "Number", "labels": [3]}',
        '{"text": "Outside", "needs": [{"need": "latency", "spans": [[0, 99]]}]}', "", jsonl(ROWS[:1]).decode(),
    ]  # fmt: skip
    job = load(admin_client, "\n".join(lines).encode())
    assert job.result["new"] == 1
    assert [(row, code) for row, code, _told in job.result["rows"]] == [
        (2, "json"), (3, "json"), (4, "no-text"), (5, "no-text"), (6, "no-labels"), (7, "no-labels"), (8, "quote"), (10, "twice"),
    ]  # fmt: skip
    shown = admin_client.get(reverse("hub-load-report", args=[job.pk])).content.decode()
    assert "has the text of row 1" in shown
    assert "has a quote that lies outside its text" in shown


def test_every_mistake_of_a_file_is_told_and_its_good_rows_are_loaded(admin_client, needs):
    wrong = [
        {"text": "A", "labels": ["latencey"]}, {"text": "", "labels": ["latency"]},
        {"text": "B", "labels": ["latency", "latencey", "speed"]}, {"text": PRICE, "labels": ["speed"]},
    ]  # fmt: skip
    job = load(admin_client, jsonl([*wrong, *ROWS]))
    assert (job.state, job.result["new"], job.result["skipped"]) == ("done", 4, 4)
    told = {number: (code, what) for number, code, what in job.result["rows"]}
    assert told == {
        1: ("unknown", "latencey"), 2: ("no-text", ""), 3: ("unknown", "latencey, speed"), 4: ("unknown", "speed"),
    }  # fmt: skip
    assert set(Example.objects.values_list("text", flat=True)) == {row["text"] for row in ROWS}
    shown = admin_client.get(reverse("hub-load-report", args=[job.pk])).content.decode()
    assert "has labels that no need here has: latencey, speed" in shown


def test_a_file_with_swapped_columns_leaves_no_words_of_a_customer_with_its_job(admin_client, needs):
    words = "We lose 48213 francs a month, and Frau Petersen wants it gone"
    table = f'text,labels\nlatency,"{words}"\nlatency,"{words[:20]}\n{words[20:38]}"\nfine,speed\n'
    job = load(admin_client, table.encode(), "x.csv")
    assert (job.state, job.result["new"]) == ("done", 0)
    assert job.result["rows"] == [[2, "unknown", ""], [3, "unknown", ""], [4, "unknown", "speed"]]
    assert not any(word in json.dumps([job.result, job.note]) for word in ("48213", "Petersen"))
    shown = admin_client.get(reverse("hub-load-report", args=[job.pk])).content.decode()
    assert "has labels that no need here has" in shown
    assert "%(row)s" not in shown
    assert "Petersen" not in shown


def test_a_renamed_need_is_known_by_its_new_words_and_a_deleted_one_no_more(admin_client, needs):
    load(admin_client, jsonl(ROWS[:1]))
    Need.objects.filter(key="private-deployment").update(name_en="Runs in-house")
    assert load(admin_client, jsonl([{"text": "Here!", "labels": ["runs in-house"]}])).result["new"] == 1
    assert Example.objects.get(text="Here!").labels == {"private-deployment": True}
    Need.objects.filter(key="private-deployment").delete()
    assert load(admin_client, jsonl(ROWS[:1])).result["rows"] == [[1, "unknown", "private-deployment"]]
    assert Example.objects.filter(text=CELLAR).exists()  # what was loaded stays


TABLE = 'Text{d}Labels{d}Group\n"{cellar}"{d}"private-deployment; latency"{d}a\n"two\nlines"{d}{d}b\n\n报价多少？{d}询价{d}c\n'


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_tables_in_any_encoding_and_with_any_delimiter(admin_client, needs, delimiter, encoding):
    Need.objects.filter(key="pricing-request").update(name_zh="询价")
    table = TABLE.format(d=delimiter, cellar=CELLAR)
    if encoding == "gb18030":
        table = table.replace("two\nlines", "这是两行中文字")
    job = load(admin_client, table.encode(encoding), "labels.csv")
    assert (job.state, job.error, job.result.get("new")) == ("done", "", 3)
    assert (job.result["encoding"], job.result["delimiter"]) == (encoding, delimiter)
    assert Example.objects.get(text=CELLAR).labels == {"latency": True, "private-deployment": True}
    assert Example.objects.get(text="报价多少？").labels == {"pricing-request": True}


def test_a_table_of_western_europe(admin_client, needs):
    job = load(admin_client, "text;labels\nFür später, bitte größer;latency\n".encode("cp1252"), "x.csv")
    assert job.result["encoding"] == "cp1252"
    assert Example.objects.get().text == "Für später, bitte größer"


def test_bad_table_rows_are_counted_as_a_spreadsheet_does(admin_client, needs):
    table = 'text,labels\nfine,latency\ntoo,many,cells\n,latency\nNA,\n"quoted, with comma",latency\n'
    job = load(admin_client, table.encode(), "x.csv")
    assert [(row, code) for row, code, _told in job.result["rows"]] == [(3, "cells"), (4, "no-text")]
    assert set(Example.objects.values_list("text", flat=True)) == {"fine", "NA", "quoted, with comma"}


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"   \n", "holds nothing"), (b"\x89PNG\x00\x00", "no text file"), (b"name;age\nx;3\n", "columns"),
        (b"\xff\xfe\x00", "no text file"), (b"just words", "columns"),
    ],
)  # fmt: skip
def test_what_is_no_labelled_file_is_refused_in_plain_words(admin_client, needs, data, told):
    job = load(admin_client, data, "x.csv")
    assert job.state == "failed"
    assert told in job.error
    assert not Example.objects.exists()


def test_empty_and_too_big_files_are_not_even_stored(admin_client, needs, monkeypatch):
    assert upload(admin_client, b"").status_code == 422
    assert admin_client.post(reverse("hub-load")).status_code == 422
    monkeypatch.setattr(loading_files, "LIMIT", 100)
    answer = upload(admin_client, jsonl())
    assert answer.status_code == 422
    assert "at most 20 MB" in answer.content.decode()
    assert not Job.objects.exists()


def test_quotes_keep_their_place_when_line_ends_are_tidied():
    text = "One\r\ntwo 👍\r\nthree"
    start = text.index("three")
    row = {"text": text, "needs": [{"need": "latency", "spans": [[start, start + 5]]}]}
    (made,) = labelled_files.parse(jsonl([row])).rows
    (start, end), *_rest = made.spans["latency"]
    assert made.text[start:end] == "three"
    assert "\r" not in made.text


def test_a_worker_killed_half_way_is_followed_by_one_that_makes_no_doubles(admin_client, needs, monkeypatch):
    monkeypatch.setattr(loading_files, "AT_ONCE", 2)
    upload(admin_client, jsonl())
    kept = jobs.progress

    def die(job, done, *rest, **more):
        kept(job, done, *rest, **more)
        raise SystemExit

    monkeypatch.setattr(jobs, "progress", die)
    with pytest.raises(SystemExit):
        jobs.work("default")
    assert Example.objects.count() == 2
    Job.objects.update(lease_until="2020-01-01T00:00:00Z")
    monkeypatch.setattr(jobs, "progress", kept)
    jobs.work("default")
    job = Job.objects.get()
    assert (job.state, job.result["new"], Example.objects.count()) == ("done", 2, 4)


def test_a_cancelled_one_stops(admin_client, needs, monkeypatch):
    monkeypatch.setattr(loading_files, "AT_ONCE", 1)
    upload(admin_client, jsonl())
    kept = jobs.progress

    def cancel_first(job, done, *rest, **more):
        jobs.cancel(Job.objects.get(pk=job.pk))
        return kept(job, done, *rest, **more)

    monkeypatch.setattr(jobs, "progress", cancel_first)
    jobs.work("default")
    assert Job.objects.get().state == "cancelled"
    assert Example.objects.count() == 1


def test_the_command_loads_and_names_what_it_skips(needs, tree, tmp_path):
    file = tmp_path / "labels.jsonl"
    file.write_bytes(jsonl([*ROWS, {"text": "", "labels": []}]))
    out, err = io.StringIO(), io.StringIO()
    call_command("load_examples", str(file), segment="dach", stdout=out, stderr=err)
    assert out.getvalue().strip() == "4 new, 0 relabelled, 1 skipped."
    assert err.getvalue().strip() == "row 5 has no text"
    assert {example.segment for example in Example.objects.all()} == {tree["dach"]}
    file.write_bytes(jsonl([{"text": "A", "labels": ["nonsense"]}]))
    err = io.StringIO()
    call_command("load_examples", str(file), stdout=out, stderr=err)
    assert err.getvalue().strip() == "row 1 has labels that no need here has: nonsense"
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("load_examples", str(tmp_path / "absent"))
    with pytest.raises(CommandError, match="no segment"):
        call_command("load_examples", str(file), segment="x")


def test_only_admins_load(rep_client, marketer_client, needs):
    for client in (rep_client, marketer_client):
        assert upload(client, jsonl()).status_code == 403
    assert not Job.objects.exists()
