"""The mail of a delivery: compiled once for each copy and subject line, then filled in for each recipient."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime, parseaddr

from django.conf import settings
from django.utils import timezone, translation
from django.utils.html import escape, format_html
from django.utils.translation import gettext as _

from crm.models import Contact
from marketing.engine import dkim, mime
from marketing.models import Campaign, CampaignCopy, Delivery, Link
from marketing.services import clicks, copies, links, personal, signatures, unsubscribing
from marketing.services.carriers import Letter

_LANGUAGES = {"zh": "zh-hans"}


@dataclass(frozen=True, slots=True)
class _Words:
    """What stands below the text of a copy, in its language: text and HTML, with a place for the unsubscribe link."""

    why: str
    unsubscribe: str
    postal: str

    def text(self, link: str) -> str:
        return f"\n\n-- \n{self.why}\n{self.unsubscribe}: {link}\n{self.postal}\n"

    def html(self, link: str) -> str:
        return format_html(
            '\n<hr>\n<p style="font-size:12px;color:#666"><small>{}<br><a href="{}">{}</a><br>{}</small></p>',
            self.why, link, self.unsubscribe, self.postal,
        )  # fmt: skip


@dataclass(slots=True)
class Press:
    """Makes the letters of one campaign. Copies are read once, when it is made, and do not change under its hands."""

    campaign: Campaign
    signer: dkim.Signer | None = None
    stores: bool = True  # links that are not stored yet; a mail that is only looked at leaves them as they are
    copies: dict[int, CampaignCopy] = field(init=False)
    _links: dict[str, int] = field(init=False)
    _find: re.Pattern[str] | None = field(init=False)
    _frames: dict[str, mime.Frame] = field(init=False, default_factory=dict)
    _words: dict[str, _Words] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.copies = {copy.pk: copy for copy in copies.of(self.campaign)}
        self._links = stored_links(self.campaign) if self.stores else _known_links(self.campaign)
        longest_first = sorted(self._links, key=len, reverse=True)
        self._find = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None

    def letter(self, delivery: Delivery, contact: Contact, *, at: datetime | None = None) -> Letter:
        """Return the letter of a delivery. Raises ValidationError if a personal part is missing, ValueError if it cannot be a mail."""
        copy = self.copies[delivery.copy_id or 0]
        recipient = mime.address(delivery.address)
        subject, text, html = copies.text(copy, personal.values(contact, self.campaign), delivery.variant)
        words, leave = self._words_of(copy), unsubscribing.link(delivery)
        headers = {
            "To": mime.mailbox(contact.name[:120], recipient),
            "Subject": mime.encoded(subject),
            "Message-ID": delivery.message_id,
            "Date": format_datetime((at or timezone.now()).astimezone(UTC)),
            "List-Unsubscribe": f"<{leave}>, <mailto:{signatures.address('unsubscribe-mail', delivery.pk)}>",
            "CFBL-Feedback-ID": signatures.token("bounce", delivery.pk),
        }
        signed = {url: clicks.link(delivery.pk, pk) for url, pk in self._links.items()}
        data = mime.splice(
            self._frame_of(copy), headers,
            self._signed_text(text, signed) + words.text(leave),
            _page(_signed_html(html, signed) + words.html(leave), copy.language),
        )  # fmt: skip
        if self.signer is not None:
            data = self.signer.sign(data)
        return Letter(signatures.address("bounce", delivery.pk), recipient, data)

    def _signed_text(self, text: str, signed: dict[str, str]) -> str:
        return self._find.sub(lambda found: signed[found.group()], text) if self._find else text

    def _words_of(self, copy: CampaignCopy) -> _Words:
        if copy.language not in self._words:
            with translation.override(_LANGUAGES.get(copy.language, copy.language)):
                name = self.campaign.sender_name or parseaddr(settings.DEFAULT_FROM_EMAIL)[0] or signatures.domain()
                self._words[copy.language] = _Words(
                    why=_("You get this mail because you agreed to hear from %(name)s.") % {"name": name},
                    unsubscribe=_("Unsubscribe"),
                    postal=mime.line(settings.POSTAL_ADDRESS),
                )
        return self._words[copy.language]

    def _frame_of(self, copy: CampaignCopy) -> mime.Frame:
        if copy.language not in self._frames:
            self._frames[copy.language] = mime.frame(_headers(self.campaign, copy.language))
        return self._frames[copy.language]


def stored_links(campaign: Campaign) -> dict[str, int]:
    """Store the addresses a campaign's copies link to; returns the number of each. Only these are ever redirected to."""
    known = _known_links(campaign)
    for url in _addresses(campaign):
        if url not in known:
            known[url] = Link.objects.get_or_create(campaign=campaign, url=url)[0].pk
    return known


def _known_links(campaign: Campaign) -> dict[str, int]:
    rows = Link.objects.filter(campaign=campaign, url__in=_addresses(campaign))
    return dict(rows.values_list("url", "pk"))


def _addresses(campaign: Campaign) -> list[str]:
    return [url for url in copies.addresses(campaign) if not links.problem(url) and len(url) <= 1000]


def _headers(campaign: Campaign, language: str) -> list[tuple[str, str]]:
    """Headers that all mails of a campaign in one language share."""
    house, domain = parseaddr(settings.DEFAULT_FROM_EMAIL), signatures.domain()
    name, address = campaign.sender_name or house[0], mime.address(campaign.sender_email or house[1])
    rows = [
        ("From", mime.mailbox(name, address)),
        ("Reply-To", mime.address(campaign.reply_to) if campaign.reply_to else ""),
        ("List-Id", f"<campaigns.{domain}>"),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ("Feedback-ID", f"c{campaign.pk}:{language}:campaign:fairlead"),
        ("CFBL-Address", f"complaints@{domain}; report=arf"),
        ("Precedence", "bulk"),
        ("X-Auto-Response-Suppress", "OOF, AutoReply"),
        ("Content-Language", language),
    ]
    return [(header, value) for header, value in rows if value]


def _signed_html(html: str, signed: dict[str, str]) -> str:
    """Links lead through us; what people read is still the address itself."""
    for url, link in signed.items():
        html = html.replace(f'href="{escape(url)}"', f'href="{link}"')
    return html


def _page(html: str, language: str) -> str:
    return f'<!doctype html>\n<html lang="{escape(language)}"><head><meta charset="utf-8"></head>\n<body>\n{html}\n</body></html>\n'
