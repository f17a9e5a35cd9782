"""Who is in an audience: every field, groups, whose contacts, and what is refused before the database is asked."""

import datetime
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.models import AuditEntry
from core.services.edits import Stale
from crm.models import Company, Contact, Lead, Message, Pitch, Requirement
from marketing.models import Audience, Campaign, Consent, Delivery, Response
from marketing.services import audience_tree, audiences, consents
from marketing.services.audience_fields import FIELDS
from marketing.services.audience_names import Names
from marketing.services.audience_queries import COMPILE

NOW = timezone.now()


def ago(days):
    return NOW - datetime.timedelta(days=days)


def leaf(field, op="is", value=None):
    return {"field": field, "op": op, "value": value}


@pytest.fixture
def market(rep, team, other_rep, other_team, company, contact, lead, needs, segments, stages, pipeline):
    """Anke of a large German logistics firm with a lead, Bo of a French bank, Cai without company or leads, Dora of the other team."""
    lead.segment = segments["logistics-large"]
    lead.save()
    bank = Company.objects.create(name="Crédit", industry="banking", country="FR", language="fr", owner=rep, team=team)
    bo = Contact.objects.create(
        name="Bo", email="bo@credit.example", company=bank, role="finance", owner=rep, team=team
    )
    cai = Contact.objects.create(name="Cai", language="zh-hans", role="other", team=team)
    dora = Contact.objects.create(name="Dora", email="dora@solent.example", owner=other_rep, team=other_team)
    bo_lead = Lead.objects.create(
        title="Fraud", company=bank, contact=bo, pipeline=pipeline, stage=stages["won"], segment=segments["banking"],
        value=5000, currency="USD", owner=rep, team=team,
    )  # fmt: skip
    Requirement.objects.create(lead=lead, need=needs["latency"], status="confirmed")
    Requirement.objects.create(lead=lead, need=needs["languages"], status="declined")
    Requirement.objects.create(lead=bo_lead, need=needs["cost-control"], status="gap")
    Message.objects.create(lead=lead, contact=contact, channel="mail", text="Hello", state="read", sent_at=ago(10))
    Consent.objects.create(contact=contact, given=False, wording="No", source="form", at=ago(9))
    Consent.objects.create(contact=contact, given=True, wording="Yes", source="form", at=ago(3))
    Consent.objects.create(contact=bo, given=True, wording="Yes", source="form", at=ago(9))
    Consent.objects.create(contact=bo, given=False, wording="No", source="form", at=ago(3))
    return {"anke": contact, "bo": bo, "cai": cai, "dora": dora, "lead": lead, "bo_lead": bo_lead}


@pytest.fixture
def campaign(market):
    """A campaign that wrote to Anke (a person clicked) and to Bo (a scanner clicked)."""
    campaign = Campaign.objects.create(name="Spring", state="done")
    for place, (name, who) in enumerate([("anke", "human"), ("bo", "scanner")]):
        mail = Delivery.objects.create(
            campaign=campaign, contact=market[name], person=market[name].pk, state="sent", message_id=f"<{place}@x>",
            due_at=NOW, sent_at=ago(2),
        )  # fmt: skip
        Response.objects.create(delivery=mail, kind="click", who=who)
    return campaign


def names_in(conditions, user):
    return set(audiences.contacts(conditions, user=user).values_list("name", flat=True))


