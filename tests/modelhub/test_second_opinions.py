"""A server as second opinion is a version like any other: added, measured, assigned, inherited, passed over, rolled back."""

import json

import pytest
from django.urls import reverse

from core.models import AuditEntry
from core.services import jobs
from modelhub import interface
from modelhub.engine.drafters.composed import Composer
from modelhub.engine.verifier import RuleVerifier
from modelhub.interface import ClaimText, DraftRequest, RequirementText, Verdict
from modelhub.models import Assignment, Evaluation, ModelVersion
from modelhub.services import assignments, building, gates, loading, sentences, verifier_evaluation
from tests.modelhub.chat_peer import serving
from tests.modelhub.test_judged_sentences import Judge, as_file, rows

CLAIMS = (
    ClaimText("c1", "Lira answers 95 % of questions within two seconds on four GPUs.", about="Lira", needs=("latency",)),
    ClaimText("c2", "Lira runs on your own servers without a connection to the internet.", about="Lira", needs=("private-deployment",)),
)  # fmt: skip
TRUE, FALSE = CLAIMS[0].text, "Lira answers 99 % of questions within two seconds on four GPUs."
AWAY = "http://127.0.0.1:9/v1"


@pytest.fixture(autouse=True)
def without_packs(settings, tmp_path):
    """No encoder here, so the rules alone are our own verdict."""
    settings.FAIRLEAD_DATA = tmp_path / "data"


@pytest.fixture
def default(rules):
    return Assignment.objects.create(task="verify", segment=None, version=rules)


@pytest.fixture
def second(default, server_version, tree):
    """Return a function that lets a server give its opinion for DACH."""

    def put(address, **config):
        version = server_version(address, task="verify", **config)
        Assignment.objects.create(task="verify", segment=tree["dach"], version=version)
        return version

    return put


def parts(body):
    return body["messages"][1]["content"].split("Sentence ")[1:]


def says(verdict_of):
    """A peer that gives each sentence the verdict `verdict_of(its part of the question)`, quoting its first claim."""

    def answer(body):
        rows = []
        for number, part in enumerate(parts(body)):
            verdict = verdict_of(part)
            claim = part.split("<<<claim\n")[1].split("\nclaim>>>")[0]
            quotes = [] if verdict == "unsupported" else [claim]
            rows.append({"sentence": number, "verdict": verdict, "quotes": quotes})
        return {"sentences": rows}

    return answer


def judge(segment, *texts):
    return interface.verify([(text, CLAIMS) for text in texts], segment.pk if segment else None)


# serving


def test_a_segment_and_those_below_it_are_judged_with_it(second, tree):
    with serving(says(lambda _part: "unsupported")) as peer:
        second(peer.url)
        (here, refused), (below,) = judge(tree["dach"], TRUE, FALSE), judge(tree["dach-banks"], TRUE)
        (above,), (elsewhere,) = judge(tree["europe"], TRUE), judge(None, TRUE)
    assert (here.verdict, here.by) == ("unsupported", "server model")
    assert here.reasons == ("the second opinion finds no claim that says this",)
    assert (refused.verdict, refused.by) == ("contradicted", "server model")
    assert below == here
    assert (above.verdict, above.reasons, above.by) == ("supported", (), "rules v1")
    assert elsewhere == above
    assert len(peer.seen) == 2


def test_another_assignment_holds_at_the_next_question(second, tree, rules, admin_user):
    with serving(says(lambda _part: "unsupported")) as peer:
        version = second(peer.url)
        assert judge(tree["dach"], TRUE)[0].verdict == "unsupported"
        Assignment.objects.filter(version=version).update(version=rules)
        assert judge(tree["dach"], TRUE)[0].by == "rules v1"
    assert len(peer.seen) == 1


def test_while_it_is_away_our_own_verdict_stands_and_says_so(second, tree, monkeypatch):
    version = second(AWAY, timeout=1)
    found, refused = judge(tree["dach"], TRUE, FALSE)
    assert (found.verdict, found.by) == ("supported", "rules v1")
    assert found.reasons == ('no second opinion: "server model" did not answer',)
    assert refused.verdict == "contradicted"
    assert not any("second opinion" in reason for reason in refused.reasons)  # it was to have none
    version.refresh_from_db()
    assert (version.state, "no connection" in version.problem) == ("ready", True)
    with serving(says(lambda _part: "unsupported")) as peer:
        monkeypatch.setattr(building, "SERVER_RETRY", 3600.0)
        assert judge(tree["dach"], TRUE)[0].by == "rules v1"  # left alone for a while
        ModelVersion.objects.filter(pk=version.pk).update(address=peer.url)  # back, and looked for at once
        assert judge(tree["dach"], TRUE)[0].verdict == "unsupported"
    version.refresh_from_db()
    assert version.problem == ""


