"""The files that run Fairlead elsewhere: they parse, keep to the rules, and the commands in them work."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from django.conf import settings as django_settings
from dockerfile_parse import DockerfileParser

from tests.fixtures.servers import wait_for
from tests.fixtures.sites import ROOT

COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service.get("image", "").startswith("fairlead")}


@pytest.fixture(scope="module")
def dockerfile(tmp_path_factory):
    parser = DockerfileParser(path=str(tmp_path_factory.mktemp("docker")))
    parser.content = (ROOT / "Dockerfile").read_text()
    return parser.structure


def _values(dockerfile, instruction):
    return [one["value"] for one in dockerfile if one["instruction"] == instruction]


def test_image_runs_as_nobody_special_with_a_health_check(dockerfile):
    (user,) = _values(dockerfile, "USER")
    assert int(user) > 0  # a number, so that a cluster can see that it is not root
    order = [one["instruction"] for one in dockerfile]
    assert order.index("USER") > max(i for i, name in enumerate(order) if name in ("RUN", "COPY"))
    assert len(_values(dockerfile, "HEALTHCHECK")) == 1
    assert _values(dockerfile, "CMD")[-1].startswith("[")  # no shell between the signal and the process


def test_images_are_pinned_and_nothing_secret_is_copied(dockerfile):
    for base in _values(dockerfile, "FROM"):
        assert re.search(r":[^ ]*[0-9$]", base), base
        assert ":latest" not in base
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert {".git", ".env", "var", ".venv"} <= set(ignored)
    for name, service in SERVICES.items():
        assert ":latest" not in service["image"], name
        assert ":" in service["image"], name


def test_torch_is_the_same_everywhere(dockerfile):
    version = re.search(r"TORCH := (torch==\S+)", (ROOT / "Makefile").read_text())[1]
    assert sum(run.count(version) for run in _values(dockerfile, "RUN")) == 2


def test_every_service_is_healthy_limited_and_read_only():
    wanted = {"web", "worker", "ml", "beat", "postgres", "valkey", "mail", "prepare"}
    assert set(SERVICES) == wanted
    for name, service in SERVICES.items():
        assert service.get("read_only") is True, name
        assert service.get("healthcheck"), name
        assert service["deploy"]["resources"]["limits"]["memory"], name
        assert "no-new-privileges:true" in service["security_opt"], name
        for other in service.get("depends_on", {}):
            assert other in SERVICES, name


def test_the_broker_throws_nothing_away():
    command = " ".join(SERVICES["valkey"]["command"])
    assert "--maxmemory-policy noeviction" in command
    assert "--appendonly yes" in command


def test_every_setting_of_compose_is_read_by_the_settings_and_listed_in_the_example():
    code = "".join((ROOT / "config" / name).read_text() for name in ("settings.py", "gunicorn.py"))
    example = (ROOT / ".env.example").read_text()
    for name in OURS["web"]["environment"]:
        assert f'"{name}"' in code, name
        assert name in example, name


def test_gpu_file_adds_only_to_services_that_are_there():
    extra = yaml.safe_load((ROOT / "deploy" / "gpu.yml").read_text())
    assert set(extra["services"]) <= set(SERVICES)


def test_version_is_told_once():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == django_settings.VERSION


def test_make_and_ci_are_sound():
    assert subprocess.run(["bash", "-n", ROOT / ".ci" / "run"]).returncode == 0
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o111
    for target in ("run", "test", "lint"):
        done = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.redis
def test_the_commands_of_compose_work_together(make_site, postgres, redis, tmp_path):
    """Each of our services, started with its own words, on PostgreSQL and Redis; then each health check."""
    site = make_site(migrate=False, DATABASE_URL=postgres, REDIS_URL=redis, TMPDIR=str(tmp_path), JOB_TICK_SECONDS="1")
    (site.folder / "prepared.json").write_text(
        '{"models pull": "%(v)s", "ensure_models": "%(v)s"}' % {"v": django_settings.VERSION}  # noqa: UP031
    )
    done = site.manage(*OURS["prepare"]["command"][2:])
    assert done.returncode == 0
    for name in ("web", "worker", "ml", "beat"):
        command = [_here(word, site, tmp_path) for word in OURS[name]["command"]]
        site.start("-m", *command, log=f"{name}.log")
    wait_for(lambda: site.answers("/readyz"), "the web server")
    for name in ("web", "worker", "ml", "beat"):
        test = OURS[name]["healthcheck"]["test"]
        words = [_here(word, site, tmp_path) for word in test[1:]]
        words = ["bash", "-c", words[0].replace("$$", "$")] if test[0] == "CMD-SHELL" else words
        wait_for(lambda words=words: subprocess.run(words, env=site.environment).returncode == 0, f"health of {name}")


def _here(word, site, tmp_path):
    return (
        word.replace("0.0.0.0:8000", f"127.0.0.1:{site.port}")
        .replace("127.0.0.1:8000", f"127.0.0.1:{site.port}")
        .replace("/tmp/", f"{tmp_path}/")  # noqa: S108
    )


def test_hadolint_agrees():
    hadolint = Path(sys.executable).parent / "hadolint"
    done = subprocess.run([hadolint, "--no-color", "Dockerfile"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
