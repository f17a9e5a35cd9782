"""What the values of conditions are called, in the reader's language, and which ones exist. One object serves one page."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache

from babel import Locale
from django.db.models import QuerySet
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from core.models import Need, Segment, User
from crm.models import Company, Contact, Pipeline, Requirement, Stage
from marketing.models import Campaign

OFFERED = 300  # codes of a list that are offered; the most frequent ones of the data would need a count
NOBODY, EVERY = "nobody", "any"
Pairs = list[tuple[str, str]]


class Names:
    """The choices of each list, asked for once. `user` bounds what is offered out of companies and contacts."""

    def __init__(self, user: User | None = None) -> None:
        self.user = user
        self._lists: dict[str, Pairs] = {}
        self._known: dict[str, dict[str, str]] = {}

    def choices(self, name: str) -> Pairs:
        """Return value and label of a list, in the order of the page."""
        if name not in self._lists:
            self._lists[name] = LISTS[name](self)
        return self._lists[name]

    def known(self, name: str) -> dict[str, str]:
        """Return the labels of a list by value."""
        if name not in self._known:
            self._known[name] = dict(self.choices(name))
        return self._known[name]

    def label(self, name: str, value: str) -> str:
        """Return what a value is called; one that is gone is shown as it is."""
        known = self.known(name).get(value)
        if known is None and name in ("languages", "countries"):
            return place(value) if name == "countries" else tongue(value)
        return value if known is None else known.strip("\N{NO-BREAK SPACE}")

    def below(self, keys: Iterable[str]) -> set[str]:
        """Return these segments and all below them, by key."""
        found = set(keys)
        parents = list(Segment.objects.values_list("key", "parent__key"))
        grown = True
        while grown:
            more = {key for key, parent in parents if parent in found} - found
            found |= more
            grown = bool(more)
        return found


def place(code: str) -> str:
    """Return the name of a country in the reader's language, by Unicode CLDR; an unknown code stands for itself."""
    return str(_locale().territories.get(code, code))


def tongue(code: str) -> str:
    """Return the name of a language in the reader's language, by Unicode CLDR."""
    languages = _locale().languages
    return str(languages.get(code.replace("-", "_"), languages.get(code.split("-")[0], code)))


def _locale() -> Locale:
    return _named("zh_Hans" if (get_language() or "").startswith("zh") else "en")


@lru_cache(maxsize=4)
def _named(name: str) -> Locale:
    return Locale.parse(name)


def _segments(names: Names) -> Pairs:
    """The tree, each below its parent, set in by a space that does not break."""
    under: dict[int | None, list[Segment]] = {}
    for segment in Segment.objects.all():
        under.setdefault(segment.parent_id, []).append(segment)
    pairs, stack = [], [(0, one) for one in reversed(under.get(None, []))]
    while stack:
        depth, segment = stack.pop()
        pairs.append((segment.key, "\N{NO-BREAK SPACE}" * 3 * depth + segment.name))
        stack.extend((depth + 1, child) for child in reversed(under.get(segment.pk, [])))
    return pairs


def _needs(names: Names) -> Pairs:
    return [(need.key, need.name) for need in Need.objects.all()]


def _stages(names: Names) -> Pairs:
    rows = Stage.objects.select_related("pipeline").order_by("pipeline__position", "pipeline", "position", "pk")
    return [(str(stage.pk), f"{stage.pipeline.name} · {stage.name}") for stage in rows]


def _pipelines(names: Names) -> Pairs:
    return [(str(one.pk), one.name) for one in Pipeline.objects.all()]


def _people(names: Names) -> Pairs:
    return [(NOBODY, _("nobody yet")), *((str(one.pk), str(one)) for one in User.objects.all())]


def _campaigns(names: Names) -> Pairs:
    return [(EVERY, _("any campaign")), *((str(one.pk), one.name) for one in Campaign.objects.only("pk", "name"))]


def _consents(names: Names) -> Pairs:
    return [
        ("given", pgettext("consent", "given")), ("withdrawn", pgettext("consent", "withdrawn")),
        ("none", pgettext("consent", "never asked for")),
    ]  # fmt: skip


def _mine(model: type[Company] | type[Contact], user: User | None) -> QuerySet[Company] | QuerySet[Contact]:
    return model.objects.for_user(user) if user else model.objects.none()


def _distinct(model: type[Company] | type[Contact], field: str, user: User | None) -> list[str]:
    rows = _mine(model, user).exclude(**{field: ""}).order_by(field).values_list(field, flat=True).distinct()
    return [value for value in rows[:OFFERED] if value]


def _languages(names: Names) -> Pairs:
    codes = {*_distinct(Contact, "language", names.user), *_distinct(Company, "language", names.user), "en", "zh"}
    return sorted(((code.lower(), tongue(code.lower())) for code in codes), key=lambda pair: pair[1])


def _countries(names: Names) -> Pairs:
    codes = {code.upper() for code in _distinct(Company, "country", names.user)}
    return sorted(((code, place(code)) for code in codes), key=lambda pair: pair[1])


def _industries(names: Names) -> Pairs:
    found: dict[str, str] = {}
    for value in _distinct(Company, "industry", names.user):
        found.setdefault(value.casefold(), value)
    return [(value, value) for value in found.values()]


LISTS: dict[str, Callable[[Names], Pairs]] = {
    "segments": _segments, "needs": _needs, "stages": _stages, "pipelines": _pipelines, "people": _people,
    "campaigns": _campaigns, "consents": _consents, "languages": _languages, "countries": _countries,
    "industries": _industries,
    "roles": lambda names: [(value, str(label)) for value, label in Contact.Role.choices],
    "statuses": lambda names: [(value, str(label)) for value, label in Requirement.Status.choices],
    "states": lambda names: [(value, str(label)) for value, label in Stage.Kind.choices],
}  # fmt: skip
