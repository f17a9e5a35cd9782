"""The list that is gone through before anything is sent: each line is right, a warning, or must be mended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import parseaddr
from typing import Literal
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.models import User
from marketing.models import Campaign, CampaignCopy
from marketing.services import carriers, copies, copy_gaps, copy_verdicts, links, personal

State = Literal["ok", "warn", "bad"]
COMMON = ("gmail.com", "outlook.com", "hotmail.com", "qq.com", "163.com", "yahoo.com")  # not anybody's house


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was looked at: what was found, and the page (`where`) and place (`place`) to mend it."""

    key: str
    state: State
    text: str
    where: str = ""
    found: copy_gaps.Gaps | None = None


def look(campaign: Campaign, *, user: User, tried: bool = True) -> list[Line]:
    """Return all lines, in the order of a mail's making. `user` is whose eyes the audience is counted with.

    Without `tried` the copies are not tried on the recipients, of which no line comes that must be mended.
    """
    rows = list(copies.of(campaign).prefetch_related("sentences__claims"))
    made = [_audience(campaign), *_copies(campaign, rows)]
    for copy in rows:
        made += [_subjects(copy), _sentences(copy), _parts(copy)]
    made += [_sender(campaign), _reply_to(campaign), *_links(campaign), _unsubscribe(), _postal()]
    return [*made, *_recipients(campaign, rows, user, tried=tried)]


def must_mend(lines: Sequence[Line]) -> list[Line]:
    """Return the lines that keep the campaign from being approved and sent."""
    return [line for line in lines if line.state == "bad"]


def check(campaign: Campaign, *, user: User) -> None:
    """Raise ValidationError with what must be mended, if anything must."""
    bad = must_mend(look(campaign, user=user, tried=False))
    if bad:
        raise ValidationError([line.text for line in bad])


def _audience(campaign: Campaign) -> Line:
    where = reverse("campaign-edit", args=[campaign.pk])
    if campaign.audience is None:
        return Line("audience", "bad", _("No audience is chosen yet."), where)
    return Line("audience", "ok", _("Audience: %(name)s") % {"name": campaign.audience.name}, where)


def _copies(campaign: Campaign, rows: Sequence[CampaignCopy]) -> list[Line]:
    where = reverse("campaign-copy", args=[campaign.pk])
    if not rows:
        return [Line("copy", "bad", _("There is no copy yet."), where)]
    busy = [copy for copy in rows if copy.state == CampaignCopy.State.DRAFTING]
    return [Line("copy", "bad", _("%(copy)s: a worker is still writing it.") % _of(copy), _at(copy)) for copy in busy]


def _subjects(copy: CampaignCopy) -> Line:
    n = len(copy.subjects)
    if not n:
        return Line("subject", "bad", _("%(copy)s: there is no subject line.") % _of(copy), _at(copy, "#subjects"))
    text = ngettext("%(copy)s: one subject line", "%(copy)s: %(n)d subject lines, sent in turn", n)
    return Line("subject", "ok", text % {**_of(copy), "n": n}, _at(copy, "#subjects"))


def _sentences(copy: CampaignCopy) -> Line:
    """Every sentence must be supported or need no claim; this is also where a claim that ended is noticed."""
    standings = copy_verdicts.of(copy)
    if not standings:
        return Line("sentences", "bad", _("%(copy)s: it says nothing yet.") % _of(copy), _at(copy))
    waiting = next((one for one in standings if one.waiting), None)
    first = next((one for one in standings if one.unsupported), waiting)
    if first is None:
        text = ngettext("%(copy)s: its sentence stands", "%(copy)s: all %(n)d sentences stand", len(standings))
        return Line("sentences", "ok", text % {**_of(copy), "n": len(standings)}, _at(copy))
    told = {**_of(copy), "n": first.number, "why": "; ".join(first.why)}
    if first.lost:
        text = _("%(copy)s, sentence %(n)d: %(why)s.") % told
    elif first.verdict == copy_verdicts.Verdict.CONTRADICTED:
        text = _("%(copy)s: a claim says otherwise than sentence %(n)d.") % told
    elif first.unsupported:
        text = _("%(copy)s: no claim supports sentence %(n)d.") % told
    else:
        text = _("%(copy)s: sentence %(n)d is still being checked.") % told
    return Line("sentences", "bad", text, _at(copy, f"#s{first.sentence.pk}"))


def _parts(copy: CampaignCopy) -> Line:
    """Personal parts must be known and well formed, and a text part must be left when they are filled in."""
    try:
        for text in (*copy.subjects, *(row.text for row in copy.sentences.all())):
            personal.check(text)
        _subject, body, _html = copies.text(copy, personal.example(copy.language))
    except ValidationError as error:
        return Line("parts", "bad", f"{_of(copy)['copy']}: {' '.join(error.messages)}", _at(copy))
    if not body:
        return Line("parts", "bad", _("%(copy)s: its text part is empty.") % _of(copy), _at(copy))
    return Line("parts", "ok", _("%(copy)s: text part and HTML part say the same") % _of(copy), _at(copy))


