"""Money as people of each language write it. Several currencies are listed side by side, never added up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

# Signs by Unicode CLDR 46 (root, en, zh): a sign is bare only where the reader takes it for that currency.
CURRENCIES = ("EUR", "USD", "GBP", "CHF", "CNY", "JPY", "HKD", "TWD", "SGD", "INR", "KRW", "AUD", "CAD", "SEK", "PLN")
_EVERYWHERE = {"EUR": "€", "GBP": "£", "HKD": "HK$", "TWD": "NT$", "INR": "₹", "KRW": "₩", "CAD": "CA$"}
_SIGNS = {
    "en": {**_EVERYWHERE, "USD": "$", "CNY": "CN¥", "JPY": "¥", "AUD": "A$"},
    "zh": {**_EVERYWHERE, "USD": "US$", "CNY": "¥", "JPY": "JP¥", "AUD": "AU$"},
}
_WHOLE_ONLY = {"JPY", "KRW"}
_STEPS = {
    "en": ((Decimal(10**9), "B"), (Decimal(10**6), "M"), (Decimal(10**3), "k")),
    "zh": ((Decimal(10**8), "亿"), (Decimal(10**4), "万")),
}


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in the units of its currency (ISO 4217 code)."""

    amount: Decimal
    currency: str


def sign(currency: str, language: str) -> str:
    """Return what stands before a number: the currency's sign, or its code and a space that does not break."""
    return _SIGNS[_known(language)].get(currency, f"{currency}\N{NO-BREAK SPACE}")


def exact(money: Money, language: str) -> str:
    """Return the whole amount: `€184,000`; cents only where there are some."""
    amount = money.amount
    whole = money.currency in _WHOLE_ONLY or amount == amount.to_integral_value()
    return f"{sign(money.currency, language)}{amount:,.{0 if whole else 2}f}"


def short(money: Money, language: str) -> str:
    """Return three figures and a unit, for headings: `€4.82M`, `€482万`."""
    for size, unit in _STEPS[_known(language)]:
        scaled = money.amount / size
        if abs(scaled) >= Decimal("0.9995"):
            return f"{sign(money.currency, language)}{_three_figures(scaled)}{unit}"
    return exact(Money(money.amount.quantize(Decimal(1), ROUND_HALF_UP), money.currency), language)


def short_sum(sums: Iterable[Money], language: str) -> str:
    """Return all sums, one per currency, the largest number first; `0` where there is none."""
    return " + ".join(short(money, language) for money in sums) or "0"


def per_currency(amounts: Mapping[str, Decimal]) -> tuple[Money, ...]:
    """Return the sums by currency, rounded to cents, without the empty ones, largest number first."""
    rounded = [Money(amount.quantize(Decimal("0.01"), ROUND_HALF_UP), code) for code, amount in amounts.items()]
    return tuple(
        sorted((money for money in rounded if money.amount), key=lambda money: (-money.amount, money.currency))
    )


def _three_figures(value: Decimal) -> str:
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    text = f"{value.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP):,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _known(language: str) -> str:
    return "zh" if language.startswith("zh") else "en"
