"""`setup/test` runs each test the way its folder needs."""

import pytest

from setup import command_test, database, paths


@pytest.fixture(autouse=True)
def _in_the_checkout(monkeypatch):
    monkeypatch.chdir(paths.ROOT)


@pytest.mark.parametrize(
    ("argument", "part"),
    [
        ("tests/unit", "pure"),
        ("tests/unit/commands/test_choosing.py::test_x", "pure"),
        ("tests/clients/test_pyshopee.py", "clients"),
        ("addons/erp_connector_base", "add-ons"),
        ("-k", None),
        ("poll", None),
        ("-x", None),
    ],
)
def test_a_path_belongs_to_the_part_of_its_folder(argument, part):
    assert command_test.part_of(argument) == part


def test_without_arguments_lint_runs_first():
    assert next(iter(command_test.plan([]))) == "lint"


def test_a_path_alone_runs_its_part_alone():
    assert command_test.plan(["tests/unit", "-q"]) == {"pure": ["-q", "tests/unit"]}


def test_paths_of_two_parts_are_kept_apart():
    chosen = command_test.plan(["addons", "tests/unit"])
    assert chosen == {"pure": ["tests/unit"], "add-ons": ["addons"]}


def test_options_alone_go_to_every_part_that_has_tests():
    chosen = command_test.plan(["-k", "poll"])
    assert "lint" not in chosen
    assert chosen["pure"][:2] == ["-k", "poll"]


def test_the_addons_of_a_path_are_installed_with_what_they_stand_on():
    named = command_test.named_addons(["addons/connector_marketplace/models"])
    assert named == {"connector_marketplace"}
    wanted = database.with_dependencies(named)
    assert wanted == ["connector_marketplace", "erp_connector_base"]


def test_naming_the_folder_of_all_addons_means_all():
    assert (
        command_test.named_addons(["addons/connector_marketplace", "addons"]) == set()
    )
