"""What the environment makes of the settings."""

import json

import pytest

SHOW = """
import json
from django.conf import settings as s
d = s.DATABASES["default"]
print(json.dumps([s.EMBEDDED, d["ENGINE"], s.CELERY_BROKER_URL.split(":")[0], s.CACHES["default"]["BACKEND"], s.EMAIL_BACKEND, s.SESSION_COOKIE_SECURE]))
"""


def _show(site):
    return json.loads(site.shell(SHOW).splitlines()[-1])


def test_embedded_is_the_default(make_site):
    embedded, engine, broker, _cache, mail, secure = _show(make_site(migrate=False))
    assert (embedded, engine.rsplit(".", 1)[1], broker) == (True, "sqlite3", "embedded")
    assert mail.endswith("filebased.EmailBackend")
    assert not secure


def test_served_mode_comes_from_addresses(make_site):
    site = make_site(
        migrate=False, DATABASE_URL="postgres://u:p@db:5432/fairlead", REDIS_URL="redis://cache:6379/0",
        EMAIL_URL="smtp+tls://u:p@mail:587", HTTPS="true",
    )  # fmt: skip
    embedded, engine, broker, cache, mail, secure = _show(site)
    assert (embedded, engine.rsplit(".", 1)[1], broker) == (False, "postgresql", "redis")
    assert cache.endswith("RedisCache")
    assert mail.endswith("smtp.EmailBackend")
    assert secure


def test_secret_key_is_made_once_for_a_data_folder(make_site):
    site = make_site(migrate=False)
    show = "from django.conf import settings; print(settings.SECRET_KEY)"
    first = site.shell(show)
    assert len(first) > 60
    assert site.shell(show) == first
    assert (site.folder / "secret_key").stat().st_mode & 0o077 == 0


@pytest.mark.slow
def test_deployment_checks_have_nothing_grave_to_say(make_site):
    site = make_site(
        migrate=False,
        HTTPS="true",
        SECRET_KEY="x" * 40 + "abcdefghijklmnopq",
        DATABASE_URL="postgres://u@db/f",
        REDIS_URL="redis://r/0",
    )
    done = site.manage("check", "--deploy", "--fail-level", "ERROR", check=False)
    assert done.returncode == 0, done.stderr
