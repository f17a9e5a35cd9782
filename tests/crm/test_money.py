"""Money in both languages, and several currencies side by side."""

from decimal import Decimal

import pytest

from crm.money import Money, exact, per_currency, short, short_sum


@pytest.mark.parametrize(
    ("amount", "currency", "english", "chinese"),
    [
        ("184000", "EUR", "€184,000", "€184,000"),
        ("28500.50", "EUR", "€28,500.50", "€28,500.50"),
        ("1420000", "CNY", "CN¥1,420,000", "¥1,420,000"),
        ("900", "USD", "$900", "US$900"),
        ("900.40", "JPY", "¥900", "JP¥900"),
        ("12", "CHF", "CHF\u00a012", "CHF\u00a012"),
    ],
)
def test_exact(amount, currency, english, chinese):
    assert exact(Money(Decimal(amount), currency), "en") == english
    assert exact(Money(Decimal(amount), currency), "zh-hans") == chinese


@pytest.mark.parametrize(
    ("amount", "english", "chinese"),
    [
        ("4820000", "€4.82M", "€482万"),
        ("742000", "€742k", "€74.2万"),
        ("999999", "€1M", "€100万"),
        ("999.6", "€1k", "€1,000"),
        ("123456789", "€123M", "€1.23亿"),
        ("0", "€0", "€0"),
    ],
)
def test_short(amount, english, chinese):
    assert short(Money(Decimal(amount), "EUR"), "en") == english
    assert short(Money(Decimal(amount), "EUR"), "zh-hans") == chinese


def test_currencies_are_listed_never_added():
    sums = per_currency({"CNY": Decimal(1200000), "EUR": Decimal(742000), "USD": Decimal(0)})
    assert short_sum(sums, "en") == "CN¥1.2M + €742k"
    assert short_sum((), "en") == "0"
