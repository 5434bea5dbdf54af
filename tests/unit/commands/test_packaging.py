"""What people install the suite with: wheels, containers, hooks."""

import os
import shutil
import zipfile

import pytest
import whool.buildapi
import yaml

from setup import paths

ADDONS = sorted(path.parent.name for path in paths.ADDONS.glob("*/__manifest__.py"))
ENTRY = "odoo/addons"


@pytest.mark.parametrize("addon", ADDONS)
def test_an_addon_builds_a_wheel_that_holds_its_files(addon, tmp_path, monkeypatch):
    source = tmp_path / addon
    shutil.copytree(paths.ADDONS / addon, source)
    monkeypatch.chdir(source)
    wheel = tmp_path / whool.buildapi.build_wheel(str(tmp_path))
    held = set(zipfile.ZipFile(wheel).namelist())
    for path in (paths.ADDONS / addon).rglob("*.*ml"):
        inside = path.relative_to(paths.ADDONS).as_posix()
        if "pyproject.toml" not in inside and ".ruff" not in inside:
            assert f"{ENTRY}/{inside}" in held
    assert f"{ENTRY}/{addon}/__manifest__.py" in held


def compose():
    return yaml.safe_load((paths.ROOT / "docker-compose.yml").read_text())


def bind_mounts():
    for service in compose()["services"].values():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            if source.startswith("."):
                yield source


def test_every_path_the_containers_mount_is_there():
    mounts = list(bind_mounts())
    assert "./addons" in mounts
    assert [path for path in mounts if not (paths.ROOT / path).exists()] == []


def test_the_containers_publish_on_this_machine_alone():
    for service in compose()["services"].values():
        for port in service.get("ports", []):
            assert port.startswith("127.0.0.1:")


def test_simulators_run_only_when_asked_for():
    services = compose()["services"]
    assert services["simulators"]["profiles"] == ["simulators"]
    assert services["odoo"]["image"] == "odoo:19"
    assert "profiles" not in services["postgres"]


def test_named_volumes_are_declared():
    whole = compose()
    used = {
        volume.split(":")[0]
        for service in whole["services"].values()
        for volume in service.get("volumes", [])
        if not volume.startswith(".")
    }
    assert used == set(whole["volumes"])


def test_the_container_installs_every_addon():
    command = " ".join(compose()["services"]["odoo"]["command"])
    (wanted,) = [w for w in command.split() if w.startswith("--init=")]
    assert set(wanted.removeprefix("--init=").split(",")) == set(ADDONS)


def test_the_hooks_call_commands_that_are_there():
    hooks = yaml.safe_load((paths.ROOT / ".pre-commit-config.yaml").read_text())
    for repository in hooks["repos"]:
        for hook in repository["hooks"]:
            program = paths.ROOT / hook["entry"].split()[0]
            assert os.access(program, os.X_OK)
