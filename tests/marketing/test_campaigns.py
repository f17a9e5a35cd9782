"""Campaigns: planned, changed against a version, paid for, cloned, ended."""

import datetime
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from core.models import AuditEntry
from core.services.edits import Stale
from crm.money import Money
from marketing.models import Campaign, CampaignCopy, CopySentence, Delivery, Response
from marketing.services import campaign_figures, campaigns, cloning, plans, results

pytestmark = pytest.mark.django_db


def deliver(campaign, n, contact=None, **values):
    now = timezone.now()
    return Delivery.objects.create(
        **{
            "campaign": campaign,
            "person": n,
            "contact": contact,
            "message_id": f"<c.{campaign.pk}.{n}@x>",
            "due_at": now,
            **values,
        }
    )


def test_a_campaign_is_planned_by_its_maker_and_its_links_get_a_name(marketer):
    row = campaigns.create(by=marketer, name="  Speech for clinics ", budget=Decimal(300))
    assert (row.name, row.owner, row.state, row.utm_campaign) == (
        "Speech for clinics",
        marketer,
        "planning",
        "speech-for-clinics",
    )
    chinese = campaigns.create(by=marketer, name="语音助手")
    assert chinese.utm_campaign == f"campaign-{chinese.pk}"
    entry = AuditEntry.objects.get(noun="campaign", object_id=str(row.pk))
    assert (entry.verb, entry.actor, entry.after["state"]) == ("make", marketer, "planning")


def test_dates_the_wrong_way_round_and_a_budget_below_zero_are_refused(marketer, campaign):
    for values in (
        {"starts_on": datetime.date(2026, 5, 2), "ends_on": datetime.date(2026, 5, 1)},
        {"budget": Decimal(-1)},
    ):
        with pytest.raises(ValidationError):
            campaigns.create(by=marketer, name="Wrong", **values)
        with pytest.raises(ValidationError):
            campaigns.edit(campaign, by=marketer, expected=campaign.version, **values)
    assert not Campaign.objects.filter(name="Wrong").exists()
    assert Campaign.objects.get(pk=campaign.pk).version == campaign.version


def test_the_second_editor_is_told_and_writes_nothing(marketer, other_marketer, campaign):
    seen = campaign.version
    campaigns.edit(campaign, by=marketer, expected=seen, goal="Fifty talks")
    with pytest.raises(Stale):
        campaigns.edit(Campaign.objects.get(pk=campaign.pk), by=other_marketer, expected=seen, goal="Sixty talks")
    assert Campaign.objects.get(pk=campaign.pk).goal == "Fifty talks"


def test_state_and_approval_are_no_fields_one_can_edit(marketer, campaign):
    with pytest.raises(TypeError):
        campaigns.edit(campaign, by=marketer, expected=None, state="approved")


@pytest.mark.parametrize("state", ["scheduled", "sending", "paused", "done", "cancelled"])
def test_whom_it_reaches_is_fixed_once_mails_go_out_but_the_plan_is_not(marketer, campaign, state):
    Campaign.objects.filter(pk=campaign.pk).update(state=state)
    campaign.refresh_from_db()
    for values in ({"audience": None}, {"sender_email": "other@fairlead.example"}, {"utm_source": "else"}):
        with pytest.raises(ValidationError, match="fixed"):
            campaigns.edit(campaign, by=marketer, expected=campaign.version, **values)
    campaigns.edit(campaign, by=marketer, expected=campaign.version, goal="Ten talks", budget=Decimal(5))
    assert Campaign.objects.get(pk=campaign.pk).goal == "Ten talks"


def test_costs_add_up_and_an_overdrawn_budget_says_by_how_much(marketer, campaign):
    for what, amount in (("Stand", "11999.90"), ("Coffee", "0.20")):
        plans.add_cost(campaign, by=marketer, what=what, amount=Decimal(amount))
    figures = campaign_figures.of([campaign])[campaign.pk]
    assert (figures.spent, figures.over) == (Money(Decimal("12000.10"), "EUR"), Money(Decimal("0.10"), "EUR"))
    plans.remove_cost(campaign.costs.get(what="Coffee"), by=marketer)
    figures = campaign_figures.of([campaign])[campaign.pk]
    assert (figures.over, figures.left) == (None, Money(Decimal("0.10"), "EUR"))
    assert [entry.verb for entry in AuditEntry.objects.filter(noun="campaign")] == ["cost", "cost", "cost"]


def test_without_a_budget_nothing_is_over_it(marketer, campaign):
    Campaign.objects.filter(pk=campaign.pk).update(budget=0)
    campaign.refresh_from_db()
    plans.add_cost(campaign, by=marketer, what="Stand", amount=Decimal(9))
    assert campaign_figures.of([campaign])[campaign.pk].over is None


