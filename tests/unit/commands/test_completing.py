"""What Debian's package of Odoo lacks, and what draws and prints."""

import base64
import hashlib
import io
import platform
import shutil
import subprocess
import tarfile

import pytest
from reportlab.graphics.barcode import createBarcodeDrawing

from setup import npm, odoo_home, printer


def archive(name, content):
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w:gz") as tar:
        member = tarfile.TarInfo(name)
        member.size = len(content)
        tar.addfile(member, io.BytesIO(content))
    return held.getvalue()


@pytest.fixture
def registry(tmp_path, monkeypatch):
    """A registry on disk with one package, and an Odoo that wants its file."""
    content = archive("package/lib/a.js", b"script")
    folder = tmp_path / "registry/@scope/a/-"
    folder.mkdir(parents=True)
    (folder / "a-1.0.tgz").write_bytes(content)
    digest = base64.b64encode(hashlib.sha512(content).digest()).decode()
    files = {"mail/static/lib": ("lib/a.js",), "absent/static": ("lib/a.js",)}
    package = npm.Package("@scope/a", "1.0", "MIT", digest, files)
    monkeypatch.setattr(npm, "PACKAGES", (package,))
    monkeypatch.setenv("npm_config_registry", (tmp_path / "registry").as_uri())
    mail = tmp_path / "dist-packages/odoo/addons/mail"
    mail.mkdir(parents=True)
    (mail.parent.parent / "release.py").touch()
    sale = mail.parent / "sale"
    sale.mkdir()
    (sale / "__manifest__.py").write_text("{}")
    (mail / "__manifest__.py").write_text(
        "{'assets': {'web': ['mail/static/lib/a.js', 'mail/static/src/**/*',"
        " ('include', 'web.other'), ('remove', 'mail/static/lib/b.js')]}}"
    )
    return tmp_path


def test_a_file_that_a_bundle_names_and_nobody_holds_is_found(registry):
    home = odoo_home.locate(registry / "dist-packages")
    assert odoo_home.missing_assets(home) == [
        "mail/static/lib/a.js",
        "mail/static/lib/b.js",
    ]


def test_what_a_package_lacks_comes_from_the_registry_once(registry):
    base = registry / "dist-packages"
    link = base / "odoo/addons/mail/static/lib/a.js"
    link.parent.mkdir(parents=True)
    link.symlink_to("/nowhere/a.js")
    assert not npm.is_complete(base)
    npm.complete(base)
    assert link.read_text() == "script"
    assert npm.is_complete(base)
    assert not (base / "odoo/addons/absent").exists()


def test_another_list_of_files_completes_an_odoo_that_is_kept(registry, monkeypatch):
    base = registry / "dist-packages"
    npm.complete(base)
    (package,) = npm.PACKAGES
    more = npm.Package("@scope/a", "1.0", "MIT", package.sha512, {"mail": ()})
    monkeypatch.setattr(npm, "PACKAGES", (package, more))
    assert not npm.is_complete(base)


def test_an_archive_that_is_another_one_is_refused(registry):
    (tgz,) = (registry / "registry").rglob("*.tgz")
    tgz.write_bytes(archive("package/lib/a.js", b"something else"))
    with pytest.raises(npm.UnavailableError, match="not the archive"):
        npm.complete(registry / "dist-packages")


def test_without_the_registry_odoo_is_used_as_it_is_and_said_to_lack(registry, capsys):
    shutil.rmtree(registry / "registry")
    odoo_home.fill(odoo_home.locate(registry / "dist-packages"))
    said = capsys.readouterr().err
    assert "the next start tries again" in said
    assert "mail/static/lib/a.js" in said


def test_odoo_as_it_is_here_lacks_no_file():
    home = odoo_home.ensure()
    if not odoo_home.packaged(home):
        pytest.skip("it is a clone of Odoo, which is whole")
    assert odoo_home.missing_assets(home) == []
    assert odoo_home.broken_links(home) == []


@pytest.mark.parametrize("kind", ["QR", "Code128", "EAN13"])
def test_barcodes_are_drawn(kind):
    value = "4006381333931" if kind == "EAN13" else "SKU-001"
    drawing = createBarcodeDrawing(kind, value=value, format="png", width=300)
    assert drawing.asString("png").startswith(b"\x89PNG")


def test_two_pages_with_a_letterhead_are_printed(tmp_path):
    if platform.machine() != "x86_64":
        pytest.skip("the authors' own build is for x86-64")
    found = shutil.which(printer.NAME, path=printer.path())
    assert printer.patched(found)
    for name in ("head", "one", "two"):
        text = f"<!DOCTYPE html><html><body>{name}</body></html>"
        (tmp_path / f"{name}.html").write_text(text)
    pages = [str(tmp_path / f"{name}.html") for name in ("one", "two")]
    head = ["--quiet", "--header-html", str(tmp_path / "head.html")]
    allowed = ["--allow", str(tmp_path)]
    target = tmp_path / "out.pdf"
    subprocess.run([found, *allowed, *head, *pages, str(target)], check=True)
    assert target.read_bytes().startswith(b"%PDF")
