"""Every string has its Chinese, with the same variables, and what is compiled is what was written."""

import gettext
import re
from pathlib import Path

import polib
import pytest

CATALOGUE = Path(__file__).parent.parent / "locale/zh_Hans/LC_MESSAGES"
VARIABLE = re.compile(r"%\(\w+\)(?:\.\d)?[sdf]|\{\w*\}")


@pytest.fixture(scope="module")
def catalogue():
    return polib.pofile(str(CATALOGUE / "django.po"))


def test_nothing_is_left_in_english(catalogue):
    assert not [entry.msgid for entry in catalogue.untranslated_entries()]
    assert not [entry.msgid for entry in catalogue.fuzzy_entries()]


def test_variables_are_kept(catalogue):
    for entry in catalogue:
        known = set(VARIABLE.findall(entry.msgid + entry.msgid_plural))
        wanted = set(VARIABLE.findall(entry.msgid_plural or entry.msgid))
        said = set(VARIABLE.findall(entry.msgstr or entry.msgstr_plural[0]))
        assert wanted <= said <= known, entry.msgid


def test_the_compiled_catalogue_is_the_written_one(catalogue):
    with (CATALOGUE / "django.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    for entry in catalogue:
        if not entry.msgctxt and not entry.msgid_plural:
            assert compiled.gettext(entry.msgid) == entry.msgstr
