"""The market: companies, contacts, leads and what was said, put in through the same services as real ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from core.models import User
from crm.models import Activity, Company, Competitor, Contact, Lead, Message, Stage
from crm.samples.texts import SampleCompany, SampleLead, companies
from crm.services import companies as company_service
from crm.services import contacts as contact_service
from crm.services import leads as lead_service
from crm.services import messages as message_service

Stages = Mapping[tuple[str, str], Stage]


@dataclass(frozen=True, slots=True)
class Placed:
    """A lead in the database beside what the file says of it."""

    lead: Lead
    plan: SampleLead


def build(people: Mapping[str, User], stages: Stages, rivals: Mapping[str, Competitor]) -> list[Placed]:
    """Make everything of the sample files; messages are queued for reading like any other."""
    placed = []
    for source in companies():
        owner = people[source.leads[0].owner]
        company, contact = _company(source, owner)
        for number, plan in enumerate(source.leads):
            placed.append(Placed(_lead(source, plan, number, company, contact, people, stages, rivals), plan))
    return placed


def _company(source: SampleCompany, owner: User) -> tuple[Company, Contact]:
    company = company_service.create(
        by=owner, name=source.name, domain=source.domain, industry=source.industry, employees=source.employees,
        country=source.country, language=source.language,
    )  # fmt: skip
    name, title, role, email = source.contact
    contact = contact_service.create(
        by=owner, company=company, name=name, title=title, role=role, email=email, language=source.language
    )
    return company, contact


def _lead(
    source: SampleCompany,
    plan: SampleLead,
    number: int,
    company: Company,
    contact: Contact,
    people: Mapping[str, User],
    stages: Stages,
    rivals: Mapping[str, Competitor],
) -> Lead:
    owner, now = people[plan.owner], timezone.now()
    first = next(stage for (pipeline, _key), stage in stages.items() if pipeline == plan.pipeline)
    lead = lead_service.create(
        by=owner, title=plan.title, company=company, contact=contact, pipeline=first.pipeline, value=plan.value,
        currency=plan.currency, source=plan.source, next_step=plan.next_step,
        next_step_at=None if plan.next_days is None else now + timedelta(days=plan.next_days),
    )  # fmt: skip
    lead.competitors.set(rivals[key] for key in plan.competitors)
    for at, said in enumerate(plan.messages):
        message_service.add(
            lead, text=said.text, channel=said.channel, by=owner, contact=None if said.outgoing else contact,
            outgoing=said.outgoing, sent_at=now - timedelta(days=said.days),
            external_id=f"sample:{source.domain}:{number}:{at}",
        )  # fmt: skip
    return lead


def began(plan: SampleLead) -> datetime:
    """When a lead came in: shortly before its first message."""
    return timezone.now() - timedelta(days=max(said.days for said in plan.messages), minutes=3)


def said(placed: Iterable[Placed]) -> dict[str, datetime]:
    """When each message of these leads was written, by the name the hub knows it under."""
    rows = Message.objects.filter(lead__in=[one.lead.pk for one in placed])
    return {row.source: row.sent_at for row in rows}


def backdate(placed: Placed) -> None:
    """Set the dates of the rows to when they would have been written."""
    lead, start = placed.lead, began(placed.plan)
    last = timezone.now() - timedelta(days=min(said.days for said in placed.plan.messages))
    for message in lead.messages.all():
        Message.objects.filter(pk=message.pk).update(
            created_at=message.sent_at, read_at=None if message.outgoing else message.sent_at + timedelta(seconds=1)
        )
    Activity.objects.filter(lead=lead, data__made=True).update(at=start)
    looked = [said.days for said in placed.plan.messages if said.days > 3.2]
    at = timezone.now() - timedelta(
        days=min(looked, default=0.1) - 0.1
    )  # a rep looks two hours after the last old message
    Activity.objects.filter(lead=lead, kind=Activity.Kind.REQUIREMENT).update(at=at)
    Lead.objects.filter(pk=lead.pk).update(created_at=start, updated_at=last)
