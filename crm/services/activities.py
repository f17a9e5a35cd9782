"""The timeline of a lead, and its tasks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import DateTimeField
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext_noop, ngettext
from django.utils.translation import gettext as _

from core.models import User
from core.services import audit, edits
from crm.models import Activity, Lead, Pipeline, Task

_PITCH_LINES = {
    "sent": gettext_noop("Pitch sent to %(name)s: %(subject)s"),
    "used": gettext_noop("Call script used"),
    "printed": gettext_noop("One-pager printed"),
}
_CONTACT_LINES = {"contact-merged": gettext_noop("%(gone)s became one contact with %(kept)s")}
_MAIL_LINES = {
    "mail-click": gettext_noop("Followed a link in the mail “%(campaign)s”"),
    "mail-reply": gettext_noop("Answered the mail “%(campaign)s”"),
    "mail-unsubscribe": gettext_noop("Unsubscribed after the mail “%(campaign)s”"),
    "mail-bounce": gettext_noop("The mail “%(campaign)s” came back: %(detail)s"),
    "mail-complaint": gettext_noop("Reported the mail “%(campaign)s” as unwanted"),
}

DAY_LINES = (
    "message",
    "mail",
    "rotting",
    "confirm",
)  # kinds of My day's entries that have a line of ours and no title of theirs


def log(lead: Lead, kind: str, text: str, *, by: User | None, data: Mapping[str, Any] | None = None) -> Activity:
    """Write a timeline entry in the caller's transaction; `data` is what `describe` needs to say it in any language."""
    return Activity.objects.create(lead=lead, kind=kind, text=text, actor=by, data=dict(data or {}))


def note(lead: Lead, text: str, *, by: User | None) -> Activity:
    """Write a note; raises ValidationError if it is empty."""
    if not text.strip():
        raise ValidationError({"text": _("Write something first; an empty note was not kept.")})
    return log(lead, Activity.Kind.NOTE, text.strip(), by=by)


def add_task(lead: Lead, title: str, due_at: datetime, *, by: User | None, assignee: User | None = None) -> Task:
    """Add a thing to do, for `assignee` or else for the lead's owner; raises ValidationError if it has no title."""
    if not title.strip():
        raise ValidationError({"title": _("Say what is to be done; nothing was added.")})
    with transaction.atomic():
        task = Task.objects.create(
            lead=lead, title=title.strip()[:200], due_at=due_at, assignee=assignee or lead.owner or by
        )
        audit.record("make", task, by=by, after={"title": task.title, "due_at": due_at})
    return task


def finish_task(task: Task, *, by: User, expected: int | None = None) -> Task:
    """Tick a task and say so in the timeline; a task that is done already stays as it is. Raises Stale."""
    task.refresh_from_db(fields=["done_at", *([] if expected else ["version"])])
    if task.done_at:
        return task
    with transaction.atomic():
        edits.change(task, by=by, verb="finish", expected=expected, done_at=timezone.now())
        log(task.lead, Activity.Kind.CHANGE, task.title, by=by, data={"done": task.title})
    return task


def postpone_task(task: Task, until: datetime, *, by: User, expected: int | None = None) -> Task:
    """Give a task a later due time. Raises Stale."""
    return edits.change(task, by=by, verb="postpone", expected=expected, due_at=until)


def describe(activity: Activity) -> str:
    """Return the entry in the reader's language, from its data where it has some, else as it was written."""
    data = activity.data
    zh = (get_language() or "").startswith("zh")
    if "from_en" in data:
        old, new = (data["from_zh"], data["to_zh"]) if zh else (data["from_en"], data["to_en"])
        return _("Moved from %(old)s to %(new)s") % {"old": old, "new": new}
    if "made" in data:
        return _("Lead added")
    if "done" in data:
        return _("Done: %(what)s") % {"what": done_words(activity)}
    if data.get("event") in _PITCH_LINES:
        return _(_PITCH_LINES[data["event"]]) % data
    if data.get("event") in _CONTACT_LINES:
        return _(_CONTACT_LINES[data["event"]]) % data
    if data.get("event") in _MAIL_LINES:
        return _(_MAIL_LINES[data["event"]]) % {"campaign": data["campaign"], "detail": data.get("detail") or "–"}
    if "fields" in data:
        return "; ".join(_field_line(name, *values) for name, values in data["fields"].items())
    return activity.text


def done_words(activity: Activity) -> str:
    """Return what was ticked: a title somebody wrote as it is, a line of My day in the reader's language."""
    data = activity.data
    if "day" in data:
        return day_line(data["day"], data["who"], data["n"])
    return str(data["done"]) or _("Next step")


def day_line(kind: str, who: str, n: int = 1) -> str:
    """Say what a line of My day asks for, in the reader's language; `n` requirements, where it is about those."""
    if kind == "message":
        return _("Answer %(who)s") % {"who": who}
    if kind == "mail":
        return _("Mend the mail to %(who)s and send it again") % {"who": who}
    if kind == "rotting":
        return _("Pick up %(who)s again") % {"who": who}
    words = ngettext("Confirm %(n)d requirement of %(who)s", "Confirm %(n)d requirements of %(who)s", n)
    return words % {"n": n, "who": who}


def plain(value: Any) -> Any:
    """Return a field's value as the timeline keeps it: whatever is named or written otherwise in another language stays open."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="minutes")
    if isinstance(value, Pipeline):
        return {"en": value.name_en, "zh": value.name_zh or value.name_en}
    return "" if value is None else str(value)


def _field_line(name: str, before: Any, after: Any) -> str:
    field = Lead._meta.get_field(name)
    label = str(getattr(field, "verbose_name", name))
    moment = isinstance(field, DateTimeField)
    shown = {"name": label[:1].upper() + label[1:], "before": _shown(before, moment), "after": _shown(after, moment)}
    return _("%(name)s: %(before)s → %(after)s") % shown


def _shown(value: Any, moment: bool) -> str:
    if isinstance(value, dict):
        return str(value["zh" if (get_language() or "").startswith("zh") else "en"])
    if moment and value and (at := parse_datetime(value)):
        at = at if timezone.is_aware(at) else timezone.make_aware(at, UTC)  # as older rows have it
        return date_format(timezone.localtime(at), "DATETIME_FORMAT")
    return str(value) or "–"