ANKE, BO, CAI, DORA = "Anke Petersen", "Bo", "Cai", "Dora"
CASES = [
    (leaf("role", "is", ["finance", "other"]), {BO, CAI, DORA}), (leaf("role", "is_not", ["finance", "other"]), {ANKE}),
    (leaf("owner", "is", ["nobody"]), {CAI}), (leaf("owner", "is_not", ["nobody"]), {ANKE, BO, DORA}),
    (leaf("language", "is", ["zh"]), {CAI}), (leaf("language", "is", ["fr"]), {BO}), (leaf("language", "is", ["en"]), {ANKE}),
    (leaf("language", "is_not", ["en", "zh"]), {BO, DORA}),
    (leaf("country", "is", ["DE", "AT"]), {ANKE}), (leaf("country", "is_not", ["DE"]), {BO, CAI, DORA}),
    (leaf("industry", "is", ["Banking"]), {BO}), (leaf("industry", "is_not", ["BANKING"]), {ANKE, CAI, DORA}),
    (leaf("size", "at_least", 900), {ANKE}), (leaf("size", "at_most", 899), set()), (leaf("size", "unknown"), {BO, CAI, DORA}),
    (leaf("segment", "is", ["logistics"]), {ANKE}), (leaf("segment", "is_not", ["logistics"]), {BO, CAI, DORA}),
    (leaf("need", "is", ["latency"]), {ANKE}), (leaf("need", "is", ["languages"]), set()), (leaf("need", "gap", ["cost-control"]), {BO}),
    (leaf("need", "confirmed", ["latency", "cost-control"]), {ANKE}), (leaf("need", "met", ["latency"]), set()),
    (leaf("need", "is_not", ["latency"]), {BO, CAI, DORA}),
    (leaf("requirement", "is", ["declined"]), {ANKE}), (leaf("requirement", "is_not", ["gap", "declined"]), {CAI, DORA}),
    (leaf("state", "is", ["open"]), {ANKE}), (leaf("state", "is", ["won", "lost"]), {BO}), (leaf("state", "is_not", ["won"]), {ANKE, CAI, DORA}),
    (leaf("value", "at_least", {"amount": "100000", "currency": "EUR"}), {ANKE}),
    (leaf("value", "at_least", {"amount": "1", "currency": "USD"}), set()),  # Bo's lead is won
    (leaf("value", "at_most", {"amount": "1000", "currency": "EUR"}), set()),
    (leaf("touch", "within", 11), {ANKE}), (leaf("touch", "within", 9), set()), (leaf("touch", "not_within", 9), {ANKE, BO, CAI, DORA}),
    (leaf("touch", "never"), {BO, CAI, DORA}),
    (leaf("consent", "is", ["given"]), {ANKE}), (leaf("consent", "is", ["withdrawn"]), {BO}),
    (leaf("consent", "is", ["none", "withdrawn"]), {BO, CAI, DORA}), (leaf("consent", "is_not", ["given"]), {BO, CAI, DORA}),
    (leaf("address", "missing"), {CAI}), (leaf("address", "present"), {ANKE, BO, DORA}),
    (leaf("address", "not_suppressed"), {ANKE, BO, CAI, DORA}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("condition", "who"), CASES, ids=lambda case: f"{case['field']} {case['op']}" if isinstance(case, dict) else ""
)
def test_each_field(condition, who, market, marketer):
    assert names_in({"all": [condition]}, marketer) == who
    assert names_in({"none": [condition]}, marketer) == {ANKE, BO, CAI, DORA} - who
    assert names_in({"none": [{"none": [condition]}]}, marketer) == who


def test_fields_by_the_rows_they_name(market, marketer, rep, stages, pipeline):
    assert names_in({"all": [leaf("owner", "is", [str(rep.pk)])]}, marketer) == {ANKE, BO}
    assert names_in({"all": [leaf("stage", "is", [str(stages["new"].pk)])]}, marketer) == {ANKE}
    assert names_in({"all": [leaf("pipeline", "is", [str(pipeline.pk)])]}, marketer) == {ANKE, BO}
    assert names_in({"all": [leaf("pipeline", "is_not", [str(pipeline.pk)])]}, marketer) == {CAI, DORA}


def test_who_got_clicked_and_replied(campaign, market, marketer):
    other = Campaign.objects.create(name="Autumn")
    this, that = [str(campaign.pk)], [str(other.pk)]
    assert names_in({"all": [leaf("campaign", "sent", this)]}, marketer) == {ANKE, BO}
    assert names_in({"all": [leaf("campaign", "sent", that)]}, marketer) == set()
    assert names_in({"all": [leaf("campaign", "not_sent", ["any"])]}, marketer) == {CAI, DORA}
    assert names_in({"all": [leaf("campaign", "clicked", ["any"])]}, marketer) == {ANKE}  # a scanner's click is none
    assert names_in({"all": [leaf("campaign", "not_clicked", this)]}, marketer) == {BO, CAI, DORA}
    assert names_in({"all": [leaf("campaign", "replied", this)]}, marketer) == set()
    Delivery.objects.filter(contact=market["bo"]).update(state="skipped", sent_at=None)
    assert names_in({"all": [leaf("campaign", "sent", this)]}, marketer) == {ANKE}


def test_a_mail_a_pitch_and_a_message_without_contact_are_touches(campaign, market, marketer, rep):
    assert names_in({"all": [leaf("touch", "within", 3)]}, marketer) == {ANKE, BO}
    Message.objects.create(
        lead=market["bo_lead"], channel="call-note", outgoing=True, text="Called", state="none", sent_at=ago(1)
    )
    assert names_in({"all": [leaf("touch", "within", 2)]}, marketer) == {BO}
    Pitch.objects.create(lead=market["lead"], contact=market["cai"], author=rep, state="sent", sent_at=NOW)
    assert names_in({"all": [leaf("touch", "within", 2)]}, marketer) == {BO, CAI}


def test_a_suppressed_address_is_found_by_its_hash(market, marketer):
    consents.suppress("BO@credit.example", "bounced")
    assert names_in({"all": [leaf("address", "suppressed")]}, marketer) == {BO}
    assert names_in({"all": [leaf("address", "not_suppressed")]}, marketer) == {ANKE, CAI, DORA}


def test_no_conditions_are_everybody_one_may_read(market, marketer, manager, other_rep):
    for nothing in ({}, {"all": []}):
        assert names_in(nothing, marketer) == {ANKE, BO, CAI, DORA}
        assert names_in(nothing, manager) == {ANKE, BO, CAI}
        assert names_in(nothing, other_rep) == {DORA}


def test_leads_of_another_team_decide_nothing(market, manager, marketer, other_rep, other_team, needs):
    """A manager must not learn from a count what stands in another team's lead."""
    Lead.objects.filter(pk=market["lead"].pk).update(owner=other_rep, team=other_team)
    for condition in (
        leaf("segment", "is", ["logistics"]), leaf("need", "is", ["latency"]), leaf("state", "is", ["open"]),
        leaf("requirement", "is", ["confirmed"]), leaf("touch", "within", 11),
        leaf("value", "at_least", {"amount": "1", "currency": "EUR"}),
    ):  # fmt: skip
        assert names_in({"all": [condition]}, marketer) == {ANKE}
        assert names_in({"all": [condition]}, manager) == set()
    said = audiences.why({"all": [leaf("segment", "is", ["logistics"])]}, market["anke"], user=manager)
    assert not said.holds
    assert "logistics" not in said.children[0].found.casefold()


def test_nobody_learns_why_of_a_contact_they_may_not_read(market, manager):
    with pytest.raises(Contact.DoesNotExist):
        audiences.why({}, market["dora"], user=manager)


BAD = [
    None, [], "all", 7, {"every": []}, {"all": [], "any": []}, {"any": []}, {"none": []}, {"all": "x"}, {"all": {"a": 1}},
    {"all": [None]}, {"all": ["x"]}, {"all": [{"all": []}]}, leaf("role", "is", ["other"]),
    {"all": [{"field": "role", "op": "is", "value": ["other"], "extra": 1}]}, {"all": [{"field": "role", "op": "is"}]},
    {"all": [leaf("company__owner__password", "is", ["x"])]}, {"all": [leaf(["role"], "is", ["other"])]},
    {"all": [leaf("role", "contains", ["o"])]}, {"all": [leaf("role", {"is": 1}, ["other"])]}, {"all": [leaf("role", "is", "other")]},
    {"all": [leaf("role", "is", [])]}, {"all": [leaf("role", "is", ["boss"])]}, {"all": [leaf("role", "is", [1])]},
    {"all": [leaf("role", "is", [["other"]])]}, {"all": [leaf("country", "is", ["Germany"])]}, {"all": [leaf("country", "is", ["de"])]},
    {"all": [leaf("language", "is", ["en%"])]}, {"all": [leaf("industry", "is", ["x" * 61])]}, {"all": [leaf("industry", "is", ["a\x00"])]},
    {"all": [leaf("size", "at_least", "900")]}, {"all": [leaf("size", "at_least", True)]}, {"all": [leaf("size", "at_least", -1)]},
    {"all": [leaf("size", "at_least", 10**30)]}, {"all": [leaf("size", "unknown", 3)]}, {"all": [leaf("touch", "within", 2.5)]},
    {"all": [leaf("value", "at_least", {"amount": "NaN", "currency": "EUR"})]}, {"all": [leaf("value", "at_least", {"amount": "1e99", "currency": "EUR"})]},
    {"all": [leaf("value", "at_least", {"amount": 5, "currency": "EUR"})]}, {"all": [leaf("value", "at_least", {"amount": "5", "currency": ["EUR"]})]},
    {"all": [leaf("value", "at_least", 5)]}, {"all": [leaf("segment", "is", ["nowhere"])]}, {"all": [leaf("need", "is", ["nothing"])]},
    {"all": [leaf("stage", "is", ["999999"])]}, {"all": [leaf("owner", "is", ["999999"])]}, {"all": [leaf("campaign", "sent", ["999999"])]},
    {"all": [leaf("pipeline", "is", ["999999"])]}, {"all": [leaf("role", "is", ["other"] * 51)]},
    {"all": [leaf("role", "is", ["other"])] * 51}, {"any": [{"all": [leaf("role", "is", ["other"])] * 26}] * 2},
    {"all": [{"all": [{"all": [{"all": [{"all": [leaf("role", "is", ["other"])]}]}]}]}]},
]  # fmt: skip


@pytest.mark.parametrize("conditions", BAD, ids=lambda bad: repr(bad)[:70])
def test_what_cannot_stand_is_refused_and_the_database_not_asked_for_contacts(conditions, market, marketer):
    with CaptureQueriesContext(connection) as captured, pytest.raises(ValidationError):
        audiences.contacts(conditions, user=marketer)
    assert not [
        query for query in captured if 'FROM "crm_contact"' in query["sql"] and "SELECT DISTINCT" not in query["sql"]
    ]
    with pytest.raises(ValidationError):
        audiences.create(by=marketer, name="X", conditions=conditions or 0)
    assert not Audience.objects.exists()


def test_the_refusal_names_the_place_and_the_field(db):
    tree = {
        "all": [
            leaf("role", "is", ["other"]),
            {"any": [leaf("country", "is", ["Germany"]), leaf("size", "at_least", "x")]},
        ]
    }
    with pytest.raises(ValidationError) as caught:
        audiences.check(tree)
    first, second = caught.value.messages
    assert "2.1" in first
    assert "Country" in first
    assert "Germany" in first
    assert "2.2" in second
    assert "Company size" in second


def test_an_id_of_another_kind_is_no_value(market, marketer, rep, stages, campaign):
    """What is no stage is no stage, even if a person has that number."""
    free = max(stage.pk for stage in stages.values()) + 1000
    Contact.objects.filter(pk=market["cai"].pk).update(owner=None)
    type(rep).objects.create_user("x@x.example", "a-long-password", name="X", pk=free)
    audiences.check({"all": [leaf("owner", "is", [str(free)])]})
    for field in ("stage", "pipeline"):
        with pytest.raises(ValidationError):
            audiences.check({"all": [leaf(field, "is", [str(free)])]})


def test_every_field_can_be_asked_for_and_explained(market, marketer):
    assert set(FIELDS) == set(COMPILE)
    for field in FIELDS.values():
        assert audiences.why({"all": [example(field.key)]}, market["cai"], user=marketer).children[0].found


def test_why_tells_each_leaf_and_what_was_found(market, marketer):
    tree = {"all": [leaf("country", "is", ["DE"]), {"any": [leaf("consent", "is", ["given"]), leaf("role", "is", ["finance"])]},
                    {"none": [leaf("segment", "is", ["banking"])]}]}  # fmt: skip
    said = audiences.why(tree, market["anke"], user=marketer)
    assert said.holds
    country, either, none = said.children
    assert (country.holds, country.found) == (True, "Germany")
    assert [child.holds for child in either.children] == [True, False]
    assert either.children[0].found.startswith("given on")
    assert none.holds
    assert not none.children[0].holds
    assert "Large logistics" in none.children[0].found
    assert not audiences.why(tree, market["bo"], user=marketer).holds


def test_why_makes_few_queries_however_many_leaves(market, marketer):
    tree = {"any": [leaf("country", "is", [code]) for code in ("DE", "FR", "AT", "CH")] * 10}
    with CaptureQueriesContext(connection) as captured:
        audiences.why(tree, market["anke"], user=marketer)
    assert len(captured) < 8


# -- trees at random: the count, the rows and each contact's explanation must agree with each other and with plain logic --

POOL = [case[0] for case in CASES]


def example(field):
    return next((one for one in POOL if one["field"] == field), None) or {
        "stage": leaf("state", "is", ["open"]), "pipeline": leaf("state", "is", ["open"]),
        "campaign": leaf("campaign", "sent", ["any"]),
    }[field]  # fmt: skip


TREES = st.recursive(
    st.sampled_from(POOL),
    lambda inner: st.builds(lambda kind, parts: {kind: parts}, st.sampled_from(["all", "any", "none"]), st.lists(inner, min_size=1, max_size=3)),
    max_leaves=8,
)  # fmt: skip
TRUTH = {repr(condition): who for condition, who in CASES}


def depth(node):
    kind = audience_tree.group_of(node)
    return 1 + max(map(depth, node[kind])) if kind else 0


def truth(node, name):
    kind = audience_tree.group_of(node)
    if not kind:
        return name in TRUTH[repr(node)]
    parts = [truth(child, name) for child in node[kind]]
    return all(parts) if kind == "all" else any(parts) if kind == "any" else not any(parts)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tree=TREES)
