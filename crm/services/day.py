"""My day: what waits for a person, ranked, each with its reason."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.models import User
from core.scoping import reach
from crm.models import Activity, DayMark, Lead, Message, Pitch, PitchDelivery, Requirement, Task
from crm.models.leads import LeadQuerySet, start_of_tomorrow
from crm.services import activities, dates, leads

# Weights: complaints 95, mails that came back 94, hot messages 90 while fresh, steps and tasks due within two hours 85, late ones 70 to 79, hot
# messages that waited longer 69, other messages 68, due today 60, rotting leads 40 to 49, proposals to confirm 30. From 80 on it is for now, from 50 on for today.
NOW, TODAY = 80, 50  # weights from which an entry stands under “Now” and under “Today”
MOST = 50  # entries of one kind
FRESH = timedelta(days=14)
MARKED = 4 * FRESH  # how long a tick holds, and a mail that came back waits
HOT_FOR = 2  # working days in which a hot message presses now
HOT = {"pricing-request", "demo-trial", "procurement-rfp", "complaint-churn"}


@dataclass(frozen=True, slots=True)
class DayEntry:
    """One thing to do. `key` names it in actions; `proposed` are the requirements a person should look at."""

    lead: Lead
    kind: str
    title: str
    reason: str
    weight: int
    due: datetime | None = None
    task: Task | None = None
    message: Message | None = None
    mail: PitchDelivery | None = None
    requirement: Requirement | None = None
    proposed: tuple[Requirement, ...] = field(default=())

    @property
    def key(self) -> str:
        """The entry's name: kind and the id of what it is about."""
        if self.mail:  # sent again and refused again, it is another thing to do
            return f"{self.kind}:{self.mail.pk}-{int(self.mail.created_at.timestamp())}"
        row = self.task or self.message
        return f"{self.kind}:{row.pk if row else self.lead.pk}"


def queue(user: User, *, now: datetime | None = None) -> list[DayEntry]:
    """Return what waits for `user`, most pressing first; at most MOST of each kind, in a fixed number of queries."""
    now = now or timezone.now()
    mine = leads_of(user).open()
    hidden = _hidden(user, now)
    urgent = [*_steps(mine, now), *_tasks(user, now), *_messages(mine, now), *_mails(user, mine, now)]
    taken = {entry.lead.pk for entry in urgent}
    answered = {entry.lead.pk for entry in urgent if entry.message and entry.key not in hidden}
    quiet = [*_rotting(mine, now, taken), *_proposals(mine, besides=answered)]
    shown = [entry for entry in (*urgent, *quiet) if entry.key not in hidden]
    return sorted(shown, key=lambda entry: (-entry.weight, entry.due or now, entry.lead.pk))


def leads_of(user: User) -> LeadQuerySet:
    """Return the leads a day is made of: one's own, those nobody of the team took yet, and a manager's whole team."""
    how_far = reach(user, "sales", "edit")
    if how_far == "none":
        return Lead.objects.none()
    rows = Lead.objects.for_user(user, "edit")
    return rows.filter(Q(owner=user) | Q(owner__isnull=True)) if how_far == "all" else rows


def done_today(user: User) -> list[Activity]:
    """Return what the user ticked today, newest first."""
    ticked = Activity.objects.filter(actor=user, at__gte=dates.start_of_today(), data__has_key="done")
    return list(ticked.for_user(user).select_related("lead__company").order_by("-at")[:20])


def put_off(user: User, key: str, until: datetime) -> None:
    """Hide an entry until then."""
    DayMark.objects.update_or_create(user=user, key=key, defaults={"until": until})


def tick(user: User, entry: DayEntry) -> None:
    """Hide a message's or lead's entry for good and say in the timeline that it was seen to."""
    DayMark.objects.update_or_create(user=user, key=entry.key, defaults={"until": None})
    data: dict[str, Any] = {"done": entry.title}
    if entry.kind in activities.DAY_LINES:  # what the others are called, a person wrote
        data |= {"day": entry.kind, "who": name_of(entry.lead), "n": max(1, len(entry.proposed))}
    activities.log(entry.lead, Activity.Kind.CHANGE, entry.title, by=user, data=data)


def find(user: User, key: str) -> DayEntry | None:
    """Return the entry with this key if it still waits for the user."""
    return next((entry for entry in queue(user) if entry.key == key), None)


def take(lead: Lead, *, by: User, expected: int | None = None) -> Lead:
    """Make `by` the owner of a lead that has none. Raises Stale if somebody was faster."""
    return leads.edit(lead, by=by, expected=expected, owner=by)


