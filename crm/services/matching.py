"""Find the company and contact a message belongs to: by domain or e-mail first, by a name that is nearly the same else."""

from __future__ import annotations

import re
import unicodedata

from crm.models import Company, Contact, MergedContact
from crm.models.companies import CompanyQuerySet, ContactQuerySet

SAME_NAME = 92.0  # of 100, rapidfuzz token_sort_ratio on names without their legal form
# Domains that say nothing about the sender's company.
FREE_MAIL = frozenset(
    """126.com 139.com 163.com aliyun.com aol.com foxmail.com free.fr gmail.com gmx.de gmx.net googlemail.com hotmail.com
    icloud.com libero.it live.com mail.com mail.ru me.com msn.com orange.fr outlook.com proton.me protonmail.com qq.com
    sina.com sohu.com t-online.de vip.qq.com web.de yahoo.co.jp yahoo.com yandex.ru yeah.net""".split()
)
_LEGAL = re.compile(
    r"\b(?:gmbh(?: & co\.? kgaa?)?|ag|se|kg|ohg|mbh|ltd|limited|llc|llp|plc|inc|incorporated|corp|corporation|company|co|"
    r"s\.?a\.?s?|s\.?r\.?l|s\.?p\.?a|b\.?v|n\.?v|oy|ab|a/s|aps|pty|pte|kk|sdn bhd)\b\.?",
    re.IGNORECASE,
)
_LEGAL_ZH = re.compile(r"(?:股份)?(?:有限责任公司|有限公司|集团公司|集团|公司)$")


def domain_of_email(email: str) -> str:
    """Return the company domain of an address, "" for free mail and for what is no address."""
    domain = email.rpartition("@")[2].strip().lower().rstrip(".")
    return "" if domain in FREE_MAIL or "." not in domain else domain


def bare(name: str) -> str:
    """Return a company name as it is compared: one width, lower case, no legal form, no punctuation."""
    name = unicodedata.normalize("NFKC", name).casefold()
    name = _LEGAL_ZH.sub("", _LEGAL.sub(" ", name).strip())
    return " ".join(re.sub(r"[^\w\s]", " ", name).split())


def company(rows: CompanyQuerySet, *, domain: str = "", name: str = "") -> Company | None:
    """Return the company among `rows` with this domain, this name, or nearly this name; the oldest wins ties.

    A nearly equal name counts only if the domains do not speak against it.
    """
    if domain:
        found: Company | None = rows.filter(domain__iexact=domain).order_by("id").first()
        if found is not None:
            return found
    if not name.strip():
        return None
    exact: Company | None = rows.filter(name__iexact=name.strip()).order_by("id").first()
    return exact or _nearly(rows, bare(name), domain)


def _nearly(rows: CompanyQuerySet, wanted: str, domain: str) -> Company | None:
    from rapidfuzz import fuzz, process

    if len(wanted) < 3:
        return None
    names: dict[int, str] = {}
    for pk, name, its_domain in rows.order_by("id").values_list("pk", "name", "domain").iterator():
        if not (domain and its_domain and its_domain.lower() != domain.lower()):
            names[pk] = bare(name)
    best = process.extractOne(wanted, names, scorer=fuzz.token_sort_ratio, score_cutoff=SAME_NAME)
    return rows.filter(pk=best[2]).first() if best else None


def contact(rows: ContactQuerySet, *, email: str = "", name: str = "", at: Company | None = None) -> Contact | None:
    """Return the contact with this e-mail address (or once with it, before a merge), or, without one, of this name at this company."""
    if email:
        found: Contact | None = rows.filter(email__iexact=email.strip()).order_by("id").first()
        earlier = MergedContact.objects.filter(email=email.strip().lower()).values("contact")
        return found or rows.filter(pk__in=earlier).order_by("id").first()
    if name.strip() and at is not None:
        named: Contact | None = rows.filter(company=at, name__iexact=name.strip()).order_by("id").first()
        return named
    return None
