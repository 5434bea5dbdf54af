"""Several checkouts, one PostgreSQL: each has a database of its own."""

import pytest

from setup import ownership, paths

HOST = "/sockets"


@pytest.fixture(autouse=True)
def _private(monkeypatch, tmp_path):
    monkeypatch.setattr(paths, "private", lambda *parts: tmp_path.joinpath(*parts))


def used_by(checkout, name="erp"):
    """A database that a checkout has used."""
    folder = ownership.folder(name, HOST, 5432)
    folder.mkdir(parents=True)
    addons = f"{checkout}/addons,/odoo/addons"
    (folder / "odoo.conf").write_text(f"[options]\naddons_path = {addons}\n")


@pytest.fixture
def other(tmp_path):
    checkout = tmp_path / "other"
    (checkout / "setup").mkdir(parents=True)
    return checkout


def test_the_first_checkout_has_the_plain_name():
    assert ownership.name_here("erp", HOST, 0) == "erp"


def test_a_checkout_finds_its_own_again():
    used_by(paths.ROOT)
    assert ownership.name_here("erp", HOST, 0) == "erp"


def test_another_checkouts_database_is_left_to_it(other):
    used_by(other)
    name = ownership.name_here("erp", HOST, 0)
    assert name.startswith("erp_")
    assert ownership.name_here("erp", HOST, 0) == name


def test_a_checkout_keeps_its_own_when_the_other_has_gone(other):
    used_by(other)
    name = ownership.name_here("erp", HOST, 0)
    used_by(paths.ROOT, name)
    (other / "setup").rmdir()
    assert ownership.name_here("erp", HOST, 0) == name


def test_a_checkout_that_was_moved_keeps_its_database(tmp_path):
    used_by(tmp_path / "where it was")
    assert ownership.name_here("erp", HOST, 0) == "erp"


def test_a_database_of_tests_belongs_to_its_checkout_too(other):
    folder = ownership.folder("x", HOST, 0)
    folder.mkdir(parents=True)
    addons = f"{other}/tests/addons,{other}/addons,/odoo/addons"
    (folder / "odoo.conf").write_text(f"[options]\naddons_path = {addons}\n")
    assert ownership.checkout_of(folder) == other
