"""Settings of the tests: a data folder of their own that goes when they end, and nobody's environment."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

_folder = Path(tempfile.mkdtemp(prefix="fairlead-test-"))
atexit.register(shutil.rmtree, _folder, ignore_errors=True)
os.environ["FAIRLEAD_DATA"] = str(_folder)
os.environ["DATABASE_URL"] = os.environ.get(
    "FAIRLEAD_TEST_DATABASE_URL", ""
)  # tests/fixtures/servers.py sets these two
os.environ["REDIS_URL"] = os.environ.get("FAIRLEAD_TEST_REDIS_URL", "")
os.environ["EMAIL_URL"] = ""
os.environ["POSTAL_ADDRESS"] = "Fairlead, 1 Example Quay, 20457 Hamburg"
os.environ.setdefault("LOG_LEVEL", "ERROR")
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright's own loop runs in the thread that uses the ORM

# Base models are pulled once a machine, by the fixture `packs`, into a folder that outlives the tests.
PACK_CACHE = Path(os.environ.get("FAIRLEAD_PACK_CACHE", Path.home() / ".cache" / "fairlead" / "packs"))
PACK_CACHE.mkdir(parents=True, exist_ok=True)
(_folder / "packs").symlink_to(PACK_CACHE, target_is_directory=True)

# Shipped readers are trained once a machine too (minutes); they are trained again when corpus or code change.
READER_CACHE = PACK_CACHE.parent / "readers"
READER_CACHE.mkdir(exist_ok=True)
(_folder / "readers").symlink_to(READER_CACHE, target_is_directory=True)

from config.settings import *  # noqa: E402, F403
from config.settings import DATABASES, FAIRLEAD_DATA, STATIC_ROOT, STORAGES  # noqa: E402

WAKE_WORKERS = False  # tests work the queue themselves
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
STATIC_ROOT.mkdir(exist_ok=True)
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file, as in the embedded mode: then the live server and child processes have connections of their own.
    DATABASES["default"]["TEST"] = {"NAME": str(FAIRLEAD_DATA / "test.sqlite3")}
    DATABASES["default"]["OPTIONS"]["init_command"] += "PRAGMA synchronous=OFF;"
