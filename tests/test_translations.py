"""Every string has its Chinese, with the same variables, and what is compiled is what was written."""

import ast
import gettext
import re
from pathlib import Path

import polib
import pytest

CATALOGUE = Path(__file__).parent.parent / "locale/zh_Hans/LC_MESSAGES"
ROOT = CATALOGUE.parents[2]
OURS = [ROOT / name for name in ("config", "core", "crm", "marketing", "modelhub", "templates")]
CALLS = {
    "_": (0,), "gettext": (0,), "gettext_lazy": (0,), "gettext_noop": (0,), "ngettext": (0,), "ngettext_lazy": (0,),
    "pgettext": (1,), "pgettext_lazy": (1,), "npgettext": (1,),
}  # fmt: skip
IN_TEMPLATE = re.compile(r"\{%-?\s*(?:translate|trans)\s+(\"[^\"]*\"|'[^']*')|[\s:=|(]_\((\"[^\"]*\"|'[^']*')\)")
BLOCK = re.compile(
    r"\{%\s*blocktrans(?:late)?\b([^%]*)%\}(.*?)\{%\s*(?:plural|endblocktrans(?:late)?)\s*%\}", re.DOTALL
)
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


def _said_in_code(path):
    """The texts handed to gettext in a module, also those joined from several literals."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        for place in CALLS.get(name, ()):
            text = node.args[place] if place < len(node.args) else None
            if isinstance(text, ast.Constant) and isinstance(text.value, str):
                yield text.value


def _said_in_template(path):
    """The texts a template translates; variables of a block stand in it as gettext has them."""
    text = path.read_text(encoding="utf-8")
    for double, single in IN_TEMPLATE.findall(text):
        yield (double or single)[1:-1].replace("%", "%%")
    for options, block in BLOCK.findall(text):
        block = block.replace("%", "%%")
        if re.search(r"\btrimmed\b", options):
            block = " ".join(line.strip() for line in block.strip().splitlines())
        yield re.sub(r"\{\{\s*([\w.]+)\s*\}\}", r"%(\1)s", block)


def test_every_text_in_the_code_is_in_the_catalogue(catalogue):
    known = {entry.msgid for entry in catalogue if not entry.obsolete}
    said = {
        (text, str(path.relative_to(ROOT)))
        for folder in OURS
        for path in sorted(folder.rglob("*"))
        if path.suffix in (".py", ".html", ".txt") and "migrations" not in path.parts
        for text in (_said_in_code(path) if path.suffix == ".py" else _said_in_template(path))
    }
    assert len(said) > 1000  # else nothing was looked at
    assert sorted(pair for pair in said if pair[0] and pair[0] not in known) == []
