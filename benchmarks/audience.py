"""`python -m benchmarks.audience [contacts]`: how long it takes to count five audiences over 200,000 contacts.

Builds a scratch database of its own, seeded: an SQLite file in a temporary folder or, if DATABASE_URL names a PostgreSQL server,
a database beside the one it names, dropped at the end. Beside each count stands the plain way, rows fetched and judged in
Python contact by contact, timed over a sample and scaled up; the two must agree on the sample.
"""

from __future__ import annotations

import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

SAMPLE, ROUNDS, GOAL = 300, 7, 0.5
NAME = "fairlead_bench_audience"
COUNTRIES = ["DE", "FR", "GB", "NL", "PL", "CN", "US", "ES"]
INDUSTRIES = ["Logistics", "Banking", "Health", "Retail", "Energy"]


def setup(folder: str) -> Callable[[], None]:
    """Point Django at the scratch database and build its tables; returns what removes it again."""
    address = os.environ.get("DATABASE_URL", "")
    drop: Callable[[], None] = lambda: None  # noqa: E731
    if address.startswith("postgres"):
        import psycopg

        server = psycopg.connect(address, autocommit=True)
        server.execute(f"DROP DATABASE IF EXISTS {NAME}")
        server.execute(f"CREATE DATABASE {NAME}")
        os.environ["DATABASE_URL"] = urlsplit(address)._replace(path=f"/{NAME}").geturl()

        def drop() -> None:
            from django.db import connection

            connection.close()
            server.execute(f"DROP DATABASE {NAME}")
    else:
        os.environ["DATABASE_URL"] = ""
    os.environ.update(FAIRLEAD_DATA=folder, DJANGO_SETTINGS_MODULE="config.settings", REDIS_URL="")
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    return drop


