"""docker-compose.yml and Dockerfile: accepted by Docker where it is installed, sound everywhere."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from backend.core.settings import Settings
from backend.launcher.checks import check_doors
from tests.soak import compose_up

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]


def compose() -> list[str] | None:
    """Return the command of Docker Compose, a plug-in of docker or the older program, where there is one."""
    for command in (["docker", "compose"], ["docker-compose"]):
        if shutil.which(command[0]) is None:
            continue
        if subprocess.run([*command, "version"], capture_output=True, check=False).returncode == 0:
            return command
    return None


@pytest.mark.parametrize("profile", [[], ["--profile", "gpu"]])
def test_docker_accepts_the_file(profile: list[str]) -> None:
    command = compose()
    if command is None:
        assert set(COMPOSE) - {"x-environment", "x-logging", "x-worker"} == {"services", "volumes"}
        return
    environment = os.environ | {"MEMOSCOPE_ACCESS_TOKEN": "0123456789abcdef"}
    run = subprocess.run(
        [*command, *profile, "config", "--quiet"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr


def test_it_does_not_start_without_an_access_token() -> None:
    token = SERVICES["web"]["environment"]["MEMOSCOPE_ACCESS_TOKEN"]
    assert token.startswith("${MEMOSCOPE_ACCESS_TOKEN:?"), "Compose refuses where it is not set or empty"


def test_everything_the_design_names_is_there() -> None:
    assert set(SERVICES) == {"web", "worker", "worker-gpu", "migrate", "postgres", "redis"}
    assert SERVICES["worker"]["deploy"]["replicas"] == "${WORKERS:-1}"
    (device,) = SERVICES["worker-gpu"]["deploy"]["resources"]["reservations"]["devices"]
    assert SERVICES["worker-gpu"]["profiles"] == ["gpu"]
    assert (device["driver"], device["capabilities"]) == ("nvidia", ["gpu"])
    assert not [name for name, service in SERVICES.items() if "container_name" in service], "cannot be scaled"


@pytest.mark.parametrize("name", SERVICES)
def test_what_a_service_waits_for_can_come_true(name: str) -> None:
    for other, wait in SERVICES[name].get("depends_on", {}).items():
        if wait["condition"] == "service_healthy":
            assert SERVICES[other]["healthcheck"]["test"]
        else:
            assert wait["condition"] == "service_completed_successfully"
            assert SERVICES[other]["restart"] == "no"


@pytest.mark.parametrize("name", ["web", "worker", "worker-gpu"])
def test_nothing_starts_before_the_database_is_migrated(name: str) -> None:
    assert "migrate" in SERVICES[name]["depends_on"]
    assert SERVICES["migrate"]["depends_on"]["postgres"]["condition"] == "service_healthy"


@pytest.mark.parametrize("name", ["web", "worker", "worker-gpu", "migrate"])
def test_processes_share_database_broker_and_artifacts(name: str) -> None:
    service = SERVICES[name]
    assert service["environment"] == SERVICES["web"]["environment"]
    assert service["volumes"] == ["data:/data"]
    assert "MEMOSCOPE_DATA_DIR=/data" in DOCKERFILE


def test_settings_exist_and_volumes_are_declared() -> None:
    known = {f"MEMOSCOPE_{field.upper()}" for field in Settings.model_fields}
    assert set(SERVICES["web"]["environment"]) <= known
    assert set(re.findall(r"(MEMOSCOPE_\w+)=", DOCKERFILE)) <= known
    mounted = {volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])}
    assert mounted == set(COMPOSE["volumes"])


@pytest.mark.parametrize("name", ["web", "worker", "migrate"])
def test_processes_take_what_compose_gives_them(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in [variable for variable in os.environ if variable.startswith("MEMOSCOPE_")]:
        monkeypatch.delenv(variable)
    for variable, value in compose_up.environment(name, tmp_path).items():
        monkeypatch.setenv(variable, value)
    settings = Settings(_env_file=None)
    assert settings.database == "postgresql+psycopg://memoscope:memoscope@postgres/memoscope"
    assert settings.broker == "redis://redis:6379/0"
    assert (settings.host, settings.data_dir) == ("0.0.0.0", tmp_path)
    check_doors(settings)
    assert settings.drain_s < float(SERVICES["worker"]["stop_grace_period"].removesuffix("s"))


@pytest.mark.parametrize("name", ["worker", "worker-gpu", "postgres", "redis"])
def test_services_say_whether_they_are_well_and_bound_their_logs(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}
    assert SERVICES[name]["logging"]["options"].keys() == {"max-size", "max-file"}


def test_only_the_web_port_is_published_and_only_to_this_machine() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published == {"web": ["127.0.0.1:${MEMOSCOPE_PORT:-8000}:8000"]}


def stage(name: str) -> str:
    """Return the Dockerfile's lines of one stage and of those it is built on."""
    parent, body = re.search(rf"^FROM (\S+) AS {name}$(.*?)(?=^FROM|\Z)", DOCKERFILE, re.M | re.S).groups()  # type: ignore[union-attr]
    return (stage(parent) if f" AS {parent}\n" in DOCKERFILE else "") + body


def test_targets_exist_and_only_the_worker_has_torch() -> None:
    targets = {service["build"]["target"] for service in SERVICES.values() if "build" in service}
    assert targets == {"web", "worker"}
    assert "[worker]" in stage("worker")
    assert "torch" not in stage("web")


@pytest.mark.parametrize("target", ["web", "worker"])
def test_images_do_not_run_as_root_and_copy_what_exists(target: str) -> None:
    lines = stage(target).splitlines()
    assert "USER memoscope" in lines
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = {word for line in lines if line.startswith("COPY ") for word in line.split()[1:-1]}
    assert copied == allowed, ".dockerignore lets through what is copied, and nothing else"
    assert {name for name in copied if not (ROOT / name).exists()} == set()
    for package in ("backend", "workers"):
        assert f"COPY {package} {package}" in lines


def test_web_image_checks_its_health() -> None:
    assert "/healthz" in stage("web")