def _hidden(user: User, now: datetime) -> set[str]:
    marks = DayMark.objects.filter(Q(until__isnull=True, at__gte=now - MARKED) | Q(until__gt=now), user=user)
    return set(marks.values_list("key", flat=True))


def _by_when(due: datetime, now: datetime) -> int:
    if due < now:
        return 70 + min(9, (now - due).days)
    return 85 if due - now <= timedelta(hours=2) else 60


def _steps(mine: LeadQuerySet, now: datetime) -> Iterable[DayEntry]:
    due = mine.filter(next_step_at__lt=start_of_tomorrow()).with_related().order_by("next_step_at", "id")[:MOST]
    for lead in due:
        title = lead.next_step or _("Next step with %(who)s") % {"who": name_of(lead)}
        yield DayEntry(
            lead,
            "step",
            title,
            _due_reason(lead.next_step_at, now),
            _by_when(lead.next_step_at, now),
            lead.next_step_at,
        )


def _tasks(user: User, now: datetime) -> Iterable[DayEntry]:
    for_me = Task.objects.for_user(user, "edit").filter(assignee=user, done_at=None, due_at__lt=start_of_tomorrow())
    related = ("lead__company", "lead__contact", "lead__stage", "lead__owner", "lead__segment", "lead__pipeline")
    for task in for_me.select_related(*related).order_by("due_at", "id")[:MOST]:
        yield DayEntry(
            task.lead,
            "task",
            task.title,
            _due_reason(task.due_at, now),
            _by_when(task.due_at, now),
            task.due_at,
            task=task,
        )


def _due_reason(due: datetime, now: datetime) -> str:
    if due >= now:
        return _("Promised for today.")
    days = (timezone.localtime(now).date() - timezone.localtime(due).date()).days
    if days == 0:
        return _("It was due earlier today.")
    return ngettext("It was due %(n)d day ago.", "It was due %(n)d days ago.", days) % {"n": days}


def _messages(mine: LeadQuerySet, now: datetime) -> Iterable[DayEntry]:
    later = Message.objects.filter(lead=OuterRef("lead"), sent_at__gt=OuterRef("sent_at"))
    fresh = (
        Message.objects.filter(lead__in=mine, outgoing=False, sent_at__gte=now - FRESH)
        .filter(~Exists(later))  # the last word is theirs, and one entry a lead is enough
        .select_related("contact", "lead__company", "lead__contact", "lead__stage", "lead__owner", "lead__segment", "lead__pipeline")
        .prefetch_related("quotes__requirement__need")
        .order_by("-sent_at", "-id")[:MOST]
    )  # fmt: skip
    seen: set[int] = set()
    for message in fresh:
        if message.lead_id not in seen:
            seen.add(message.lead_id)
            yield _message_entry(message, now)


def _message_entry(message: Message, now: datetime) -> DayEntry:
    wanted = {
        quote.requirement.need.key: quote.requirement
        for quote in message.quotes.all()
        if quote.requirement.status != Requirement.Status.DECLINED
    }
    hot = [req for key, req in wanted.items() if key in HOT]
    lead = message.lead
    if hot:
        weight = (
            (95 if "complaint-churn" in wanted else 90) if dates.working_days(message.sent_at, now) <= HOT_FOR else 69
        )
        reason = f"{_why_hot(hot)} {_waited(now - message.sent_at)}"
    elif "not-a-lead" in wanted:
        weight, reason = 20, _("Probably not a lead; look once and close it.")
    else:
        weight, reason = 68, _waited(now - message.sent_at)
    if lead.owner_id is None:
        reason += " " + _("Nobody owns it yet.")
    title = activities.day_line("message", name_of(lead))
    proposed = tuple(wanted.values())
    return DayEntry(
        lead, "message", title, reason, weight, message.sent_at, message=message, proposed=proposed,
        requirement=hot[0] if hot else None,
    )  # fmt: skip