def _sender(campaign: Campaign) -> Line:
    where = reverse("campaign-edit", args=[campaign.pk])
    house = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2].lower()
    domain = campaign.sender_email.rpartition("@")[2].lower()
    if not campaign.sender_name.strip() or not campaign.sender_email:
        return Line("sender", "bad", _("The sender’s name or address is missing."), where)
    if domain != house and not domain.endswith(f".{house}"):
        text = _("The sender %(address)s is not of our domain %(house)s, so receivers would take it for forged.")
        return Line("sender", "bad", text % {"address": campaign.sender_email, "house": house}, where)
    text = _("Sender: %(name)s <%(address)s>")
    return Line("sender", "ok", text % {"name": campaign.sender_name, "address": campaign.sender_email}, where)


def _reply_to(campaign: Campaign) -> Line:
    where = reverse("campaign-edit", args=[campaign.pk])
    if not campaign.reply_to:
        return Line("reply-to", "ok", _("Replies go to the sender"), where)
    try:
        validate_email(campaign.reply_to)
    except ValidationError:
        return Line("reply-to", "bad", _("“%(address)s” is no address.") % {"address": campaign.reply_to}, where)
    if campaign.reply_to.rpartition("@")[2].lower() in COMMON:
        text = _("Replies go to %(address)s, which is not of our house.")
        return Line("reply-to", "warn", text % {"address": campaign.reply_to}, where)
    return Line("reply-to", "ok", _("Replies go to %(address)s") % {"address": campaign.reply_to}, where)


def _links(campaign: Campaign) -> list[Line]:
    where = reverse("campaign-copy", args=[campaign.pk])
    found = copies.addresses(campaign)
    if not found and not campaign.landing_page:
        return [Line("links", "ok", _("No links: replies are what counts"), where)]
    made = []
    if campaign.landing_page and campaign.landing_page not in found:
        text = _("No copy leads to the landing page %(url)s.")
        made.append(Line("links", "warn", text % {"url": campaign.landing_page}, where))
    for url in found:
        problem = links.problem(url)
        if problem:
            made.append(Line("links", "bad", f"{url}: {problem}", where))
        elif links.reserved(url):
            text = _("%(url)s: this name is reserved for examples, so nobody will answer there.")
            made.append(Line("links", "warn", text % {"url": url}, where))
        elif urlsplit(url).scheme == "http":
            made.append(Line("links", "warn", _("%(url)s: the link is not encrypted.") % {"url": url}, where))
        else:
            made.append(Line("links", "ok", url, where))
    return made


def _unsubscribe() -> Line:
    """The way out: its page exists, and stands under an address that receivers can reach."""
    try:
        reverse("unsubscribe", args=["token"])
    except NoReverseMatch:
        return Line(
            "unsubscribe", "bad", _("This installation has no page to unsubscribe, so no campaign may leave it.")
        )
    problem = links.problem(settings.SITE_URL)
    if not problem and urlsplit(settings.SITE_URL).scheme == "https":
        return Line("unsubscribe", "ok", _("Each mail bears a link and headers to unsubscribe"))
    text = _(
        "The unsubscribe links lead to %(url)s; recipients need an https address that they can reach. Set SITE_URL."
    )
    return Line("unsubscribe", "bad" if carriers.leaves() else "warn", text % {"url": settings.SITE_URL})


def _postal() -> Line:
    """Who we are, by the law of most countries, in every mail."""
    address = settings.POSTAL_ADDRESS.strip()
    if address:
        return Line("postal", "ok", _("Our postal address: %(address)s") % {"address": address})
    text = _("Our postal address is not set, and every campaign mail must bear it. Set POSTAL_ADDRESS.")
    return Line("postal", "bad" if carriers.leaves() else "warn", text)


def _recipients(campaign: Campaign, rows: Sequence[CampaignCopy], user: User, *, tried: bool) -> list[Line]:
    if campaign.audience is None or not rows:
        return []
    where = campaign.audience.get_absolute_url()
    try:
        found = copy_gaps.find(campaign, user=user, tried=tried)
    except ValidationError as error:
        return [Line("recipients", "bad", _("The audience: %(why)s") % {"why": " ".join(error.messages)}, where)]
    if not found.n:
        return [Line("recipients", "bad", _("Nobody is in the audience."), where)]
    n = ngettext("%(n)d contact is in the audience", "%(n)d contacts are in the audience", found.n) % {"n": found.n}
    made = [Line("recipients", "ok", n, where)]
    if found.speechless:
        text = ngettext(
            "%(n)d of them has no copy in their language or segment and will be skipped.",
            "%(n)d of them have no copy in their language or segment and will be skipped.", found.speechless,
        )  # fmt: skip
        state: State = "bad" if found.speechless == found.n else "warn"
        made.append(Line("language", state, text % {"n": found.speechless}, reverse("copy-new", args=[campaign.pk])))
    return [*made, _variables(found)] if tried else made


def _variables(found: copy_gaps.Gaps) -> Line:
    if not found.lacking:
        return Line("variables", "ok", _("Nobody lacks a personal part"))
    text = ngettext(
        "%(n)d recipient lacks a personal part and will be skipped.",
        "%(n)d recipients lack a personal part and will be skipped.", found.lacking,
    )  # fmt: skip
    return Line("variables", "warn", text % {"n": found.lacking}, found=found)


def _of(copy: CampaignCopy) -> dict[str, str]:
    language = copies.LANGUAGES.get(copy.language, copy.language)
    return {"copy": f"{language} · {copy.segment.name}" if copy.segment else language}


def _at(copy: CampaignCopy, place: str = "") -> str:
    return f"{reverse('campaign-copy', args=[copy.campaign_id])}?copy={copy.pk}{place}"