def test_behind_it_stands_the_second_opinion_of_the_segment_above(second, tree, server_version):
    second(AWAY, timeout=1)
    with serving(says(lambda _part: "contradicted")) as peer:
        other = server_version(peer.url, task="verify", key="other")
        Assignment.objects.create(task="verify", segment=tree["europe"], version=other)
        (found,) = judge(tree["dach"], TRUE)
    assert (found.verdict, found.by) == ("contradicted", "other model")


def test_with_nothing_of_ours_assigned_or_left_our_own_verdict_stands(server_version, composer_default, rules):
    Assignment.objects.create(task="verify", segment=None, version=server_version(AWAY, task="verify", timeout=1))
    ModelVersion.objects.filter(pk=rules.pk).update(state="retired")
    found, refused = judge(None, TRUE, FALSE)
    assert (found.verdict, found.reasons, found.by) == (
        "supported", ('no second opinion: "server model" did not answer',), "",
    )  # fmt: skip
    assert refused.verdict == "contradicted"
    sentences = interface.draft("crm.pitch:5", None, request()).draft.sentences
    assert any(one.verdict.verdict == "supported" for one in sentences)


def test_a_name_with_marks_in_it_does_not_break_the_reason(second, tree):
    ModelVersion.objects.filter(pk=second(AWAY, timeout=1).pk).update(name='our "strict" one')
    assert judge(tree["dach"], TRUE)[0].reasons == ("no second opinion: \"our 'strict' one\" did not answer",)


# drafting


def request():
    return DraftRequest(
        language="en", form="mail", tone="plain", length="medium", company="Nordbank", contact="Anna Berg",
        role="Head of IT", sender="Mira", claims=CLAIMS, seed=3,
        requirements=(RequirementText("latency"), RequirementText("private-deployment")),
    )  # fmt: skip


def draft(segment):
    return interface.draft("crm.pitch:5", segment.pk, request())


@pytest.fixture
def composed(composer_default):
    """What the composer writes and the rules make of it."""
    return Composer(RuleVerifier()).draft(request()).sentences


def test_what_the_composer_wrote_is_put_to_it_at_the_end(second, tree, composed):
    with serving(
        says(lambda part: "unsupported" if "own servers" in part.split("<<<claim")[0] else "supported")
    ) as peer:
        second(peer.url)
        result = draft(tree["dach"])
    assert [one.text for one in result.draft.sentences] == [one.text for one in composed]
    verdicts = {one.text: one.verdict for one in result.draft.sentences}
    refused = [text for text, verdict in verdicts.items() if verdict.verdict == "unsupported"]
    assert refused
    assert all("own servers" in text for text in refused)
    supported = [one for one in composed if one.verdict.verdict == "supported"]
    assert len(peer.seen) == 1  # all in one question, and none about greetings
    assert len(parts(peer.seen[0])) == len({one.text for one in supported})
    assert {verdict.by for verdict in verdicts.values()} == {"server model"}
    assert result.notes == ()


def test_what_it_refuses_of_a_models_words_is_composed_instead(second, tree, composed, server_version):
    texts = {
        0: "On four GPUs, Lira answers 95 % of questions within two seconds.",
        1: "Lira runs without a connection to the internet, on your own servers.",
    }

    def write(body):
        found = [next((n for n, claim in enumerate(CLAIMS) if claim.text in part), None) for part in parts(body)]
        return {"sentences": [{"sentence": i, "text": texts.get(n, "")} for i, n in enumerate(found)]}

    with serving(write) as writer, serving(says(lambda p: "unsupported" if texts[0] in p else "supported")) as peer:
        second(peer.url)
        Assignment.objects.create(
            task="draft", segment=tree["dach"], version=server_version(writer.url, key="writer", task="draft")
        )
        result = draft(tree["dach"])
    written = {one.text: one for one in result.draft.sentences}
    assert texts[0] not in written
    assert written[texts[1]].verdict == Verdict("supported", (), ("c2",), "server model")
    (instead,) = [one for one in result.draft.sentences if one.replaced and one.claims == ("c1",)]
    assert (instead.verdict.verdict, instead.verdict.by) == ("supported", "server model")
    assert len(writer.seen) == 2
    assert "the second opinion finds no claim that says this" in json.dumps(writer.seen[1])


