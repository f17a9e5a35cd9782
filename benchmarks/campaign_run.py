"""One measurement of `benchmarks.campaign`, in a process of its own: `python -m benchmarks.campaign_run campaign|loop N`."""

from __future__ import annotations

import json
import random
import sys
import time

import django

FIRST = ("Anke", "Bo", "Chen", "Dana", "Emil", "Femke", "Goran", "Hanna", "Ines", "Jonas")
TEXT = (
    ("Hello {{ contact.first_name }},", 0),
    ("May the documents of {{ company.name }} leave your own servers?", 1),
    *(
        (f"Helm answers customers from your own documents, and your staff approve each reply, case {n}.", 2)
        for n in range(8)
    ),
    ("Read more at https://fairlead.example.com/ports?x=1 or at https://fairlead.example.com/prices.", 3),
    ("Best regards, {{ sender.name }}", 4),
)


def people(n: int) -> None:
    """Make n contacts of 50 companies, all with consent; seeded."""
    from core.models import User
    from crm.models import Company, Contact
    from marketing.models import Consent

    dice, user = random.Random(20261129), User.objects.get()
    companies = Company.objects.bulk_create(
        Company(name=f"Company {number}", domain=f"c{number}.example", owner=user) for number in range(50)
    )
    contacts = Contact.objects.bulk_create(
        [
            Contact(
                name=f"{dice.choice(FIRST)} Example{number}", email=f"p{number}@c{number % 50}.example", language="en",
                company=companies[number % 50], owner=user,
            )
            for number in range(n)
        ],
        batch_size=500,
    )  # fmt: skip
    Consent.objects.bulk_create(
        [Consent(contact=contact, given=True, wording="Yes", source="form") for contact in contacts], batch_size=500
    )


def campaign(n: int) -> dict[str, float]:
    """Send a campaign to n contacts; returns seconds of wall clock and CPU from the first claim to the last record."""
    from core.services import jobs
    from marketing.models import Audience, Campaign, CampaignCopy, CopySentence, Delivery
    from marketing.services import approval, driving, sending

    user = _user()
    people(n)
    audience = Audience.objects.create(name="All", conditions={"all": []}, owner=user)
    row = Campaign.objects.create(
        name="Ports", audience=audience, owner=user, sender_name="Elena", sender_email="elena@fairlead.example",
        reply_to="replies@fairlead.example", utm_campaign="ports",
    )  # fmt: skip
    copy = CampaignCopy.objects.create(
        campaign=row, language="en", subjects=["Hello {{ contact.first_name }}", "For {{ company.name }}"]
    )
    for position, (text, paragraph) in enumerate(TEXT, 1):
        CopySentence.objects.create(
            copy=copy, position=position, paragraph=paragraph, text=text, verdict="no-claim-needed"
        )
    row.state, row.approved_hash = "approved", approval.content_hash(row)
    row.save()
    sending.start(row, by=user)
    began = time.perf_counter()
    driving.plan_work(jobs.claim("default"))
    planning = time.perf_counter() - began
    began, cpu = time.perf_counter(), time.process_time()
    jobs.work("default")
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    assert Delivery.objects.filter(state="sent").count() == n, "not all were sent"
    assert Campaign.objects.get().state == "done"
    return {"seconds": seconds, "cpu": cpu, "planning": planning}


def loop(n: int) -> dict[str, float]:
    """Send n mails of the same size by `send_mail`, one after the other, and write nothing down."""
    from django.core.mail import send_mail

    words = "\n\n".join(text for text, _paragraph in TEXT)
    began, cpu = time.perf_counter(), time.process_time()
    for number in range(n):
        send_mail(
            f"Hello {number}", words, "elena@fairlead.example", [f"p{number}@c{number % 50}.example"],
            html_message=f"<p>{words}</p>",
        )  # fmt: skip
    return {"seconds": time.perf_counter() - began, "cpu": time.process_time() - cpu}


def _user() -> object:
    from django.core.management import call_command

    from core.models import User

    call_command("migrate", verbosity=0)
    return User.objects.create_user("elena@fairlead.example", "a-long-password", name="Elena", role="marketer")


if __name__ == "__main__":
    django.setup()
    print(json.dumps({"campaign": campaign, "loop": loop}[sys.argv[1]](int(sys.argv[2]))))