def fill(n: int) -> Any:
    """Make n contacts at n / 4 companies, 3 leads for 4 contacts, 2 requirements a lead, messages, consents, a campaign."""
    from django.utils import timezone

    from core.models import Need, Segment, Team, User
    from core.services import needs
    from crm.models import Company, Contact, Lead, Message, Pipeline, Requirement, Stage
    from marketing.models import Campaign, Consent, Delivery, Response

    rng, now = random.Random(7), timezone.now()
    ago = lambda days: now - timedelta(days=rng.random() * days)  # noqa: E731
    needs.load()
    team = Team.objects.create(name="Bench")
    user = User.objects.create_user(
        "bench@fairlead.example", "a-long-password", name="Bench", role="marketer", team=team
    )
    wanted = list(Need.objects.values_list("pk", flat=True))
    pipeline = Pipeline.objects.create(name_en="Line")
    kinds = ["open", "open", "open", "open", "won", "lost"]
    stages = [
        Stage.objects.create(pipeline=pipeline, name_en=f"Stage {i}", kind=kind, position=i)
        for i, kind in enumerate(kinds)
    ]
    top = [Segment.objects.create(key=f"part-{i}", name_en=f"Part {i}", position=i) for i in range(5)]
    segments = [
        *top,
        *(
            Segment.objects.create(key=f"{one.key}-{i}", name_en=f"{one} {i}", parent=one)
            for one in top
            for i in range(3)
        ),
    ]
    owned = {"owner": user, "team": team}
    companies = _bulk(Company, (
        Company(name=f"Company {i}", country=rng.choice(COUNTRIES), industry=rng.choice(INDUSTRIES), employees=rng.choice([None, 20, 200, 2000, 20000]),
                language=rng.choice(["en", "de", "zh", ""]), **owned) for i in range(n // 4)))  # fmt: skip
    contacts = _bulk(Contact, (
        Contact(name=f"Contact {i}", email=f"contact{i}@bench.example", company=rng.choice(companies), role=rng.choice(Contact.Role.values),
                language=rng.choice(["en", "de", "zh", ""]), **owned) for i in range(n)))  # fmt: skip
    leads = _bulk(Lead, (
        Lead(title=f"Lead {i}", contact=(one := rng.choice(contacts)), company_id=one.company_id, pipeline=pipeline, stage=rng.choice(stages),
             segment=rng.choice(segments), value=rng.randrange(1000, 200_000), **owned) for i in range(n * 3 // 4)))  # fmt: skip
    _bulk(Requirement, (
        Requirement(lead=lead, need_id=need, status=rng.choice(Requirement.Status.values)) for lead in leads for need in rng.sample(wanted, 2)))  # fmt: skip
    _bulk(Message, (
        Message(lead=lead, contact_id=lead.contact_id, channel="mail", text="Hello", state="read", sent_at=ago(400)) for lead in leads))  # fmt: skip
    _bulk(Consent, (
        Consent(contact=one, given=rng.random() < 0.8, wording="I agree.", source="form", at=ago(800))
        for one in contacts for _again in range(rng.choice([0, 1, 1, 2]))))  # fmt: skip
    campaign = Campaign.objects.create(name="Spring", state="done")
    sent = _bulk(Delivery, (
        Delivery(campaign=campaign, contact=one, person=one.pk, state="sent", message_id=f"<{one.pk}@bench>", due_at=now, sent_at=ago(90))
        for one in rng.sample(contacts, n // 4)))  # fmt: skip
    _bulk(
        Response,
        (
            Response(delivery=mail, kind="click", who=rng.choice(["human", "scanner"]))
            for mail in rng.sample(sent, n // 40)
        ),
    )
    return user


def _bulk(model: Any, rows: Iterable[Any]) -> list[Any]:
    return model.objects.bulk_create(rows, batch_size=5_000)


def leaf(field: str, op: str, value: Any = None) -> dict[str, Any]:
    """A condition."""
    return {"field": field, "op": op, "value": value}


GIVEN, FRESH = leaf("consent", "is", ["given"]), leaf("touch", "not_within", 30)
NEEDS = ["private-deployment", "latency", "data-residency"]
AUDIENCES: dict[str, Any] = {
    "country": {"all": [leaf("country", "is", ["DE", "FR"])]},
    "+ segment with those below, consent": {"all": [leaf("country", "is", ["DE", "FR"]), leaf("segment", "is", ["part-1"]), GIVEN]},
    "need, consent, not touched for 30 days": {"all": [leaf("need", "is", NEEDS), GIVEN, FRESH]},
    "+ not in a campaign, size, role, language": {"all": [
        leaf("need", "is", NEEDS), GIVEN, FRESH, leaf("campaign", "not_sent", ["any"]), leaf("size", "at_least", 200),
        leaf("role", "is_not", ["other", "legal"]), leaf("language", "is", ["de", "en"]),
    ]},
    "nested any and none over everybody": {"all": [
        {"any": [leaf("state", "is", ["won"]), leaf("value", "at_least", {"amount": "100000", "currency": "EUR"}), {"all": [leaf("need", "confirmed", NEEDS), leaf("country", "is", ["DE"])]}]},
        {"none": [leaf("consent", "is", ["withdrawn", "none"]), leaf("touch", "within", 14), {"all": [leaf("campaign", "sent", ["any"]), leaf("campaign", "not_clicked", ["any"])]}]},
    ]},
}  # fmt: skip


def plain(node: Any, contact: Any, below: set[str], now: Any) -> bool:
    """Judge one contact as one would without thinking of the database."""
    kind = next(iter(node))
    if kind in ("all", "any", "none"):
        held = [plain(child, contact, below, now) for child in node[kind]]
        return {"all": all(held), "any": any(held), "none": not any(held)}[kind]
    field, op, value = node["field"], node["op"], node["value"]
    company = contact.company
    if field == "country":
        return company.country in value
    if field == "size":
        return company.employees is not None and company.employees >= value
    if field == "role":
        return contact.role not in value
    if field == "language":
        return (contact.language or company.language) in value
    if field == "consent":
        last = contact.consents.first()
        return ("none" if last is None else "given" if last.given else "withdrawn") in value
    if field == "touch":
        since = now - timedelta(days=value)
        near = any(one.sent_at >= since for lead in contact.leads.all() for one in lead.messages.all())
        near = near or any(one.sent_at and one.sent_at >= since for one in contact.deliveries.all())
        return near == (op == "within")
    if field == "campaign":
        mails = list(contact.deliveries.all())
        if op == "not_sent":
            return not mails
        return (
            bool(mails)
            if op == "sent"
            else not any(r.kind == "click" and r.who == "human" for m in mails for r in m.responses.all())
        )
    return any(_lead(field, op, value, lead, below) for lead in contact.leads.all())


def _lead(field: str, op: str, value: Any, lead: Any, below: set[str]) -> bool:
    if field == "segment":
        return lead.segment.key in below
    if field == "state":
        return lead.stage.kind in value
    if field == "value":
        return lead.stage.kind == "open" and lead.currency == value["currency"] and lead.value >= int(value["amount"])
    rows = [one for one in lead.requirements.all() if one.need.key in value]
    return any(one.status == "confirmed" if op == "confirmed" else one.status != "declined" for one in rows)


def measure(n: int, user: Any) -> None:
    """Print the table."""
    from django.db import connection
    from django.utils import timezone

    from crm.models import Contact
    from marketing.services import audiences

    if connection.vendor == "postgresql":
        connection.cursor().execute("VACUUM ANALYZE")
    sample = set(random.Random(3).sample(list(Contact.objects.values_list("pk", flat=True)), SAMPLE))
    below = {"part-1", "part-1-0", "part-1-1", "part-1-2"}
    print(
        f"{n:,} contacts, {connection.vendor} {'.'.join(map(str, _version(connection)))}, median and best of {ROUNDS}\n"
    )
    print("| audience | contacts | median ms | best ms | in Python, s (estimated) |\n|---|---|---|---|---|")
    worst = 0.0
    for name, tree in AUDIENCES.items():
        times = []
        for _round in range(ROUNDS):
            began = time.perf_counter()
            found = audiences.count(tree, user=user)
            times.append(time.perf_counter() - began)
        worst = max(worst, min(times))
        began, now = time.perf_counter(), timezone.now()
        slow = {one.pk for one in Contact.objects.filter(pk__in=sample) if plain(tree, one, below, now)}
        estimate = (time.perf_counter() - began) / SAMPLE * n
        assert slow == set(audiences.contacts(tree, user=user).filter(pk__in=sample).values_list("pk", flat=True)), name
        print(
            f"| {name} | {found:,} | {statistics.median(times) * 1000:.0f} | {min(times) * 1000:.0f} | {estimate:,.0f} |",
            flush=True,
        )
    print(
        f"\nGoal: each ≤ {GOAL * 1000:.0f} ms. Slowest, best round: {worst * 1000:.0f} ms. The sample of {SAMPLE} contacts agrees with the plain way."
    )


def _version(connection: Any) -> tuple[int, ...]:
    return (
        connection.Database.sqlite_version_info if connection.vendor == "sqlite" else connection.get_database_version()
    )


def main() -> None:
    """Build, measure, remove."""
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        drop = setup(folder)
        try:
            began = time.perf_counter()
            user = fill(n)
            print(f"built in {time.perf_counter() - began:.0f} s", file=sys.stderr)
            measure(n, user)
        finally:
            drop()


if __name__ == "__main__":
    main()
