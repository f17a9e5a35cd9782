"""Claims: who keeps them, what may be approved, what a lead may hear."""

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from core.models import AuditEntry
from core.services.edits import Stale
from crm.models import Claim, Evidence
from crm.services import claims as service

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(marketer, needs):
    return service.create(by=marketer, needs=[needs["latency"]], text_en="Answers in 200 ms.", visibility="customer")


def test_a_fact_needs_evidence_before_it_is_approved(draft, marketer):
    with pytest.raises(ValidationError, match="evidence"):
        service.approve(draft, by=marketer, expected=draft.version)
    Evidence.objects.create(claim=draft, kind="benchmark", title="Load test")
    service.approve(draft, by=marketer, expected=draft.version)
    assert draft in Claim.objects.usable()


def test_an_assumption_is_never_told_to_customers(draft, marketer):
    service.edit(draft, by=marketer, expected=draft.version, kind="assumption")
    with pytest.raises(ValidationError, match="assumption"):
        service.approve(draft, by=marketer, expected=draft.version)


def test_new_wording_puts_an_approved_claim_back_to_draft(draft, marketer):
    Evidence.objects.create(claim=draft, kind="benchmark", title="Load test")
    service.approve(draft, by=marketer, expected=draft.version)
    service.edit(draft, by=marketer, expected=draft.version, text_en="Answers in 100 ms.")
    assert draft.status == Claim.Status.DRAFT
    assert draft not in Claim.objects.usable()


def test_the_second_editor_is_told(draft, marketer, admin_user):
    seen = draft.version
    service.edit(draft, by=marketer, expected=seen, text_en="Answers within 200 ms.")
    other = Claim.objects.get(pk=draft.pk)
    with pytest.raises(Stale):
        service.edit(other, by=admin_user, expected=seen, text_en="Answers at once.")
    assert Claim.objects.get(pk=draft.pk).text_en == "Answers within 200 ms."


@pytest.mark.parametrize("change", [
    {"status": "expired"}, {"visibility": "internal"}, {"valid_until": datetime.date(2020, 1, 1)}, {"valid_from": datetime.date(2090, 1, 1)},
])  # fmt: skip
def test_only_approved_customer_facing_valid_claims_are_usable(claims, change):
    claim = Claim.objects.usable().first()
    Claim.objects.filter(pk=claim.pk).update(**change)
    assert not Claim.objects.usable().filter(pk=claim.pk).exists()


def test_dates_the_wrong_way_round_and_empty_texts_are_refused(marketer):
    with pytest.raises(ValidationError, match="before it begins"):
        service.create(by=marketer, text_en="x", valid_from=timezone.localdate(), valid_until=datetime.date(2020, 1, 1))
    with pytest.raises(ValidationError, match="at least one language"):
        service.create(by=marketer, text_en="  ")
    assert not Claim.objects.exists()


def test_pages_for_reader_and_keeper(rep_client, marketer_client, draft):
    page = rep_client.get("/claims/").content.decode()
    assert "Answers in 200 ms." in page
    assert "/claims/new/" not in page
    assert "/claims/new/" in marketer_client.get("/claims/").content.decode()
    assert rep_client.get(f"/claims/{draft.pk}/").status_code == 200


def test_a_rep_changes_nothing(rep_client, draft):
    before = AuditEntry.objects.count()
    assert rep_client.post("/claims/new/", {"text_en": "We are the best."}).status_code == 403
    for verb in ("approve", "expire", "reopen", "evidence", "edit"):
        assert rep_client.post(f"/claims/{draft.pk}/{verb}/", {"version": 1}).status_code == 403
    assert (
        rep_client.patch(f"/api/v1/claims/{draft.pk}/", {"text_en": "x"}, content_type="application/json").status_code
        == 403
    )
    assert Claim.objects.get().text_en == "Answers in 200 ms."
    assert AuditEntry.objects.count() == before


def test_a_marketer_writes_proves_and_approves(marketer_client, needs):
    form = {
        "text_en": "Runs offline.",
        "kind": "fact",
        "visibility": "customer",
        "needs": [needs["private-deployment"].pk],
    }
    assert marketer_client.post("/claims/new/", form).status_code == 302
    claim = Claim.objects.get()
    assert (
        marketer_client.post(f"/claims/{claim.pk}/approve/", {"version": claim.version}, follow=True).status_code == 200
    )
    claim.refresh_from_db()
    assert claim.status == Claim.Status.DRAFT
    marketer_client.post(f"/claims/{claim.pk}/evidence/", {"kind": "document", "title": "Install guide"})
    marketer_client.post(f"/claims/{claim.pk}/approve/", {"version": claim.version})
    claim.refresh_from_db()
    assert claim.status == Claim.Status.APPROVED
    assert claim.approved_by is not None


def test_the_form_says_what_a_choice_means_where_it_is_made(marketer_client, draft, needs):
    page = marketer_client.get("/claims/new/").text
    for words in (
        "A fact needs evidence",
        "No pitch and no campaign uses it",
        "It can only be approved as an internal",
    ):
        assert words in page
    assert 'aria-describedby="id_kind-says"' in page
    refused = marketer_client.post("/claims/new/", {"kind": "guess", "visibility": "customer", "text_en": "x"})
    assert 'aria-describedby="id_kind-why id_kind-says"' in refused.text


def test_what_answers_a_gap_is_to_be_told_to_customers(marketer_client, needs):
    assert marketer_client.get("/claims/new/").context["form"]["visibility"].value() == "internal"
    form = marketer_client.get("/claims/new/?need=latency").context["form"]
    assert (form["visibility"].value(), form["needs"].value()) == ("customer", [needs["latency"].pk])


def test_a_stale_form_keeps_what_was_typed(marketer_client, draft):
    form = {"text_en": "Second thoughts.", "kind": "fact", "visibility": "customer", "version": draft.version + 5}
    answer = marketer_client.post(f"/claims/{draft.pk}/edit/", form)
    assert answer.status_code == 422
    assert "Second thoughts." in answer.content.decode()
    assert Claim.objects.get().text_en == "Answers in 200 ms."


def test_the_api_answers_409_to_a_stale_version(marketer_client, draft):
    url = f"/api/v1/claims/{draft.pk}/"
    assert (
        marketer_client.patch(
            url, {"text_en": "New.", "version": draft.version}, content_type="application/json"
        ).status_code
        == 200
    )
    assert (
        marketer_client.patch(
            url, {"text_en": "Old.", "version": draft.version}, content_type="application/json"
        ).status_code
        == 409
    )
    assert Claim.objects.get().text_en == "New."


def test_a_version_that_is_no_number_changes_nothing(marketer_client, draft):
    answer = marketer_client.post(
        f"/api/v1/claims/{draft.pk}/expire/", {"version": "x"}, content_type="application/json"
    )
    assert answer.status_code == 428
    assert marketer_client.post(f"/claims/{draft.pk}/expire/", {"version": "x"}).status_code == 302
    draft.refresh_from_db()
    assert draft.status == "draft"


def test_a_change_over_the_api_must_say_which_version_it_saw(marketer_client, draft):
    url = f"/api/v1/claims/{draft.pk}/"
    for answer in (
        marketer_client.patch(url, {"text_en": "New."}, content_type="application/json"),
        marketer_client.post(f"{url}expire/", {}, content_type="application/json"),
    ):
        assert answer.status_code == 428
    draft.refresh_from_db()
    assert (draft.status, draft.text_en) == ("draft", "Answers in 200 ms.")
