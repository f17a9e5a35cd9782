"""The words of the admin that our catalogue translates are still those that Django and unfold say."""

import ast
import re
from pathlib import Path

import django.contrib.admin
import django.contrib.auth
import pytest
import unfold

from config.admin_words import ADMIN_WORDS

FOLDERS = [Path(package.__file__).parent for package in (unfold, django.contrib.admin, django.contrib.auth)]


@pytest.fixture(scope="module")
def said():
    """Every string that those packages may say: literals of their code, and what their templates translate."""
    found = set()
    for folder in FOLDERS:
        for path in folder.rglob("*.py"):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            found |= {
                node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)
            }
        for path in folder.rglob("*.html"):
            pairs = re.findall(r"""\{%\s*trans(?:late)?\s+(?:"([^"]*)"|'([^']*)')""", path.read_text(encoding="utf-8"))
            found |= {double or single for double, single in pairs}
    return found


def test_every_word_is_one_that_the_packages_say(said):
    assert [word for word in ADMIN_WORDS if word not in said] == []
