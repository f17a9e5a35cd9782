"""Jobs say which lead they are about, to whoever sees that lead, and the admin says what they do in words."""

import pytest
from django.urls import reverse

from core.services import job_subjects, jobs
from crm.models import Message, Pitch, PitchDelivery, PitchSentence

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(lead, rep):
    message = Message.objects.create(lead=lead, channel="mail", text="x")
    pitch = Pitch.objects.create(lead=lead)
    sentence = PitchSentence.objects.create(pitch=pitch, position=1, text="x")
    mail = PitchDelivery.objects.create(pitch=pitch, message_id="<x@x>")
    wanted = [
        ("crm.read", {"message": message.pk}), ("crm.draft", {"pitch": pitch.pk}), ("crm.subject", {"pitch": pitch.pk}),
        ("crm.verify", {"sentence": sentence.pk}), ("crm.send", {"delivery": mail.pk}),
    ]  # fmt: skip
    return [jobs.enqueue(kind, payload, by=rep) for kind, payload in wanted]


def test_each_job_names_its_lead_to_those_who_see_it(asked, rep, other_rep, django_assert_max_num_queries):
    with django_assert_max_num_queries(6):
        assert job_subjects.of(asked, rep) == {job.pk: "Hanseatic Freight" for job in asked}
    assert job_subjects.of(asked, other_rep) == {}
    Pitch.objects.all().delete()
    assert job_subjects.of(asked, rep) == {asked[0].pk: "Hanseatic Freight"}


def test_the_pages_show_it(asked, rep_client):
    assert rep_client.get(reverse("jobs")).text.count("Hanseatic Freight") == len(asked)
    assert "Hanseatic Freight" in rep_client.get(reverse("job", args=[asked[0].pk])).text


def test_the_admin_says_what_jobs_do(asked, sign_in, admin_user):
    client, url = sign_in(admin_user), reverse("admin:core_job_changelist")
    text = client.get(url).text
    assert "Read messages" in text
    assert ">crm.read<" not in text
    assert [row.kind for row in client.get(url, {"kind": "crm.send"}).context["cl"].queryset] == ["crm.send"]
