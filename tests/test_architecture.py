"""The laws of ARCHITECTURE.md, held by tests: layers, foreign keys, sizes, names, heavy imports, migrations."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db.migrations.loader import MigrationLoader

ROOT = Path(__file__).resolve().parents[1]
LAYERS = ["core", "modelhub", "crm", "marketing"]  # from the bottom up
HEAVY = {
    "torch",
    "transformers",
    "pandas",
    "sklearn",
    "onnxruntime",
    "scipy",
    "numpy",
    "peft",
    "accelerate",
    "gguf",
    "captum",
}
WEB_MUST_NOT_LOAD = ["torch", "transformers", "pandas", "sklearn", "onnxruntime", "scipy", "peft", "rapidocr"]
VAGUE = re.compile(r"(^|_)(utils?|helpers?|common|misc|managers?|handlers?)$")
LONGEST_FILE, LONGEST_FUNCTION, LONGEST_TEMPLATE = 400, 60, 150


def _ours(pattern, *folders):
    done = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", *(f"{folder}/**/{pattern}" for folder in folders), *(f"{folder}/{pattern}" for folder in folders)],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return sorted(path for name in set(done.stdout.split()) if (path := ROOT / name).is_file())


CODE = [path for path in _ours("*.py", "config", *LAYERS) if "migrations" not in path.parts]
EVERYTHING = [*CODE, *_ours("*.py", "tests", "benchmarks"), ROOT / "manage.py"]
TEMPLATES = _ours("*.html", "templates")


def _name(path):
    return str(path.relative_to(ROOT))


def _tree(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def test_import_contracts():
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-logo"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("app", LAYERS)
def test_foreign_keys_point_down(app):
    for model in apps.get_app_config(app).get_models():
        for field in model._meta.get_fields():
            if field.is_relation and not field.auto_created and field.related_model:
                other = field.related_model._meta.app_label
                if other in LAYERS:
                    assert LAYERS.index(other) <= LAYERS.index(app), (
                        f"{model.__name__}.{field.name} points up to {other}"
                    )


def test_files_are_short():
    long = {
        _name(path): lines
        for path in EVERYTHING
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > LONGEST_FILE
    }
    assert long == {}


def test_functions_are_short():
    long = {}
    for path in CODE:
        for node in ast.walk(_tree(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                start = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
                if (lines := node.end_lineno - start + 1) > LONGEST_FUNCTION:
                    long[f"{_name(path)}:{node.name}"] = lines
    assert long == {}


def test_templates_are_short_and_without_scripts_of_their_own():
    long, inline = {}, {}
    for path in TEMPLATES:
        text = path.read_text(encoding="utf-8")
        if (lines := len(text.splitlines())) > LONGEST_TEMPLATE:
            long[_name(path)] = lines
        found = re.findall(
            r"<script(?![^>]*\bsrc=)[^>]*>|\son(?:click|change|submit|load|input|key\w+|mouse\w+|pointer\w+|focus\w*|blur|error|drag\w*|drop|toggle)=|hx-on|javascript:|<style",
            text,
        )
        found = [hit for hit in found if 'type="application/json"' not in hit]
        if found and "admin/" not in _name(path):
            inline[_name(path)] = found
    assert long == {}
    assert inline == {}


def test_names_say_what_a_thing_is():
    assert [_name(path) for path in EVERYTHING if VAGUE.search(path.stem)] == []


def test_every_module_says_what_it_is_in_one_to_three_lines():
    wrong = {}
    for path in CODE:
        text = path.read_text(encoding="utf-8")
        said = ast.get_docstring(ast.parse(text))
        if text.strip() and not said:
            wrong[_name(path)] = "says nothing"
        elif said and "management/commands" not in _name(path) and len(said.splitlines()) > 3:
            wrong[_name(path)] = f"{len(said.splitlines())} lines"
    assert wrong == {}


def test_signatures_are_typed_and_public_ones_explained():
    wrong = []
    for path in CODE:
        for node in ast.walk(_tree(path)):
            untyped = isinstance(node, ast.FunctionDef) and node.returns is None
            wrong += [f"{_name(path)}:{node.name} has no return type"] if untyped else []
        if "services" in path.parts or "engine" in path.parts:
            wrong += [f"{_name(path)}:{node.name} is not explained" for node in _tree(path).body
                      if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_") and not ast.get_docstring(node)]  # fmt: skip
    assert wrong == []


def _imports(tree):
    """Yield (top name of what is imported, whether it stands inside a function)."""

    def walk(node, inside):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
                continue
            if isinstance(child, ast.Import):
                for alias in child.names:
                    yield alias.name.split(".")[0], inside
            elif isinstance(child, ast.ImportFrom) and child.level == 0 and child.module:
                yield child.module.split(".")[0], inside
            yield from walk(child, inside or isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda))

    yield from walk(tree, False)


def test_heavy_libraries_are_imported_lazily_in_the_engine_alone():
    wrong = []
    for path in CODE:
        engine = "engine" in path.parts
        for name, inside in _imports(_tree(path)):
            if (name == "rapidocr" and not inside) or (name in HEAVY and not (engine and (inside or name == "numpy"))):
                wrong.append(f"{_name(path)} imports {name}")
    assert wrong == []


def test_nothing_that_runs_code_when_loaded():
    wrong = [f"{_name(path)} imports {name}" for path in EVERYTHING for name, _ in _imports(_tree(path))
             if name in {"pickle", "joblib", "dill", "cloudpickle", "shelve", "marshal"}]  # fmt: skip
    assert wrong == []


def test_engine_is_importable_without_django():
    code = """
import importlib, pkgutil, sys
class Absent:
    def find_spec(self, name, *rest):
        if name.split('.')[0] in {'django', 'rest_framework', 'celery', 'core', 'crm', 'config', 'torch', 'transformers', 'pandas', 'sklearn', 'onnxruntime', 'peft'}:
            raise ImportError(name)
sys.meta_path.insert(0, Absent())
import modelhub.engine
for found in pkgutil.walk_packages(modelhub.engine.__path__, 'modelhub.engine.'):
    importlib.import_module(found.name)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_web_process_imports_no_model_library(make_site):
    code = f"""
import sys
from django.urls import get_resolver
import config.wsgi
get_resolver().url_patterns, get_resolver()._populate()
from django.contrib import admin
print([name for name in {WEB_MUST_NOT_LOAD} if name in sys.modules])
"""
    assert make_site(migrate=False).shell(code).splitlines()[-1] == "[]"


def test_migrations_are_complete_and_in_one_line(db):
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
    loader = MigrationLoader(None, ignore_no_migrations=True)
    for app in LAYERS:
        assert len(loader.graph.leaf_nodes(app)) <= 1, f"{app} has two last migrations"


def test_nothing_unfinished_and_no_foreign_place():
    words = re.compile(rf"\b(TODO|FIXME|HACK)\b|/{'work'}/(?!flow)")
    here = Path(__file__)
    found = [f"{_name(path)}: {hit[0]}" for path in [*EVERYTHING, *TEMPLATES] if path != here
             if (hit := words.search(path.read_text(encoding="utf-8")))]  # fmt: skip
    assert found == []
