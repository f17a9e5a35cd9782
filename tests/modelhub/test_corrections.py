"""What people say of needs becomes feedback and one example per source, and can be erased."""

import pytest

from modelhub import interface
from modelhub.models import Example, Feedback, ModelVersion, Prediction
from modelhub.services import figures

TEXT = "We need answers within two seconds, on our own servers."


def _correct(verdict, need, **fields):
    values = {"source": "crm.message:1", "text": TEXT, "author": "Mira", **fields}
    interface.correct(interface.Correction(verdict=verdict, need=need, **values))


@pytest.fixture
def prediction(db):
    version = ModelVersion.objects.create(key="r", name="r", task="read", engine="reader")
    return Prediction.objects.create(source="crm.message:1", task="read", version=version, input_hash="x")


def test_verdicts_fold_into_one_example(tree):
    _correct("confirmed", "latency", spans=((16, 34),), language="en", segment=tree["dach"].pk)
    _correct("rejected", "pricing-request")
    _correct("changed", "data-residency", changed_to="private-deployment", spans=((36, 54),))
    _correct("added", "latency", spans=((0, 7),))
    example = Example.objects.get()
    assert example.labels == {
        "latency": True, "pricing-request": False, "data-residency": False, "private-deployment": True,
    }  # fmt: skip
    assert example.spans == {"latency": [[0, 7], [16, 34]], "private-deployment": [[36, 54]]}
    assert (example.language, example.segment, example.author) == ("en", tree["dach"], "Mira")
    assert Feedback.objects.count() == 4


def test_a_later_verdict_wins(db):
    _correct("confirmed", "latency", spans=((16, 34),))
    _correct("rejected", "latency")
    example = Example.objects.get()
    assert example.labels == {"latency": False}
    assert example.spans == {}


@pytest.mark.parametrize("spans", [((5, 5),), ((-1, 3),), ((0, 999),)])
def test_a_quote_outside_the_text_is_refused_and_nothing_kept(db, spans):
    with pytest.raises(ValueError, match="quote"):
        _correct("added", "latency", spans=spans)
    assert not Feedback.objects.exists()
    assert not Example.objects.exists()


def test_forget_erases_everything_of_a_source_and_nothing_else(prediction):
    _correct("confirmed", "latency", prediction=prediction.pk)
    _correct("confirmed", "latency", source="crm.message:2", prediction=prediction.pk)
    assert interface.forget("crm.message:1") == 3
    assert not Prediction.objects.exists()
    assert Feedback.objects.get().source == Example.objects.get().source == "crm.message:2"
    assert interface.forget("crm.message:1") == 0


def test_a_prediction_that_is_gone_does_not_stop_a_person(db):
    _correct("confirmed", "latency", prediction=4711)
    assert Feedback.objects.get().prediction is None


def test_agreement_counts_the_last_word_on_each_need(prediction):
    for verdict in ("rejected", "confirmed"):
        _correct(verdict, "latency", prediction=prediction.pk)
    _correct("rejected", "pricing-request", prediction=prediction.pk)
    _correct("added", "languages", prediction=prediction.pk)
    agreement = figures.agreement()[prediction.version_id]
    assert (agreement.right, agreement.n, agreement.missed, agreement.rate) == (1, 2, 1, None)
    assert figures.agreement_by_need(prediction.version)["latency"].right == 1
