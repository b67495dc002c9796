"""Names of ours in the user's directory: the command finds its own packages, and they find theirs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_calls import RIGHT_LOADER, loadproof, write_job

from loadproof.shadow import HOME, ROOMS

EDITABLE = f"""
import importlib.machinery, os, sys
HOME = {str(HOME)!r}
ROOMS = {(*ROOMS, "loadproof")!r}

class Finder:
    '''As an editable installation has it: asked last, after every directory of the path.'''
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name in ROOMS:
            return importlib.machinery.PathFinder.find_spec(name, [HOME])

sys.path[:] = [place for place in sys.path if os.path.realpath(place or os.getcwd()) != HOME]
sys.meta_path.append(Finder)
"""
"""A ``sitecustomize`` that takes our packages off the path and lets a hook find them."""

CHECK = ("check", "polars", "--rule", "HD-03", "--jobs", 2)


@pytest.fixture(params=["on the path", "by a hook"])
def installed(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, str]:
    """The environment in which our packages are found in one of the ways of an installation."""
    if request.param == "on the path":
        return {}
    site = tmp_path / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text(EDITABLE)
    return {"PYTHONPATH": str(site)}


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A working directory in which every name of ours, and of what we use, is somebody else's."""
    house = tmp_path / "house"
    house.mkdir()
    for room in (*ROOMS, "loadproof"):
        (house / room).mkdir()
        (house / room / "quarterly.txt").write_text("")
    for module in ("xdist", "execnet", "msgspec", "random", "types"):
        (house / f"{module}.py").write_text("raise RuntimeError('the module of the user')\n")
    return house


def test_folders_and_modules_of_the_user_are_in_nobodys_way(
    house: Path, installed: dict[str, str]
) -> None:
    done = loadproof(*CHECK, cwd=house, environment=installed)
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads((house / "loadproof-report" / "report.json").read_text())
    assert report["state"] == "final"
    done = loadproof(
        *("bench", "--candidate", "polars", "--rows", 500, "--rounds", 1, "--no-peers"),
        *("--format", "csv"),
        cwd=house,
        environment=installed,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_packages_of_the_user_are_in_nobodys_way(house: Path, installed: dict[str, str]) -> None:
    for room in (*ROOMS, "loadproof"):
        (house / room / "__init__.py").write_text("raise RuntimeError('the package of the user')\n")
    write_job(house)
    for call in (CHECK, ("run", "t.fl", "--candidate", "polars", "--against", "reference")):
        done = loadproof(*call, cwd=house, environment=installed)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_in_pythonpath_is_refused_before_anything_is_done(tmp_path: Path, room: str) -> None:
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / f"{room}.py").write_text("")
    environment = {"PYTHONPATH": str(tmp_path / "theirs")}
    done = loadproof(*CHECK, cwd=tmp_path, environment=environment)
    assert (done.returncode, "environment of its own" in done.stderr) == (4, True), done.stderr
    assert not (tmp_path / "loadproof-report").exists()


def test_a_folder_of_a_rooms_name_in_pythonpath_of_a_hooked_installation_is_refused(
    tmp_path: Path,
) -> None:
    (tmp_path / "sitecustomize.py").write_text(EDITABLE)
    (tmp_path / "reports").mkdir()
    done = loadproof(*CHECK, cwd=tmp_path, environment={"PYTHONPATH": str(tmp_path)})
    assert (done.returncode, str(tmp_path / "reports") in done.stderr) == (4, True), done.stderr


def test_settings_of_the_users_own_tests_do_not_get_in(tmp_path: Path) -> None:
    environment = {"PYTEST_ADDOPTS": "--nosuch", "PYTEST_PLUGINS": "nosuch"}
    done = loadproof(*CHECK, cwd=tmp_path, environment=environment)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_loader_is_found_beside_the_working_directory_and_starts_as_its_user_has_it(
    tmp_path: Path,
) -> None:
    (tmp_path / "mine.py").write_text(
        RIGHT_LOADER + "import os\nassert 'PYTHONSAFEPATH' not in os.environ\n"
    )
    done = loadproof("check", "py:mine:Right", *CHECK[2:], cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
