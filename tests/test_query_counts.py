"""How many queries each list page makes: the same for many rows as for few, and as written in query_counts.json.

A change shows in the diff: run with FAIRLEAD_RECORD_QUERIES=1 to write the file anew, and say why in the commit.
"""

import datetime
import json
import os
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from crm.models import Message, Quote, Requirement
from crm.services import activities, companies, contacts, leads

FILE = Path(__file__).with_name("query_counts.json")
PAGES = {
    "leads": "/leads/?state=all",
    "leads sorted and filtered": "/leads/?state=open&owner=me&sort=value&q=a",
    "board": "/leads/board/",
    "my day": "/?all=1",
    "companies": "/companies/",
    "contacts": "/contacts/",
    "leads over the API": "/api/v1/leads/",
    "companies over the API": "/api/v1/companies/",
    "contacts over the API": "/api/v1/contacts/",
}


def add(n, rep, stages, needs):
    """Add n leads, each with company, contact, message, requirements and task."""
    now = timezone.now()
    for place in range(n):
        company = companies.create(by=rep, name=f"Company {place} of {n}", industry="Logistics")
        contact = contacts.create(by=rep, name=f"Anna {place}", company=company)
        lead = leads.create(
            by=rep, title=f"Assistant {place}", company=company, contact=contact, stage=stages[["new", "pilot"][place % 2]],
            owner=None if place % 3 == 0 else rep, value=place, next_step="Call", next_step_at=now + datetime.timedelta(days=place % 3 - 1),
        )  # fmt: skip
        message = Message.objects.create(
            lead=lead, contact=contact, channel="mail", text="What does it cost?", state="read"
        )
        for key in ("pricing-request", "languages"):
            requirement = Requirement.objects.create(lead=lead, need=needs[key])
            Quote.objects.create(requirement=requirement, message=message, start=0, end=4, text="What")
        activities.add_task(lead, "Prepare", now - datetime.timedelta(hours=1), by=rep)


def count(client, path):
    client.get(path)  # what is cached is cached
    with CaptureQueriesContext(
        connection,
    ) as captured:
        response = client.get(path)
    assert response.status_code == 200
    return len(captured)


@pytest.fixture
def counted(db, rep, rep_client, stages, needs):
    """The counts with few rows and with many."""
    add(3, rep, stages, needs)
    few = {name: count(rep_client, path) for name, path in PAGES.items()}
    add(14, rep, stages, needs)
    return few, {name: count(rep_client, path) for name, path in PAGES.items()}


def test_list_pages_make_the_queries_that_are_written_down(counted):
    few, many = counted
    assert many == few, "a page makes more queries for more rows"
    if os.environ.get("FAIRLEAD_RECORD_QUERIES"):
        FILE.write_text(json.dumps(many, indent=2) + "\n")
    assert many == json.loads(FILE.read_text())
