"""A lead that asked for things, and a pitch whose every sentence stands."""

import pytest

from core.services import jobs
from crm.models import Message, Pitch, PitchSentence, Quote, Requirement
from crm.services import verdicts, wording

ASKED = (
    "Hello, our 220 agents answer the same questions all day, we want drafts of replies they only approve. "
    "Nothing may leave our own data centre. It has to work in German as well."
)
QUOTES = {
    "customer-service": "drafts of replies they only approve",
    "private-deployment": "Nothing may leave our own data centre",
    "languages": "It has to work in German as well",
}


@pytest.fixture
def asked(lead, contact, needs):
    """The customer's message on the lead, with a confirmed requirement and a quote for each need in it."""
    message = Message.objects.create(
        lead=lead, contact=contact, channel="mail", text=ASKED, state=Message.State.READ, language="en",
        questions=[{"part": "time", "text": "When would you like to start?", "gain": 0.2}],
    )  # fmt: skip
    for key, text in QUOTES.items():
        row = Requirement.objects.create(lead=lead, need=needs[key], status=Requirement.Status.CONFIRMED)
        start = ASKED.index(text)
        Quote.objects.create(requirement=row, message=message, start=start, end=start + len(text), text=text)
    return message


@pytest.fixture
def make_pitch(asked, lead, contact, rep, claims):
    """Return `make_pitch(**fields)`: a drafted mail of three sentences, two of them resting on a claim."""

    def make(**fields):
        pitch = Pitch.objects.create(
            **{
                "lead": lead, "contact": contact, "author": rep, "state": Pitch.State.DRAFT, "subject": "Replies your agents approve",
                "drafted_by": "Composer", **fields,
            }
        )  # fmt: skip
        greeting = PitchSentence.objects.create(
            pitch=pitch, position=1, text="Dear Ms Petersen,", verdict="no-claim-needed"
        )
        rows = [greeting]
        for position, key in enumerate(("customer-service", "private-deployment"), start=2):
            claim = claims[key]
            row = PitchSentence.objects.create(
                pitch=pitch, position=position, paragraph=1, text=claim.text_in(pitch.language), verdict="supported",
                rests_on=verdicts.rests_on([claim], pitch.language),
            )  # fmt: skip
            row.claims.set([claim])
            rows.append(row)
        Pitch.objects.filter(pk=pitch.pk).update(drafted_text=wording.script(rows), drafted_subject=pitch.subject)
        pitch.refresh_from_db()
        return pitch

    return make


@pytest.fixture
def pitch(make_pitch):
    return make_pitch()


@pytest.fixture
def ready(make_pitch):
    return make_pitch(state=Pitch.State.READY)


@pytest.fixture
def work():
    """Return `work(*queues)`, which does what is queued there."""
    return lambda *queues: sum(jobs.work(queue) for queue in queues or ("ml", "default"))
