"""What a person says of a proposed requirement: confirm, change, decline, add; each teaches the hub."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from core.models import Need, User
from core.services import audit, edits
from crm.models import Activity, Lead, Message, Quote, Requirement
from crm.services import activities
from modelhub import interface

Verdict = Literal["confirmed", "changed", "rejected", "added"]
Status = Requirement.Status
QUOTE_LIMIT = 2_000  # characters


@transaction.atomic
def confirm(req: Requirement, *, by: User, expected: int) -> Requirement:
    """Say that the lead does want this. Raises Stale if somebody was faster."""
    before = req.status
    edits.change(req, by=by, verb="confirm", expected=expected, status=Status.CONFIRMED)
    if before in (Status.PROPOSED, Status.DECLINED):
        _teach(req, "confirmed", by=by)
        _log(req, "confirm", by=by)
    return req


def confirm_all(lead: Lead, *, by: User, seen: Mapping[int, int]) -> tuple[int, int]:
    """Confirm the proposals a person saw (id → version); return how many were confirmed and how many had changed."""
    done = stale = 0
    for req in Requirement.objects.filter(lead=lead, pk__in=seen, status=Status.PROPOSED).select_related("need"):
        try:
            confirm(req, by=by, expected=seen[req.pk])
            done += 1
        except edits.Stale:
            stale += 1
    return done, stale


@transaction.atomic
def reject(req: Requirement, *, by: User, expected: int) -> Requirement:
    """Say that the lead does not want this. Its quotes stay, so that the same words do not propose it again."""
    before = req.status
    edits.change(req, by=by, verb="reject", expected=expected, status=Status.DECLINED)
    if before != Status.DECLINED:
        _teach(req, "rejected", by=by)
        _log(req, "reject", by=by)
    return req


@transaction.atomic
def change(req: Requirement, need: Need, *, by: User, expected: int) -> Requirement:
    """Say that the words mean another need: the old one is declined, the new one confirmed with the same quotes."""
    if need.pk == req.need_id:
        return confirm(req, by=by, expected=expected)
    edits.change(req, by=by, verb="change", expected=expected, reason=need.key, status=Status.DECLINED)
    _teach(req, "changed", by=by, changed_to=need.key)
    other = _standing(req.lead, need, by=by, priority=req.priority)
    Quote.objects.bulk_create(
        [
            Quote(requirement=other, message_id=q.message_id, start=q.start, end=q.end, text=q.text, by_person=True)
            for q in req.quotes.all()
        ],
        ignore_conflicts=True,
    )
    _log(req, "change", by=by, to=need)
    return other


@transaction.atomic
def add(
    lead: Lead,
    need: Need,
    *,
    by: User,
    message: Message | None = None,
    start: int | None = None,
    end: int | None = None,
) -> Requirement:
    """Add a need the reader missed, with or without the words that carry it; a standing one gets the quote as well.

    Raises ValidationError if the stretch does not lie in the message, or the message is another lead's.
    """
    quote = _stretch(lead, message, start, end)
    req = _standing(lead, need, by=by)
    if message is not None:
        if quote is not None:
            Quote.objects.get_or_create(
                requirement=req, message=message, start=quote[0], end=quote[1],
                defaults={"text": message.text[quote[0] : quote[1]], "by_person": True},
            )  # fmt: skip
        _correct(req, message, "added", by=by, spans=(quote,) if quote else ())
    _log(req, "add", by=by)
    return req


@transaction.atomic
def set_status(req: Requirement, status: str, *, by: User, expected: int) -> Requirement:
    """Mark a requirement as met, as a gap, or as confirmed again; declining is `reject`."""
    if status == Status.DECLINED:
        return reject(req, by=by, expected=expected)
    if status == Status.CONFIRMED and req.status in (Status.PROPOSED, Status.DECLINED):
        return confirm(req, by=by, expected=expected)
    if status not in (Status.CONFIRMED, Status.MET, Status.GAP):
        raise ValidationError({"status": _("“%(status)s” is no state a person can set.") % {"status": status}})
    before = req.status
    edits.change(req, by=by, verb="set status", expected=expected, status=status)
    if before == status:
        return req
    if before in (Status.PROPOSED, Status.DECLINED):
        _teach(req, "confirmed", by=by)
    _log(req, status, by=by)
    return req


def set_priority(req: Requirement, priority: str, *, by: User, expected: int) -> Requirement:
    """Say how much the lead wants it: must, should or could."""
    if priority not in Requirement.Priority.values:
        raise ValidationError({"priority": _("“%(priority)s” is no priority.") % {"priority": priority}})
    return edits.change(req, by=by, verb="set priority", expected=expected, priority=priority)


def locate(message: Message, words: str) -> tuple[int, int]:
    """Return where `words` stand in a message, however its white space runs; raises ValidationError if nowhere."""
    words = words.strip().strip("“”\"'").strip()
    start = message.text.find(words) if words else -1
    if start >= 0:
        return start, start + len(words)
    parts = words.split()
    position = message.text.find(parts[0]) if parts else -1
    while position >= 0:
        end = _follow(message.text, parts, position)
        if end is not None:
            return position, end
        position = message.text.find(parts[0], position + 1)
    raise ValidationError(_("These words do not stand in the message. Copy them from it as they are."))


def _follow(text: str, parts: list[str], position: int) -> int | None:
    for part in parts:
        while position < len(text) and text[position].isspace():
            position += 1
        if not text.startswith(part, position):
            return None
        position += len(part)
    return position


def _stretch(lead: Lead, message: Message | None, start: int | None, end: int | None) -> tuple[int, int] | None:
    if message is None:
        return None
    if message.lead_id != lead.pk:
        raise ValidationError(_("That message belongs to another lead."))
    if start is None or end is None:
        return None
    while start < end and message.text[start : start + 1].isspace():
        start += 1
    while start < end and message.text[end - 1 : end].isspace():
        end -= 1
    if not 0 <= start < end <= len(message.text) or end - start > QUOTE_LIMIT:
        raise ValidationError(_("That stretch does not lie in the message, or is too long for a quote."))
    return start, end


def _standing(lead: Lead, need: Need, *, by: User, priority: str = Requirement.Priority.SHOULD) -> Requirement:
    """The lead's requirement for a need, confirmed by this person if it was not yet."""
    req, created = Requirement.objects.get_or_create(
        lead=lead, need=need, defaults={"status": Status.CONFIRMED, "priority": priority}
    )
    if created:
        audit.record("add", req, by=by, after={"need": need.key, "status": req.status})
    elif req.status in (Status.PROPOSED, Status.DECLINED):
        edits.change(req, by=by, verb="confirm", status=Status.CONFIRMED)
    return req


