"""Load the sample data, and take it away again."""

from __future__ import annotations

from collections.abc import Callable

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model
from django.utils.translation import gettext as _

from core.models import AuditEntry, Segment, Team, User
from core.services import jobs
from core.services import samples as parts
from crm.models import (
    Claim,
    Company,
    Competitor,
    Contact,
    Evidence,
    Lead,
    Message,
    Pipeline,
    Pitch,
    Product,
    Requirement,
    Rereading,
    Task,
)  # fmt: skip
from crm.samples import doings, house, market, offer

MARKED: tuple[type[Model], ...] = (Message, Requirement, Pitch, Task)  # rows that belong to a sample lead
Report = Callable[[str], None]


def loaded() -> bool:
    """Return whether sample data is there."""
    return User.objects.filter(sample=True).exists()


def load(report: Report = print) -> None:
    """Put the sample in, all of it or nothing: a load that is cut short leaves no row, and the next one begins anew.

    Does nothing where leads are already, so that it never mixes with a house's own. Until the end nobody sees any of it;
    with SQLite nothing else can write meanwhile, which is why a first start does it before its web server runs.
    """
    if loaded():
        report(_("The sample data is here already."))
        return
    if Lead.objects.exists():
        report(_("There are leads already; the sample data was left out."))
        return
    with transaction.atomic():
        _put_in(report)
    report(_("The sample data is ready: %(leads)d leads, %(messages)d messages, %(pitches)d pitches") % {
        "leads": Lead.objects.count(), "messages": Message.objects.count(), "pitches": Pitch.objects.count(),
    })  # fmt: skip


def _put_in(report: Report) -> None:
    report(_("Making people, segments, pipelines, claims and leads"))
    people, segments, stages = house.people(), house.segments(), house.pipelines()
    placed = market.build(people, stages, offer.build(people, segments))
    _mark([one.lead for one in placed])
    report(_("Reading %(n)d messages with the shipped reader") % {"n": Message.objects.filter(outgoing=False).count()})
    jobs.work("ml")
    report(_("Confirming needs, moving leads, drafting pitches"))
    doings.look_through(placed, doings.LATELY)
    parts.run("looked", parts.Told(report))
    doings.read_lately(placed)
    doings.look_through(placed, doings.FRESH)
    doings.move(placed, stages)
    doings.pitch(placed)
    for one in placed:
        market.backdate(one)
    _mark([one.lead for one in placed])
    parts.run("loaded", parts.Told(report, market.said(placed)))


def _mark(leads: list[Lead]) -> None:
    keys = [lead.pk for lead in leads]
    Lead.objects.filter(pk__in=keys).update(sample=True)
    Company.objects.filter(leads__in=keys).update(sample=True)
    Contact.objects.filter(leads__in=keys).update(sample=True)
    for model in MARKED:
        model._default_manager.filter(lead__in=keys).update(sample=True)


@transaction.atomic
def remove() -> int:
    """Delete every sample row and what the hub learned from it; rows that your own leads use are kept and become yours.

    Returns how many leads went. Raises ValidationError while no admin of your own could sign in afterwards.
    """
    if not User.objects.filter(sample=False, is_active=True, role=User.Role.ADMIN).exists():
        raise ValidationError(_("Make an admin account of your own first; otherwise nobody could sign in afterwards."))
    parts.run("leaving", parts.Told())
    leads = Lead.objects.filter(sample=True)
    count = leads.count()
    leads.delete()  # the hub forgets their messages and pitches as they go
    parts.run("left", parts.Told())
    _delete_or_adopt(Contact.objects.filter(sample=True, leads__isnull=True), Contact)
    _delete_or_adopt(Company.objects.filter(sample=True, leads__isnull=True), Company)
    _delete_or_adopt(Claim.objects.filter(sample=True, sentences__isnull=True), Claim)
    _delete_or_adopt(Competitor.objects.filter(sample=True, leads__isnull=True, claims__isnull=True), Competitor)
    _delete_or_adopt(Product.objects.filter(sample=True, claims__isnull=True), Product)
    _delete_or_adopt(Pipeline.objects.filter(sample=True, leads__isnull=True), Pipeline)
    Evidence.objects.filter(sample=True).update(sample=False)
    Rereading.objects.filter(segment__sample=True, by__isnull=True).delete()  # offered, and never taken up
    for segment in Segment.objects.filter(sample=True).order_by("-position"):  # leaves first
        if segment.leads.exists() or segment.children.exists():
            Segment.objects.filter(pk=segment.pk).update(sample=False)
        else:
            segment.delete()
    people = User.objects.filter(sample=True)
    AuditEntry.objects.filter(actor__in=people).delete()
    people.delete()
    Team.objects.filter(members__isnull=True, name__in=["Europe", "Asia"]).delete()
    return count


def _delete_or_adopt(unused: object, model: type[Model]) -> None:
    unused.delete()  # type: ignore[attr-defined]
    model._default_manager.filter(sample=True).update(sample=False)
