"""Finding and fetching what the suite stands on."""

import contextlib
import os
import socket

import pytest

from setup import debian, odoo_home, paths, system
from setup.demo.catalogue import PRODUCTS, barcode

DEB822 = """Types: deb
URIs: https://mirror.example/debian
Suites: bookworm

Types: deb
URIs: https://mirror.example/debian-security
"""
ONE_LINE = "deb [signed-by=/k.gpg] http://other.example/debian/ bookworm main\n"


def test_the_mirror_comes_from_either_format_of_apt_sources():
    found = debian.addresses_in(DEB822) + debian.addresses_in(ONE_LINE)
    assert found == [
        "https://mirror.example/debian",
        "https://mirror.example/debian-security",
        "http://other.example/debian/",
    ]


def test_comments_and_other_lines_name_no_mirror():
    assert debian.addresses_in("# URIs: http://a.example/debian\nSuites: x") == []


def test_a_given_mirror_wins(monkeypatch):
    monkeypatch.setenv("DEBIAN_MIRROR", "http://given.example/debian")
    assert debian.mirror() == "http://given.example/debian"


def test_links_out_of_a_package_are_pointed_at_the_unpacked_file(tmp_path):
    font = tmp_path / "usr/share/fonts/a.ttf"
    font.parent.mkdir(parents=True)
    font.write_text("font")
    link = tmp_path / "usr/lib/odoo/web/a.ttf"
    link.parent.mkdir(parents=True)
    link.symlink_to("../../../../../../share/fonts/a.ttf")
    lost = tmp_path / "usr/lib/odoo/web/b.ttf"
    lost.symlink_to("../../../../../../share/fonts/b.ttf")
    assert debian.relink(tmp_path / "usr/lib", [tmp_path]) == [lost]
    assert link.read_text() == "font"


def test_a_source_checkout_and_a_package_are_both_understood(tmp_path):
    checkout = tmp_path / "checkout"
    (checkout / "odoo/addons").mkdir(parents=True)
    (checkout / "odoo/release.py").touch()
    assert odoo_home.locate(checkout).addons == (
        checkout / "addons",
        checkout / "odoo/addons",
    )
    package = tmp_path / "package/usr/lib/python3/dist-packages"
    (package / "odoo/addons/sale").mkdir(parents=True)
    (package / "odoo/addons/sale/__manifest__.py").touch()
    (package / "odoo/release.py").touch()
    found = odoo_home.locate(tmp_path / "package")
    assert found.addons == (package / "odoo/addons",)
    assert odoo_home.locate(tmp_path) is None


def test_a_folder_is_built_wholly_or_not_at_all(tmp_path):
    target = tmp_path / "target"
    with contextlib.suppress(ZeroDivisionError), paths.building(target) as scratch:
        (scratch / "half").touch()
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []
    with paths.building(target) as scratch:
        (scratch / "whole").touch()
    assert (target / "whole").is_file()


def test_tests_and_prose_do_not_make_an_addon_another_one(tmp_path):
    addon = tmp_path / "addon"
    (addon / "tests").mkdir(parents=True)
    (addon / "model.py").write_text("1")
    before = paths.files_digest([addon])
    (addon / "tests/test_model.py").touch()
    assert paths.files_digest([addon]) == before
    (addon / "model.py").write_text("2")
    assert paths.files_digest([addon]) != before


def test_a_port_in_use_is_not_given_out():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert paths.free_port(port) not in (0, port)
    assert paths.free_port(port) == port


def test_missing_packages_are_named_in_one_message(monkeypatch):
    monkeypatch.setitem(system.NEEDS, "postgresql", lambda: None)
    monkeypatch.setitem(system.NEEDS, "git", lambda: None)
    monkeypatch.setattr(system, "privilege", lambda: None)
    with pytest.raises(SystemExit, match="apt-get install postgresql git"):
        system.require(["postgresql", "git"])


def test_a_second_command_on_one_database_is_told_so(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with (
        paths.only_one("run-x"),
        pytest.raises(SystemExit, match="in use"),
        paths.only_one("run-x"),
    ):
        pass


def test_the_catalogue_has_fifty_skus_and_sound_barcodes():
    assert [sku for sku, *_ in PRODUCTS] == [f"SKU-{n:03}" for n in range(1, 51)]
    assert len({name for _, name, *_ in PRODUCTS}) == 50
    digits = [int(digit) for digit in barcode(7)]
    assert sum(d * (3 if i % 2 else 1) for i, d in enumerate(digits)) % 10 == 0


def test_nothing_here_needs_a_home_folder_of_root():
    assert os.access(paths.private("clusters"), os.W_OK)