def test_count_rows_and_why_agree_for_any_tree(tree, market, marketer):
    tree = tree if audience_tree.group_of(tree) else {"all": [tree]}
    if depth(tree) > audience_tree.DEEPEST:
        with pytest.raises(ValidationError):
            audiences.count(tree, user=marketer)
        return
    who = {name for name in (ANKE, BO, CAI, DORA) if truth(tree, name)}
    assert names_in(tree, marketer) == who
    assert audiences.count(tree, user=marketer) == len(who)
    for key in ("anke", "bo", "cai", "dora"):
        contact = market[key]
        assert audiences.why(tree, contact, user=marketer).holds == (contact.name in who)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(junk=st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["all", "field", "role", "is", "value"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["all", "any", "none", "field", "op", "value", "x"]), inner, max_size=3),
    max_leaves=12,
))  # fmt: skip
def test_any_junk_is_refused_or_understood_and_never_breaks(junk, db):
    try:
        audiences.check(junk)
    except ValidationError:
        return
    assert junk == {} or audience_tree.group_of(junk)


# -- words --


@pytest.mark.parametrize(
    ("field", "op", "n", "words"),
    [
        ("touch", "within", 1, "in the last 1 day"), ("touch", "not_within", 2, "in the last 2 days"),
        ("size", "at_least", 1, "at least 1 person"), ("size", "at_most", 1200, "at most 1,200 people"),
    ],
)  # fmt: skip
def test_one_day_is_no_days(marketer, field, op, n, words):
    tree = {"all": [{"field": field, "op": op, "value": n}]}
    assert audience_tree.sentence(tree, Names(marketer)).endswith(words)