def _mails(user: User, mine: LeadQuerySet, now: datetime) -> Iterable[DayEntry]:
    """Mails of pitches that failed and were neither sent again nor followed by another, for the lead's owner and the writer."""
    later = Pitch.objects.filter(
        lead=OuterRef("pitch__lead"), form=Pitch.Form.MAIL, state=Pitch.State.SENT, sent_at__gt=OuterRef("created_at")
    )
    failed = (
        PitchDelivery.objects.for_user(user, "edit")
        .filter(Q(pitch__lead__in=mine) | Q(pitch__author=user) | Q(by=user), pitch__lead__in=Lead.objects.open())
        .filter(~Exists(later), state=PitchDelivery.State.FAILED, created_at__gte=now - MARKED)
        .select_related(*(f"pitch__lead__{name}" for name in ("company", "contact", "stage", "owner", "segment", "pipeline")))
        .order_by("created_at", "id")[:MOST]
    )  # fmt: skip
    for mail in failed:
        lead = mail.pitch.lead
        title = activities.day_line("mail", name_of(lead))
        yield DayEntry(lead, "mail", title, _why_failed(mail), 94, mail.created_at, mail=mail)


def _why_failed(mail: PitchDelivery) -> str:
    """Who did not get it and why: a reply of the server begins with its number."""
    told = {"name": mail.recipient_name or mail.recipient, "why": mail.error}
    if mail.error[:3].isdigit():
        return _("The mail to %(name)s came back: “%(why)s”") % told
    return _("The mail to %(name)s did not go out. %(why)s") % told


def _why_hot(hot: list[Requirement]) -> str:
    """What they want that cannot wait, in a sentence: the most pressing by name, several as a list."""
    if len(hot) > 1:
        return _("Several things at once: %(needs)s.") % {"needs": _listed(str(req.need) for req in hot)}
    words = {
        "complaint-churn": _("They complain, or think of leaving."),
        "pricing-request": _("They ask for a price."),
        "demo-trial": _("They want to see or try it."),
        "procurement-rfp": _("They ask for an offer, or run a tender."),
    }
    return words[hot[0].need.key]


def _waited(since: timedelta) -> str:
    hours = max(0, int(since.total_seconds() // 3600))
    if hours < 1:
        return _("It came within the last hour.")
    if hours < 24:
        return ngettext("It has waited for %(n)d hour.", "It has waited for %(n)d hours.", hours) % {"n": hours}
    days = hours // 24
    return ngettext("Nobody has answered for %(n)d day.", "Nobody has answered for %(n)d days.", days) % {"n": days}


def _rotting(mine: LeadQuerySet, now: datetime, taken: set[int]) -> Iterable[DayEntry]:
    for lead in mine.rotting().exclude(pk__in=taken).with_related().order_by("stage_since", "id")[:MOST]:
        over = lead.days_in_stage - lead.stage.expected_days
        shown = {"n": lead.days_in_stage, "stage": lead.stage.name, "expected": lead.stage.expected_days}
        reason = ngettext(
            "%(n)d day in %(stage)s, where %(expected)d are usual.", "%(n)d days in %(stage)s, where %(expected)d are usual.",
            lead.days_in_stage,
        ) % shown  # fmt: skip
        if lead.next_step_at is None:
            reason += " " + _("No next step is set.")
        title = activities.day_line("rotting", name_of(lead))
        yield DayEntry(lead, "rotting", title, reason, 40 + min(9, over // 3))


def _proposals(mine: LeadQuerySet, besides: set[int]) -> Iterable[DayEntry]:
    """Leads with something to confirm; one whose message waits has it there already."""
    proposed = Requirement.objects.filter(lead=OuterRef("pk"), status=Requirement.Status.PROPOSED)
    found = list(
        mine.filter(Exists(proposed)).exclude(pk__in=besides).with_related().order_by("-updated_at", "-id")[:MOST]
    )
    by_lead: dict[int, list[Requirement]] = defaultdict(list)
    waiting = Requirement.objects.filter(lead__in=[lead.pk for lead in found], status=Requirement.Status.PROPOSED)
    for requirement in waiting.select_related("need").order_by("need__position", "id"):
        by_lead[requirement.lead_id].append(requirement)
    for lead in found:
        reqs = by_lead[lead.pk]
        reqs = [req for req in reqs if req.need.key != "not-a-lead"] or reqs  # confirmed alone, never beside needs
        if not reqs:
            continue
        title = activities.day_line("confirm", name_of(lead), len(reqs))
        reason = _("A pitch may only answer what you have confirmed.")
        yield DayEntry(lead, "confirm", title, reason, 30, requirement=reqs[0], proposed=tuple(reqs))


def name_of(lead: Lead) -> str:
    """Return what a lead is called in a sentence: its company, else its title."""
    return lead.company.name if lead.company else lead.title


def _listed(words: Iterable[str]) -> str:
    return _(", ").join(words)
