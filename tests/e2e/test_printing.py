"""Odoo draws, prints and shows everything on the machine that setup/ prepared."""

import io
import shutil

import pypdf
import pytest
import requests

from setup import printer

from .world import World

PRINTS = shutil.which(printer.NAME, path=printer.path())
TWO = 2


def get(world: World, path: str) -> requests.Response:
    """As the administrator."""
    answer = world.stack.session.http.get(f"{world.stack.url}{path}", timeout=120)
    assert answer.status_code == 200, answer.text[:2000]
    return answer


@pytest.mark.parametrize("kind", ["QR", "Code128", "EAN13"])
def test_a_barcode_is_an_image(world: World, kind: str) -> None:
    path = f"/report/barcode/?barcode_type={kind}&value=4006381333931&width=300"
    assert get(world, path).content.startswith(b"\x89PNG")


def test_the_bundle_of_the_web_client_is_whole(world: World) -> None:
    """A file that lacks makes all of it a message in the browser's console."""
    page = get(world, "/odoo").text
    address = page.split("/web.assets_web.min.js")[0].rpartition('"')[2]
    script = get(world, f"{address}/web.assets_web.min.js").text
    assert "SelfieSegmentation" in script
    assert "Could not get content for" not in script


@pytest.mark.skipif(not PRINTS, reason="no wkhtmltopdf is to be had on this machine")
def test_two_sale_orders_and_their_deliveries_are_printed_at_once(world: World) -> None:
    placed = world.shop.place(TWO, status="READY_TO_SHIP")
    world.wait_done(*placed)
    orders = world.sql(
        "SELECT o.id, p.id FROM sale_order o JOIN stock_picking p ON p.sale_id = o.id"
        " WHERE o.connector_order_ref = ANY(%s)",
        placed,
    )
    sales, deliveries = ({str(row[n]) for row in orders} for n in range(TWO))
    for report, ids in (
        ("sale.report_saleorder", sales),
        ("stock.report_deliveryslip", deliveries),
    ):
        answer = get(world, f"/report/pdf/{report}/{','.join(sorted(ids))}")
        pages = pypdf.PdfReader(io.BytesIO(answer.content)).pages
        assert len(pages) >= TWO
        said = "".join(page.extract_text() for page in pages)
        assert "Nusantara" in said  # the letterhead
