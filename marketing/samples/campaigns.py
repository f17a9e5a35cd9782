"""Five campaigns: their plans, costs, tasks and words; each sentence goes to the verifier like any other."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.utils import timezone

from core.models import Need, Segment, User
from crm.models import Claim
from marketing.models import Audience, Campaign, CampaignCopy, CampaignTask, CopySentence
from marketing.services import campaigns, copy_verdicts, copywriting, plans, signatures

COPIES = Path(__file__).parent / "copies.json"
OWN, SOURCES, PAPER, PILOT, BREAKFAST = "own-servers", "sources", "paper", "pilot", "breakfast"
SITE = "https://northlight.example"
PAGES = {OWN: f"{SITE}/own-servers", SOURCES: f"{SITE}/sources", PAPER: f"{SITE}/lens", PILOT: f"{SITE}/pilot"}
Costs = tuple[tuple[str, str, int], ...]  # what, amount, days from today
Tasks = tuple[tuple[str, int, str, bool], ...]  # title, days from today, who, done
# name, goal, replies wanted, channel, audience, segment, need, first day, last day, budget
PLANS: dict[str, tuple[str, str, int | None, str, str, str, str, int, int, int]] = {
    OWN: ("On your own servers", "Start talks with those whom a cloud would keep away", 3, "mail", "data-stays", "",
          "private-deployment", -53, -39, 2500),
    SOURCES: ("A source under every answer", "Win back service desks that a demo elsewhere left in doubt", 4, "mail", "answers",
              "", "question-answering", -39, -25, 1800),
    PAPER: ("Forms that read themselves", "Ten talks about Lens before the trade fair", 10, "mail", "paper", "",
            "document-understanding", 7, 14, 1500),
    PILOT: ("Four weeks at no cost", "Wake up open leads that went quiet", 5, "mail", "quiet", "", "cost-control", 2, 9, 600),
    BREAKFAST: ("Breakfast in Hamburg: AI in your own data centre", "Twelve guests from industry, four pilots", None, "event",
                "", "dach", "private-deployment", 24, 24, 6000),
}  # fmt: skip
COSTS: dict[str, Costs] = {
    OWN: (
        ("Text and design", "1400.00", -60),
        ("Photographs of the server room", "380.00", -57),
        ("Printing of the leaflet", "240.00", -55),
    ),
    SOURCES: (("Text and design", "900.00", -44), ("Film of the demo, 40 seconds", "650.00", -42)),
    PAPER: (("Text and design", "700.00", -1),),
    BREAKFAST: (("Room at the harbour, deposit", "900.00", -6), ("Invitation cards", "310.00", -2)),
}
TASKS: dict[str, Tasks] = {
    OWN: (("Ask legal about the wording on data", -57, "elena", True), ("Call everybody who answered", -46, "paula", True)),
    SOURCES: (("Check the figures with product", -42, "elena", True), ("Call everybody who answered", -33, "paula", True), ("Write down what they asked for most", 1, "elena", False)),
    PAPER: (("Take out the sentence about smudged paper, or find proof", 1, "elena", False),
            ("Have the Chinese text read by Lin’s team", 3, "elena", False)),
    PILOT: (("Second pair of eyes on the pilot terms", 0, "tomas", False),),
    BREAKFAST: (("Book the room", -6, "elena", True), ("Print the invitations", -2, "elena", True),
                ("Invite 40 people from DACH industry", 3, "elena", False), ("Demo without a network cable", 17, "tomas", False),
                ("Write to the guests the day after", 25, "paula", False)),
}  # fmt: skip


def make(people: Mapping[str, User], chosen: Mapping[str, Audience]) -> dict[str, Campaign]:
    """Plan all five, by key; their copies wait for the verifier."""
    elena, today = people["elena"], timezone.localdate()
    segments = {row.key: row for row in Segment.objects.all()}
    needs = {row.key: row for row in Need.objects.all()}
    made = {}
    for key, (name, goal, replies, channel, audience, segment, need, first, last, budget) in PLANS.items():
        row = campaigns.create(
            by=elena, name=name, goal=goal, goal_replies=replies, channel=channel, audience=chosen.get(audience),
            segment=segments.get(segment), need=needs.get(need), starts_on=today + timedelta(days=first),
            ends_on=today + timedelta(days=last), budget=Decimal(budget), sender_name=elena.name,
            landing_page=PAGES.get(key, ""),
            sender_email=f"elena.costa@{signatures.domain()}" if channel == "mail" else "",
        )  # fmt: skip
        _hang_on(row, key, people)
        made[key] = row
    Campaign.objects.filter(pk__in=[row.pk for row in made.values()]).update(sample=True)
    _write(made, elena, segments)
    return made


def _hang_on(row: Campaign, key: str, people: Mapping[str, User]) -> None:
    today, now = timezone.localdate(), timezone.now()
    for what, amount, days in COSTS.get(key, ()):
        plans.add_cost(row, by=people["elena"], what=what, amount=Decimal(amount), on=today + timedelta(days=days))
    for title, days, who, done in TASKS.get(key, ()):
        task = plans.add_task(
            row, by=people["elena"], title=title, due_on=today + timedelta(days=days), assignee=people[who]
        )
        if done:
            plans.tick(task, by=people[who], done=True)
            CampaignTask.objects.filter(pk=task.pk).update(done_at=now + timedelta(days=days, hours=-3))


def _write(made: Mapping[str, Campaign], by: User, segments: Mapping[str, Segment]) -> None:
    """Put the words in, sentence by sentence with the claims they cite, and queue their verification."""
    cited = {row["key"]: row["en"] for row in _claims()}
    known = {claim.text_en: claim for claim in Claim.objects.filter(sample=True)}
    for key, written in json.loads(COPIES.read_text(encoding="utf-8")).items():
        for one in written:
            copy = copywriting.start(
                made[key], by=by, language=one["language"], segment=segments.get(one["segment"]), empty=True
            )
            copywriting.set_subjects(copy, one["subjects"], by=by, expected=copy.version)
            CampaignCopy.objects.filter(pk=copy.pk).update(sample=True)
            _sentences(
                copy, one["paragraphs"], {name: known[text] for name, text in cited.items() if text in known}, by
            )


def _sentences(
    copy: CampaignCopy, paragraphs: list[list[tuple[str, list[str]]]], claims: Mapping[str, Claim], by: User
) -> None:
    position = 0
    for paragraph, lines in enumerate(paragraphs):
        for text, cites in lines:
            position += 1
            row = CopySentence.objects.create(copy=copy, position=position, paragraph=paragraph, text=text)
            row.claims.set([claims[name] for name in cites if name in claims])
            copy_verdicts.queue(row, by=by, mark=copy.version)


def _claims() -> list[dict[str, Any]]:
    from crm.samples.texts import FOLDER

    return [json.loads(line) for line in (FOLDER / "claims.jsonl").read_text(encoding="utf-8").splitlines()]