def test_a_cost_is_removed_once_and_never_negative(marketer, campaign):
    line = plans.add_cost(campaign, by=marketer, what="Stand", amount=Decimal(9))
    plans.remove_cost(line, by=marketer)
    with pytest.raises(Stale):
        plans.remove_cost(line, by=marketer)
    with pytest.raises(ValidationError):
        plans.add_cost(campaign, by=marketer, what="Refund", amount=Decimal(-9))


def test_the_currency_stays_once_costs_are_noted_in_it(marketer, campaign):
    plans.add_cost(campaign, by=marketer, what="Stand", amount=Decimal(9))
    with pytest.raises(ValidationError, match="EUR"):
        campaigns.edit(campaign, by=marketer, expected=campaign.version, currency="CNY")


def test_a_task_is_ticked_once_and_given_only_to_who_sees_campaigns(marketer, other_marketer, rep, campaign):
    task = plans.add_task(campaign, by=marketer, title="Ask for quotes", assignee=other_marketer)
    plans.tick(task, by=marketer, done=True)
    with pytest.raises(Stale):
        plans.tick(task, by=other_marketer, done=True)
    plans.tick(task, by=other_marketer, done=False)
    assert campaign.tasks.get().done_at is None
    with pytest.raises(ValidationError, match="does not see campaigns"):
        plans.add_task(campaign, by=marketer, title="Call them", assignee=rep)


def test_figures_count_sent_mails_and_answers_of_people_once_a_mail(campaign, contact):
    sent = deliver(campaign, 1, contact, state="sent")
    deliver(campaign, 2, state="sent")
    deliver(campaign, 3, state="skipped", reason="no-consent")
    for who in ("human", "human", "machine"):
        Response.objects.create(delivery=sent, kind="reply", who=who)
    Response.objects.create(delivery=sent, kind="click", who="human")
    figures = campaign_figures.of([campaign])[campaign.pk]
    assert (figures.planned, figures.sent, figures.replies) == (3, 2, 1)


def test_an_answer_to_what_came_back_is_counted_nowhere(campaign, contact):
    back = deliver(campaign, 1, contact, state="bounced")
    Response.objects.create(delivery=back, kind="reply", who="human")
    assert campaign_figures.of([campaign])[campaign.pk].replies == results.outcome(campaign).figures["replied"] == 0


def test_figures_of_many_campaigns_take_as_many_queries_as_of_one(marketer, campaign, django_assert_num_queries):
    rows = [campaign, *(campaigns.create(by=marketer, name=f"No {n}") for n in range(5))]
    with django_assert_num_queries(4):
        assert len(campaign_figures.of(rows)) == 6


def test_a_clone_takes_plan_copy_and_tasks_and_leaves_what_happened(
    marketer, other_marketer, campaign, claims, contact, segments
):
    copy = CampaignCopy.objects.create(
        campaign=campaign, language="en", segment=segments["logistics"], subjects=["On your servers"]
    )
    sentence = CopySentence.objects.create(
        copy=copy, position=1, text="Helm runs in your data centre.", verdict="supported"
    )
    sentence.claims.add(claims["private-deployment"])
    plans.add_cost(campaign, by=marketer, what="Stand", amount=Decimal(9))
    task = plans.add_task(campaign, by=marketer, title="Ask for quotes", due_on=campaign.starts_on)
    plans.tick(task, by=marketer, done=True)
    deliver(campaign, 1, contact, copy=copy, state="sent")
    Campaign.objects.filter(pk=campaign.pk).update(
        state="done",
        approved_hash="a" * 64,
        approved_by=other_marketer,
        approved_at=timezone.now(),
        send_at=timezone.now(),
    )
    campaign.refresh_from_db()

    new = cloning.clone(
        campaign, by=other_marketer, name="Once more", starts_on=campaign.starts_on + datetime.timedelta(days=30)
    )

    new.refresh_from_db()
    assert (new.state, new.approved_hash, new.approved_by, new.send_at) == ("planning", "", None, None)
    assert (new.owner, new.audience, new.need, new.budget) == (
        other_marketer,
        campaign.audience,
        campaign.need,
        campaign.budget,
    )
    assert new.ends_on - campaign.ends_on == datetime.timedelta(days=30)
    assert new.utm_campaign == "once-more"
    assert not new.deliveries.exists()
    assert not new.costs.exists()
    [copied] = new.copies.all()
    assert (copied.language, copied.segment, copied.subjects) == ("en", segments["logistics"], ["On your servers"])
    assert list(copied.sentences.get().claims.all()) == [claims["private-deployment"]]
    again = new.tasks.get()
    assert (again.due_on - campaign.starts_on, again.done_at) == (datetime.timedelta(days=30), None)
    assert campaign.copies.get().sentences.get().text == sentence.text
    assert campaign.deliveries.count() == 1


def test_a_clone_that_is_refused_leaves_nothing(marketer, campaign):
    with pytest.raises(ValidationError):
        cloning.clone(campaign, by=marketer, name="x" * 121)
    assert Campaign.objects.count() == 1


