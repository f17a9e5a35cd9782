"""Which copy a contact gets, what it says to them, and how its words are changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import groupby
from typing import Any

from django.db.models import OuterRef, Prefetch, QuerySet, Subquery

from core.models import Segment
from core.services import segments
from crm.models import Contact, Lead
from marketing.models import Campaign, CampaignCopy, CopySentence
from marketing.services import links, personal

LANGUAGES = {"en": "English", "zh": "简体中文"}  # what the composer writes


def of(campaign: Campaign) -> QuerySet[CampaignCopy]:
    """Return the copies of a campaign with their sentences in order."""
    rows = Prefetch("sentences", CopySentence.objects.order_by("position", "id"))
    return campaign.copies.select_related("segment").prefetch_related(rows).order_by("language", "id")


def language_of(contact: Contact) -> str:
    """Return the language to write in: the contact's, else the company's, else English; without region ("zh-CN" is "zh")."""
    known = contact.language or (contact.company.language if contact.company else "") or "en"
    return known[:2].lower()


def chooser(campaign: Campaign) -> Callable[[Contact], CampaignCopy | None]:
    """Return what says which copy a contact gets: of their language and segment, else of their language, else None.

    Copies and segment tree are read once, for many contacts. A contact's segment is that of their latest lead; a copy
    for a segment above it fits too, the nearest first; where copies have segments, contacts out of `with_segment` cost no query.
    """
    by_key = {(copy.language, copy.segment_id): copy for copy in of(campaign)}
    by_segment = any(segment for _language, segment in by_key)
    tree = {row.pk: row for row in Segment.objects.select_related("parent")} if by_segment else {}

    def choose(contact: Contact) -> CampaignCopy | None:
        language = language_of(contact)
        if by_segment:
            number = contact.lead_segment if hasattr(contact, "lead_segment") else _latest(contact).first()
            for one in segments.path(tree.get(number or 0)):
                if (language, one.pk) in by_key:
                    return by_key[(language, one.pk)]
        return by_key.get((language, None))

    return choose


def with_segment(rows: QuerySet[Contact]) -> QuerySet[Any]:
    """Return contacts that bring along, as `lead_segment`, what `chooser` has to know of each."""
    return rows.annotate(lead_segment=Subquery(_latest(OuterRef("pk"))[:1]))


def _latest(contact: Contact | OuterRef) -> QuerySet[Lead, int | None]:
    rows = Lead.objects.filter(contact=contact, segment__isnull=False).order_by("-updated_at", "-pk")
    return rows.values_list("segment_id", flat=True)


def text(copy: CampaignCopy, values: Mapping[str, Mapping[str, Any]], variant: int = 0) -> tuple[str, str, str]:
    """Return (subject, plain text, HTML) of a copy for one recipient; `variant` picks the subject line, in turn.

    In the HTML everything is escaped. Raises ValidationError if a personal part is missing.
    """
    subjects = copy.subjects or [""]
    subject = " ".join(personal.render(subjects[variant % len(subjects)], values).split())
    blocks = personal.render(template(copy), values).split("\n\n")
    blocks = [line for block in blocks if (line := " ".join(block.split()))]
    html = "\n".join(f"<p>{links.linked(block)}</p>" for block in blocks)
    return subject, "\n\n".join(blocks), html


def template(copy: CampaignCopy) -> str:
    """Return the words of a copy with its personal parts open: a paragraph per group, a blank line between them."""
    glue = "" if copy.language.startswith("zh") else " "
    groups = groupby(copy.sentences.all(), key=lambda sentence: sentence.paragraph)
    return "\n\n".join(glue.join(sentence.text for sentence in group) for _paragraph, group in groups)


def addresses(campaign: Campaign) -> list[str]:
    """Return the addresses the campaign's copies link to, each once."""
    return links.find(sentence.text for copy in of(campaign) for sentence in copy.sentences.all())
