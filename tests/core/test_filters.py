"""Filters that every page uses."""

from core.templatetags.fairlead import per_cent, percent


def test_per_cent_is_written_one_way():
    assert percent(0.824) == "82%"
    assert percent(0) == "0%"
    assert percent(None) == per_cent(None) == "–"
    assert per_cent("4.7") == "4.7%"