def test_a_campaign_is_cancelled_once_and_planned_again(marketer, campaign):
    Campaign.objects.filter(pk=campaign.pk).update(state="approved", approved_hash="a" * 64, approved_by=marketer)
    campaign.refresh_from_db()
    seen = campaign.version
    campaigns.cancel(campaign, by=marketer, expected=seen)
    with pytest.raises(ValidationError, match="over already"):
        campaigns.cancel(campaign, by=marketer, expected=campaign.version)
    with pytest.raises(Stale):
        campaigns.reopen(campaign, by=marketer, expected=seen)
    campaigns.reopen(campaign, by=marketer, expected=campaign.version)
    campaign.refresh_from_db()
    assert (campaign.state, campaign.approved_hash, campaign.approved_by) == ("planning", "", None)
    assert [step.state for step in plans.history(campaign)] == ["Planning", "Cancelled"]


def test_what_planned_mails_is_neither_cancelled_here_nor_planned_again(marketer, campaign):
    mail = deliver(campaign, 1)
    with pytest.raises(ValidationError, match="Sending"):
        campaigns.cancel(campaign, by=marketer, expected=campaign.version)
    with pytest.raises(ValidationError, match="wait"):
        campaigns.finish(campaign, by=marketer, expected=campaign.version)
    Delivery.objects.filter(pk=mail.pk).update(state="sent")
    campaigns.finish(campaign, by=marketer, expected=campaign.version)
    with pytest.raises(ValidationError, match="Clone"):
        campaigns.reopen(campaign, by=marketer, expected=campaign.version)
    assert Campaign.objects.get(pk=campaign.pk).state == "done"


def test_my_day_shows_a_campaigns_task_to_who_has_it_and_ticks_it_there(
    marketer_client, marketer, campaign, rep_client
):
    today = timezone.localdate()
    late = plans.add_task(
        campaign, by=marketer, title="Ask for quotes", due_on=today - datetime.timedelta(days=1), assignee=marketer
    )
    plans.add_task(
        campaign, by=marketer, title="Far away", due_on=today + datetime.timedelta(days=30), assignee=marketer
    )
    plans.add_task(campaign, by=marketer, title="Nobody's")
    page = marketer_client.get("/").content.decode()
    assert "Ask for quotes" in page
    assert "Far away" not in page
    assert "Nobody's" not in page
    assert "Ask for quotes" not in rep_client.get("/").content.decode()
    answer = marketer_client.post(f"/campaign-tasks/{late.pk}/done/", {"next": "/"})
    assert answer["Location"] == "/"
    assert "Ask for quotes" not in marketer_client.get("/").content.decode().split('id="toasts"')[0]
    elsewhere = marketer_client.post(f"/campaign-tasks/{late.pk}/open/", {"next": "//evil.example/"})
    assert elsewhere["Location"] == f"/campaigns/{campaign.pk}/"


def test_campaigns_are_found_by_who_may_see_them(marketer_client, rep_client, campaign):
    assert campaign.name in marketer_client.get("/search/?q=private+ports").content.decode()
    assert campaign.name not in rep_client.get("/search/?q=private+ports").content.decode()


def test_recipients_stay_fixed_when_a_paused_campaigns_copy_is_opened_again(marketer, campaign):
    Campaign.objects.filter(pk=campaign.pk).update(planned_at=timezone.now())
    campaign.refresh_from_db()
    for values in ({"audience": None}, {"channel": "event"}):
        with pytest.raises(ValidationError, match="fixed"):
            campaigns.edit(campaign, by=marketer, expected=campaign.version, **values)
    campaigns.edit(campaign, by=marketer, expected=campaign.version, sender_name="Elena")
    assert Campaign.objects.get(pk=campaign.pk).sender_name == "Elena"


def test_an_event_is_done_without_mails_and_a_mailing_is_not(marketer, campaign):
    with pytest.raises(ValidationError, match="No mail"):
        campaigns.finish(campaign, by=marketer, expected=campaign.version)
    fair = campaigns.create(by=marketer, name="Fair", channel="event")
    assert campaigns.finish(fair, by=marketer, expected=fair.version).state == "done"


def test_a_rate_of_no_mails_is_refused(marketer):
    with pytest.raises(ValidationError, match="At least one"):
        campaigns.create(by=marketer, name="Slow", per_minute=0)


@pytest.mark.parametrize(
    "page", ["ftp://fairlead.io/x", "https://intranet/x", "https://fairlead.io/x.", "not an address"]
)
def test_a_landing_page_nobody_could_open_from_a_mail_is_refused(marketer, campaign, page):
    with pytest.raises(ValidationError) as refused:
        campaigns.edit(campaign, by=marketer, expected=campaign.version, landing_page=page)
    assert "landing_page" in refused.value.error_dict
    campaigns.edit(campaign, by=marketer, expected=campaign.version, landing_page="https://www.fairlead.io/ports")
    assert cloning.clone(campaign, by=marketer, name="Again").landing_page == "https://www.fairlead.io/ports"