def _teach(req: Requirement, verdict: Verdict, *, by: User, changed_to: str = "") -> None:
    """Push the verdict down to the hub once for every message that quotes the requirement."""
    spans: dict[int, list[tuple[int, int]]] = {}
    for quote in req.quotes.all():
        spans.setdefault(quote.message_id, []).append((quote.start, quote.end))
    messages = {message.pk: message for message in Message.objects.filter(pk__in=spans)}
    if req.prediction is not None:  # a need may be read without words to point at
        for message in Message.objects.filter(lead_id=req.lead_id, prediction=req.prediction).exclude(pk__in=spans):
            messages[message.pk] = message
    for pk, message in messages.items():
        _correct(req, message, verdict, by=by, spans=tuple(spans.get(pk, ())), changed_to=changed_to)


def _correct(
    req: Requirement,
    message: Message,
    verdict: Verdict,
    *,
    by: User,
    spans: tuple[tuple[int, int], ...],
    changed_to: str = "",
) -> None:
    interface.correct(
        interface.Correction(
            source=message.source,
            text=message.text,
            verdict=verdict,
            need=req.need.key,
            author=str(by)[:120],
            language=message.language,
            segment=req.lead.segment_id,
            changed_to=changed_to,
            prediction=message.prediction,
            spans=spans,
            group=req.lead.customer,
        )
    )


def need_names(rows: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return the names, in the reader's language, of the needs that timeline entries speak of; one query."""
    keys = {str(data[name]) for data in rows for name in ("need", "to") if data.get(name)}
    return {need.key: need.name for need in Need.objects.filter(key__in=keys)} if keys else {}


def describe(activity: Activity, names: Mapping[str, str]) -> str:
    """Say in the reader's language what was done to a need; `names` comes from `need_names`."""
    data, said = activity.data, _said()
    shown = {name: names.get(data.get(name, ""), data.get(name, "")) for name in ("need", "to")}
    return said[data["verb"]] % shown if data.get("verb") in said else activity.text


def _said() -> dict[str, str]:
    return {
        "confirm": _("Confirmed “%(need)s”"),
        "reject": _("Declined “%(need)s”"),
        "change": _("Changed “%(need)s” to “%(to)s”"),
        "add": _("Added “%(need)s”"),
        "met": _("Marked “%(need)s” as met"),
        "gap": _("Marked “%(need)s” as a gap"),
        "confirmed": _("Opened “%(need)s” again"),
    }


def _log(req: Requirement, verb: str, *, by: User, to: Need | None = None) -> None:
    """Note it in the timeline; pages say it from `data`, in any language."""
    data: dict[str, Any] = {"verb": str(verb), "need": req.need.key, "requirement": req.pk}
    names = {"need": req.need.name}
    if to is not None:
        data["to"], names["to"] = to.key, to.name
    activities.log(req.lead, Activity.Kind.REQUIREMENT, _said()[str(verb)] % names, by=by, data=data)
