"""What buyer, seller and platform said is on the transfer and on what is printed."""

from .test_cancel import CancelCase

HOSTILE = "<script>alert(1)</script>\n<b>cepat</b> & hati-hati " + "x" * 3000


class TestSlip(CancelCase):
    def setUp(self):
        super().setUp()
        # a picture of the number is not what is looked at here
        reports = self.registry["ir.actions.report"]
        self.patch(reports, "barcode", lambda *_args, **_options: b"")
        sn, self.sold = self.order(1)
        self.sn = sn
        self.picking = self.sold.picking_ids
        self.sold.write(
            {
                "connector_buyer_note": HOSTILE,
                "connector_seller_note": "Hadiah & <i>kartu</i>",
                "connector_cod": True,
                "connector_carrier": "J&T Express",
            }
        )

    def printed(self, report):
        html, _kind = self.env["ir.actions.report"]._render_qweb_html(
            report, self.picking.ids
        )
        return html.decode()

    def test_the_picking_list_shows_all_of_it_escaped(self):
        html = self.printed("stock.action_report_picking")
        self.assertIn("&lt;script&gt;alert(1)&lt;/script&gt;", html)
        self.assertNotIn("<script>alert(1)", html)
        self.assertIn("x" * 3000, html)
        for text in (self.sn, "J&amp;T Express", "Cash on Delivery"):
            self.assertIn(text, html)
        self.assertIn("Hadiah &amp; &lt;i&gt;kartu&lt;/i&gt;", html)
        self.assertNotIn("DO NOT SHIP", html)

    def test_the_slip_in_the_parcel_keeps_the_sellers_note_to_itself(self):
        html = self.printed("stock.action_report_delivery")
        self.assertIn("&lt;script&gt;", html)
        self.assertIn(self.sn, html)
        self.assertNotIn("Hadiah", html)

    def test_a_dropshippers_parcel_bears_his_name_and_not_ours(self):
        company = self.backend.company_id
        company.company_details = "Our own letterhead"
        self.assertIn(
            "Our own letterhead", self.printed("stock.action_report_delivery")
        )
        self.sold.connector_dropshipper = "Toko Ani, 0812-3456"
        html = self.printed("stock.action_report_delivery")
        self.assertIn("Toko Ani, 0812-3456", html)
        self.assertNotIn("Our own letterhead", html)
        self.assertIn(self.goods.name, html)

    def test_what_is_held_says_so_in_print(self):
        self.sold.connector_hold = "platform"
        html = self.printed("stock.action_report_picking")
        self.assertIn("DO NOT SHIP", html)
        self.assertIn("not to ship", html)

    def test_an_ordinary_transfer_looks_as_before(self):
        self.picking = self.env["stock.picking"].create(
            {
                "picking_type_id": self.warehouse.out_type_id.id,
                "location_id": self.warehouse.lot_stock_id.id,
                "location_dest_id": self.env.ref("stock.stock_location_customers").id,
                "move_ids": [
                    (
                        0,
                        0,
                        {
                            "product_id": self.goods.id,
                            "product_uom_qty": 1,
                            "location_id": self.warehouse.lot_stock_id.id,
                            "location_dest_id": self.env.ref(
                                "stock.stock_location_customers"
                            ).id,
                        },
                    )
                ],
            }
        )
        for report in ("stock.action_report_delivery", "stock.action_report_picking"):
            self.assertNotIn("Marketplace", self.printed(report))
        self.assertFalse(self.picking.connector_refusal)

    def test_the_transfer_forms_open_for_the_warehouse(self):
        views = self.env["stock.picking"].get_views(
            [(None, "form"), (None, "list"), (None, "search")]
        )["views"]
        for view in views.values():
            self.assertIn("connector_order_ref", view["arch"])
        held = self.env["stock.picking"].search([("connector_hold", "!=", False)])
        self.assertNotIn(self.picking, held)
        self.sold.connector_hold = "changed"
        held = self.env["stock.picking"].search([("connector_hold", "!=", False)])
        self.assertIn(self.picking, held)
