"""Verifiers judge sentences whose truth is known, beside those that serve; sets are loaded whole or not at all."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.models import AuditEntry, Job
from core.services import jobs
from modelhub.engine import sentence_evaluation as engine
from modelhub.engine.failures import EngineError
from modelhub.engine.types import Verdict
from modelhub.engine.verifier.rows import SentenceRow
from modelhub.models import Assignment, Evaluation, ModelVersion, SentenceSet
from modelhub.sentence_form import SentenceForm
from modelhub.services import assignments, building, deciding, gates, sentences, verifier_evaluation

CLAIM = {"id": "c1", "text": "Answers come in 800 ms at the median."}


class Judge:
    """A verifier that refuses every sentence with one of its words in it."""

    def __init__(self, *words):
        self.words = words

    def verify(self, items):
        refused = [any(word in sentence for word in self.words) for sentence, _claims in items]
        return [Verdict("unsupported" if one else "supported") for one in refused]


class Away:
    def verify(self, items):
        raise EngineError("the encoder is gone")


KEEN, BLIND, HARSH = Judge("lie", "谎"), Judge("nothing"), Judge("e", "话")


def row(number, verdict, text, **values):
    return {"id": number, "claims": [CLAIM], "sentence": f"{text} {number}", "verdict": verdict, **values}


def rows(n=40):
    """Half of them false, half of them Chinese."""
    kinds = [
        ("supported", "true words"),
        ("unsupported", "a lie"),
        ("no-claim-needed", "真话"),
        ("contradicted", "谎话"),
    ]
    return [row(number, *kinds[number % 4]) for number in range(n)]


def as_file(found):
    return "\n".join(json.dumps(one, ensure_ascii=False) for one in found).encode()


@pytest.fixture
def verifiers(monkeypatch, rules):
    """Versions by key: what ships catches every lie, the others catch none or refuse nearly all."""
    judges = {"rules-1": KEEN, "blind": BLIND, "harsh": HARSH, "away": Away()}
    monkeypatch.setitem(building._MAKERS, ("verify", "rules"), lambda version: judges[version.key])
    found = {
        key: ModelVersion.objects.create(key=key, name=f"{key} one", task="verify", engine="rules")
        for key in ("blind", "harsh", "away")
    }
    return {**found, "rules-1": rules}


@pytest.fixture
def default(rules):
    return Assignment.objects.create(task="verify", segment=None, version=rules)


@pytest.fixture
def held_out(admin_user):
    return sentences.load(as_file(rows()), name="Spring pitches", by=admin_user).made


def measure(version, made=None, by=None):
    job = verifier_evaluation.request(version, made, by=by)
    jobs.work("ml", most=1)
    job.refresh_from_db()
    return job


# figures


def as_rows(found):
    return [sentences.as_row({**one, "id": str(one["id"])}) for one in found]


def test_shares_are_of_the_false_and_of_the_true_ones():
    found = as_rows(rows(8))
    said, took = engine.judge(Judge("lie", "真"), found, lambda _done: None)
    assert took >= 0
    assert engine.figures(found, said) == {"balanced": 0.5, "caught": 0.5, "refused": 0.5, "false": 4, "true": 4}
    one_kind = [one for one in found if one.verdict == "supported"]
    assert engine.figures(one_kind, ["supported"] * 2)["caught"] is None
    assert set(engine.differences(one_kind, ["supported"] * 2, ["unsupported"] * 2)) == {"refused"}


def test_differences_are_paired_and_fewer_true_ones_refused_is_better():
    found = as_rows(rows())
    keen, blind, harsh = (engine.judge(one, found, lambda _done: None)[0] for one in (KEEN, BLIND, HARSH))
    shown = engine.differences(found, blind, keen)
    assert (shown["caught"]["verdict"], shown["balanced"]["verdict"], shown["refused"]["verdict"]) == (
        "worse", "worse", "none shown",
    )  # fmt: skip
    shown = engine.differences(found, keen, harsh)
    assert shown["refused"]["verdict"] == "better"
    assert shown["refused"]["high"] < 0
    assert engine.differences(found, keen, keen)["balanced"] == {
        "difference": 0.0, "low": 0.0, "high": 0.0, "verdict": "none shown",
    }  # fmt: skip


def test_a_sentence_is_known_again_whatever_the_order_of_its_claims():
    two = {"id": "c2", "text": "It speaks Dutch."}
    found = as_rows([row(1, "supported", "So", claims=[CLAIM, two]), row(1, "supported", " sO ", claims=[two, CLAIM])])
    assert engine.mark(found[0]) == engine.mark(found[1])
    assert engine.mark(found[0]) != engine.mark(as_rows([row(1, "supported", "So")])[0])
    assert len({engine.mark(SentenceRow("1", text, ())) for text in ("99.9 % of calls", "999 % of calls")}) == 2


# the gate


def test_a_blind_one_is_worse_than_what_serves_and_needs_a_reason(verifiers, default, held_out, admin_user, tree):
    job = measure(verifiers["blind"], held_out, admin_user)
    assert (job.state, job.error, job.done, job.total) == ("done", "", 80, 80)
    whole, english, chinese = Evaluation.objects.order_by("language")
    assert [(one.n, one.figures["false"], one.figures["true"]) for one in (whole, english, chinese)] == [
        (40, 20, 20), (20, 10, 10), (20, 10, 10),
    ]  # fmt: skip
    assert (whole.beside, whole.dataset, whole.sentences) == (verifiers["rules-1"], "Spring pitches", held_out)
    assert (whole.figures["caught"], whole.figures["refused"]) == (0, 0)
    assert whole.comparison["figures"]["caught"] == 1
    assert whole.comparison["changed"]["worse"] == 20
    gate = gates.judge("verify", tree["dach"], verifiers["blind"])
    assert gate.verdict == "worse"
    assert "Worse than rules v1: −.500" in gate.told
    assert "“Spring pitches”, n = 40" in gate.told
    with pytest.raises(gates.Refused):
        assignments.assign("verify", tree["dach"], verifiers["blind"], by=admin_user, reason="", seen="")
    assert gates.judge("verify", None, verifiers["rules-1"]).verdict == "passed"
    measure(verifiers["blind"], held_out)
    assert Evaluation.objects.count() == 3  # in the place of the earlier ones


def test_it_is_measured_beside_every_version_that_serves_somewhere(verifiers, default, held_out, tree):
    Assignment.objects.create(task="verify", segment=tree["dach"], version=verifiers["blind"])
    measure(verifiers["harsh"], held_out)
    beside = set(Evaluation.objects.filter(language="").values_list("beside__key", flat=True))
    assert beside == {"rules-1", "blind"}
    assert gates.judge("verify", tree["dach-banks"], verifiers["harsh"]).evaluation.beside == verifiers["blind"]
    rows = verifier_evaluation.measured(verifiers["harsh"])
    decides = deciding.places(verifiers["harsh"])
    assert {row.beside.key: decides[row.pk] for row in rows} == {"rules-1": [None], "blind": [tree["dach"]]}


def test_one_that_cannot_judge_leaves_no_figures_and_one_that_serves_and_cannot_is_told(
    verifiers, default, held_out, tree
):
    job = measure(verifiers["away"], held_out)
    assert (job.state, "the encoder is gone" in job.error) == ("failed", True)
    assert not Evaluation.objects.exists()
    Assignment.objects.filter(pk=default.pk).update(version=verifiers["away"])
    assert measure(verifiers["blind"], held_out).state == "done"
    found = Evaluation.objects.get(language="")
    assert found.beside is None
    assert "away one serves but could not judge the sentences" in found.comparison["notes"][0]


# what it is measured on


def test_without_a_set_the_sentences_that_ship_are_judged_and_shown_to_nobody(
    verifiers, default, monkeypatch, tmp_path, admin_client
):
    (tmp_path / "verify-en.jsonl").write_bytes(as_file(rows()))
    (tmp_path / "en.jsonl").write_text("these are messages")
    monkeypatch.setattr(engine, "EVALUATION", tmp_path)
    assert measure(verifiers["blind"]).state == "done"
    found = Evaluation.objects.get(language="")
    assert (found.n, found.dataset, found.comparison["changed"]["n"]) == (40, "shipped sentences", 20)
    assert found.comparison["changed"]["rows"] == []
    page = admin_client.get(reverse("hub-evaluation", args=[found.pk])).content.decode()
    assert "20 sentences are judged differently" in page
    assert "a lie 1" not in page
    monkeypatch.setattr(engine, "EVALUATION", tmp_path / "not here")
    assert "No judged sentences ship" in measure(verifiers["blind"]).error


def test_what_the_shipped_head_learned_from_measures_nothing(verifiers, default, admin_user):
    taught = [json.loads(line) for line in (engine.TRAINING / "en-check.jsonl").read_text().splitlines()[:12]]
    made = sentences.load(as_file(taught), name="Taught", by=admin_user)
    assert made.known == len(made.made.rows)
    job = measure(verifiers["blind"], made.made)
    assert (job.state, "was trained on all of these" in job.error) == ("failed", True)
    assert not Evaluation.objects.exists()
    mixed = sentences.load(as_file(taught + rows()), name="Mixed", by=admin_user)
    measure(verifiers["blind"], mixed.made)
    found = Evaluation.objects.get(language="")
    assert found.n == 40
    assert f"{made.known} sentences were left out" in found.comparison["notes"][0]


# loading


def test_a_set_is_loaded_and_removed_with_its_figures(verifiers, default, admin_client, admin_user):
    url = reverse("hub-sentences")
    upload = SimpleUploadedFile("s.jsonl", as_file([*rows(), rows()[0]]))
    page = admin_client.post(url, {"name": "Spring", "file": upload}, follow=True).content.decode()
    assert "40 sentences are loaded. 1 copy was dropped." in page
    assert "40 sentences, 20 of them false" in page
    made = SentenceSet.objects.get()
    measure(verifiers["blind"], made)
    admin_client.post(reverse("hub-sentences-remove", args=[made.pk]))
    assert not SentenceSet.objects.exists()
    assert not Evaluation.objects.exists()
    assert gates.judge("verify", None, verifiers["blind"]).verdict == "unevaluated"
    verbs = AuditEntry.objects.filter(noun="sentenceset").order_by("id").values_list("verb", flat=True)
    assert list(verbs) == ["load", "delete"]


def bad(change):
    found = rows()
    found[2].update(change)
    return as_file(found)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"  \n", "The file holds nothing."),
        (b"\xff\xfe\x00", "This is no text file."),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "This is no text file."),
        (as_file(rows()) + b'\n{"id": 1,', "Row 41 is no JSON object."),
        (as_file(rows()) + b"\n[1]", "Row 41 is no JSON object."),
        (as_file(rows()) + b'\n{"id": ' + b"9" * 5000 + b"}", "Row 41 is no JSON object."),
        (bad({"id": None}), "Row 3 has no “id”."),
        (bad({"sentence": 5}), "Row 3 has no “sentence”."),
        (bad({"sentence": " "}), "Row 3 has no “sentence”."),
        (bad({"claims": "c1"}), "Row 3 has no list “claims”."),
        (bad({"claims": [{"id": "c1"}]}), "Row 3 has a claim without “id” and “text”."),
        (bad({"verdict": "true"}), "Row 3 has no “verdict” of these"),
        (bad({"sentence": "a\x00b"}), "Row 3 holds a character that is no text."),
        (bad({"id": "a\x00b"}), "Row 3 holds a character that is no text."),
        (bad({"claims": [{**CLAIM, "about": "a\x00b"}]}), "Row 3 holds a character that is no text."),
        (as_file([*rows(), {**rows()[1], "verdict": "supported"}]), "Rows 2 and 41 hold the same sentence and claims"),
        (as_file(rows()[::2]), "Both kinds are wanted"),
        (as_file([{**one, "verdict": ""} for one in rows()]), "And 35 rows more. Nothing was loaded."),
        (b"x" * (sentences.LIMIT + 1), "The file is too big"),
    ],
)  # fmt: skip
def test_of_a_file_with_a_bad_row_nothing_is_loaded_and_the_row_is_named(data, told, admin_client):
    upload = SimpleUploadedFile("s.jsonl", data)
    answer = admin_client.post(reverse("hub-sentences"), {"name": "Spring", "file": upload})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert told in page
    assert 'value="Spring"' in page  # what was typed is kept
    assert not SentenceSet.objects.exists()


def test_half_a_character_is_replaced_wherever_it_stands(admin_user):
    halved = json.dumps({**row(40, "supported", "true \ud800"), "id": "\ud800"})
    claim = json.dumps({"id": "\ud800", "text": "\ud800", "about": "\ud800"})
    halved = halved.replace(json.dumps(CLAIM), claim)
    made = sentences.load(as_file(rows()) + b"\n" + halved.encode(), name="Spring", by=admin_user).made
    made.refresh_from_db()
    last = made.rows[-1]
    assert (last["id"], last["claims"]) == ("?", [{"id": "?", "text": "?", "about": "?"}])


def test_a_file_that_is_too_big_is_refused_before_it_is_read():
    class Big(SimpleUploadedFile):
        def read(self, *_args):
            raise AssertionError("it was read")

    upload = Big("s.jsonl", b"x" * (sentences.LIMIT + 1))
    form = SentenceForm({"name": "Spring"}, {"file": upload})
    assert "The file is too big" in form.errors["file"][0]


@pytest.mark.parametrize("name", ["shipped sentences", " Shipped Sentences ", "随附句子"])
def test_no_set_goes_by_the_name_of_the_shipped_one_in_any_language(name, admin_client, admin_user):
    upload = SimpleUploadedFile("s.jsonl", as_file(rows()))
    answer = admin_client.post(reverse("hub-sentences"), {"name": name, "file": upload})
    assert answer.status_code == 422
    assert f"“{name.strip()}” is what the sentences that ship go by." in answer.content.decode()
    with pytest.raises(sentences.Refused, match="choose another name"):
        sentences.load(as_file(rows()), name=name, by=admin_user)
    assert not SentenceSet.objects.exists()


def test_the_same_name_or_sentences_twice_are_refused(held_out, admin_user):
    for name, found in (("Spring pitches", rows(8)), ("Other", rows())):
        with pytest.raises(sentences.Refused, match="is here already"):
            sentences.load(as_file(found), name=name, by=admin_user)
    assert SentenceSet.objects.count() == 1


# pages


def test_one_language_leads_to_the_whole_of_its_own_set(verifiers, default, held_out, admin_user, rep_client):
    measure(verifiers["blind"], held_out)
    part, whole = Evaluation.objects.get(language="en"), Evaluation.objects.get(language="")
    other = sentences.load(as_file(rows(8)), name="Other", by=admin_user).made
    Evaluation.objects.filter(pk=whole.pk).update(sentences=other)
    assert rep_client.get(reverse("hub-evaluation", args=[part.pk])).status_code == 200
    Evaluation.objects.filter(pk=whole.pk).update(sentences=held_out)
    answer = rep_client.get(reverse("hub-evaluation", args=[part.pk]))
    assert answer["Location"] == reverse("hub-evaluation", args=[whole.pk])


def test_the_sets_to_choose_from_are_read_by_name_alone_and_for_editors(verifiers, held_out, admin_client, rep_client):
    for client, there in ((admin_client, True), (rep_client, False)):
        with CaptureQueriesContext(connection) as queries:
            page = client.get(reverse("hub-version", args=["blind"])).content.decode()
        assert ("Spring pitches" in page) is there
        asked = [one["sql"] for one in queries if SentenceSet._meta.db_table in one["sql"]]
        assert any(f'"{SentenceSet._meta.db_table}"."name"' in sql for sql in asked) is there
        assert not any(f'"{SentenceSet._meta.db_table}"."rows"' in sql for sql in asked)


def test_pages_show_the_figures_beside_what_serves(verifiers, default, held_out, staff_client, rep_client):
    measure(verifiers["blind"], held_out)
    found = Evaluation.objects.get(language="")
    page = staff_client.get(reverse("hub-evaluation", args=[found.pk])).content.decode()
    assert "Worse than rules v1" in page
    assert "False sentences caught, Chinese" in page
    assert "40 sentences a person judged" in page
    assert "a lie 1" in page
    assert "the claims say otherwise" in page
    theirs = rep_client.get(reverse("hub-evaluation", args=[found.pk])).content.decode()
    assert "20 sentences are judged differently" in theirs
    assert "a lie 1" not in theirs
    page = rep_client.get(reverse("hub-version", args=["blind"])).content.decode()
    assert "0% of 20 false sentences caught, 0% of 20 true ones refused; −.500" in page
    assert "The gate goes by this comparison for: Default" in page
    page = staff_client.get(reverse("admin:modelhub_assignment_default", args=["verify"])).content.decode()
    assert "beside rules v1: false ones caught 0.000 : 1.000" in page
    assert "not measured" in rep_client.get(f"{reverse('hub')}?task=verify").content.decode()


def test_only_admins_load_and_measure_and_only_verifiers(verifiers, held_out, composer, admin_client, rep_client):
    assert rep_client.post(reverse("hub-judge", args=["blind"]), {"sentences": held_out.pk}).status_code == 403
    assert rep_client.post(reverse("hub-sentences"), {"name": "x"}).status_code == 403
    assert rep_client.post(reverse("hub-sentences-remove", args=[held_out.pk])).status_code == 403
    page = admin_client.post(reverse("hub-judge", args=[composer.key]), follow=True).content.decode()
    assert "Only versions that verify judge sentences." in page
    page = admin_client.post(reverse("hub-judge", args=["blind"]), {"sentences": "4711"}, follow=True).content.decode()
    assert "That set is no longer there." in page
    assert not Job.objects.exists()
    for _click in range(2):
        admin_client.post(reverse("hub-judge", args=["blind"]), {"sentences": held_out.pk})
    assert Job.objects.filter(kind="hub.verify-eval").count() == 1
    assert "Being measured" in rep_client.get(reverse("hub-version", args=["blind"])).content.decode()
    held_out.delete()
    jobs.work("ml", most=1)
    assert "The set of sentences is no longer there." in Job.objects.get().error