def test_a_draft_goes_on_without_it_and_says_so(second, tree, composed):
    second(AWAY, timeout=1)
    result = draft(tree["dach"])
    supported = [one for one in result.draft.sentences if one.verdict.verdict == "supported"]
    assert len(supported) == sum(one.verdict.verdict == "supported" for one in composed)
    assert all(one.verdict.reasons == ('no second opinion: "server model" did not answer',) for one in supported)
    assert result.notes == (f"{len(supported)} sentences were judged without the second opinion they were to have.",)
    assert result.serving.key == "composer-1"


# measuring, the gate, the admin


@pytest.fixture
def blind(monkeypatch, default):
    """Our own verifier lets everything stand, so that whatever is caught is caught by the second opinion."""
    monkeypatch.setattr(building, "ours", lambda: Judge("nothing"))


@pytest.fixture
def held_out(admin_user):
    return sentences.load(as_file(rows()), name="Spring pitches", by=admin_user).made


def catches(part):
    return "unsupported" if "lie" in part or "谎" in part else "supported"


def measure(version, made):
    job = verifier_evaluation.request(version, made)
    jobs.work("ml", most=1)
    job.refresh_from_db()
    return job


def test_it_is_measured_on_judged_sentences_and_passes_the_gate_if_it_is_better(
    blind, held_out, server_version, staff_client, admin_user, tree
):
    with serving(says(catches)) as peer:
        version = server_version(peer.url, task="verify")
        assert gates.judge("verify", tree["dach"], version).verdict == "unevaluated"
        job = measure(version, held_out)
    assert (job.state, job.error, job.done, job.total) == ("done", "", 80, 80)
    whole = Evaluation.objects.get(language="")
    assert (whole.figures["caught"], whole.figures["refused"], whole.comparison["notes"]) == (1, 0, [])
    assert whole.comparison["differences"]["balanced"]["verdict"] == "better"
    assert gates.judge("verify", tree["dach"], version).verdict == "passed"
    place = reverse("admin:modelhub_assignment_place", args=["verify", tree["dach"].pk])
    assert "server model" in staff_client.get(place).text
    assert staff_client.post(place, {"version": version.pk, "reason": "", "seen": ""}).status_code == 302
    made = Assignment.objects.get(segment=tree["dach"])
    assert (made.version, made.by) == (version, admin_user)
    assert interface.serving("verify", tree["dach-banks"].pk).key == "server"
    assert AuditEntry.objects.filter(noun="assignment", verb="assign").exists()
    last = assignments.history.of("verify", tree["dach"]).first()
    assignments.rollback("verify", tree["dach"], by=admin_user, seen=assignments.stamp(made), last=last.pk)
    assert interface.serving("verify", tree["dach"].pk).key == "rules-1"


def test_answers_of_no_use_are_told_beside_the_figures(blind, held_out, server_version, rep_client):
    with serving(lambda _body: "I would say so") as peer:
        version = server_version(peer.url, task="verify")
        assert measure(version, held_out).state == "done"
    whole = Evaluation.objects.get(language="")
    assert whole.figures["caught"] == 0
    assert "server model gave no usable second opinion on 40 of 40 sentences" in whole.comparison["notes"][0]
    page = rep_client.get(reverse("hub-evaluation", args=[whole.pk])).text
    assert "no usable second opinion on 40 of 40" in page


def test_without_its_server_it_has_no_figures(blind, held_out, server_version):
    job = measure(server_version(AWAY, task="verify", timeout=1), held_out)
    assert (job.state, "no connection" in job.error) == ("failed", True)
    assert not Evaluation.objects.exists()


def test_an_admin_adds_it_like_any_server(staff_client, default):
    values = {
        "name": "Second opinion", "key": "second", "task": "verify", "engine": "openai", "folder": "", "adapter": "",
        "languages": "", "card": "", "address": AWAY, "remote_model": "tiny", "key_variable": "", "timeout": "20",
        "own_network": "on",
    }  # fmt: skip
    add = "/admin/modelhub/modelversion/add/"
    assert "Say which model" in staff_client.post(add, {**values, "remote_model": ""}).text
    assert "does not do that task" in staff_client.post(add, {**values, "engine": "composer"}).text
    assert staff_client.post(add, values).status_code == 302
    made = ModelVersion.objects.get(key="second")
    assert (made.config["own_network"], made.config["timeout"]) == (True, 20)
    page = staff_client.get(reverse("hub-version", args=["second"])).text
    assert "OpenAI-compatible server" in page
    assert "How it judges" in page
    assert loading.engine(made).server.timeout == 20