def test_a_tree_reads_as_a_sentence(market, marketer):
    tree = {"all": [leaf("country", "is", ["DE", "FR"]), {"any": [leaf("size", "at_least", 5000), leaf("touch", "never")]},
                    {"none": [leaf("consent", "is", ["withdrawn"])]}]}  # fmt: skip
    assert audience_tree.sentence(tree, Names(marketer)) == (
        "Contacts who work in Germany or France, (work at a company of at least 5,000 people or never wrote and were never "
        "written to) and (are not among those who have a consent that is withdrawn)"
    )
    assert audience_tree.sentence({}, Names(marketer)) == "All contacts"


# -- kept audiences --


def test_made_changed_copied_and_removed_with_an_audit(market, marketer):
    tree = {"all": [leaf("country", "is", ["DE"])]}
    row = audiences.create(by=marketer, name=" Germans ", conditions=tree)
    assert (row.name, row.owner, row.conditions) == ("Germans", marketer, tree)
    with pytest.raises(ValidationError):
        audiences.create(by=marketer, name="Germans", conditions=tree)
    with pytest.raises(Stale):
        audiences.edit(row, by=marketer, expected=row.version + 1, name="Others")
    audiences.edit(row, by=marketer, expected=row.version, name="German contacts")
    first, second = audiences.duplicate(row, by=marketer), audiences.duplicate(row, by=marketer)
    assert (first.name, second.name) == ("German contacts (copy)", "German contacts (copy) 2")
    with pytest.raises(Stale):
        audiences.delete(first, by=marketer, expected=99)
    audiences.delete(first, by=marketer, expected=first.version)
    assert list(AuditEntry.objects.order_by("pk").values_list("verb", flat=True)) == [
        "make",
        "change",
        "make",
        "make",
        "remove",
    ]


def test_an_audience_in_use_is_not_removed(market, marketer):
    row = audiences.create(by=marketer, name="Germans")
    Campaign.objects.create(name="Spring", audience=row)
    with pytest.raises(ValidationError, match="Spring"):
        audiences.delete(row, by=marketer, expected=row.version)
    assert Audience.objects.filter(pk=row.pk).exists()
    assert not AuditEntry.objects.filter(verb="remove").exists()


def test_an_amount_is_compared_as_a_number(market, marketer):
    Lead.objects.filter(pk=market["lead"].pk).update(value=Decimal("99999.50"))
    assert names_in({"all": [leaf("value", "at_least", {"amount": "99999.5", "currency": "EUR"})]}, marketer) == {ANKE}
    assert names_in({"all": [leaf("value", "at_least", {"amount": "99999.51", "currency": "EUR"})]}, marketer) == set()
