"""The batched reservation books what Odoo's own would, also when stock runs short."""

from odoo.fields import Command

from .common import MarketCase


class TestReserve(MarketCase):
    def set_stock(self, sku, quantity):
        product = self.product(sku)
        quants = self.env["stock.quant"].search(
            [("product_id", "=", product.id), ("location_id.usage", "=", "internal")]
        )
        quants.sudo().unlink()
        location = self.backend.warehouse_id.lot_stock_id
        if quantity:
            quants._update_available_quantity(product, location, quantity)
        return product

    def booked(self, product):
        """(on quants, on move lines): reserved pieces of `product`; always the same."""
        quants = self.env["stock.quant"].search(
            [("product_id", "=", product.id), ("location_id.usage", "=", "internal")]
        )
        lines = self.env["stock.move.line"].search(
            [("product_id", "=", product.id), ("state", "not in", ("done", "cancel"))]
        )
        return (sum(quants.mapped("reserved_quantity")), sum(lines.mapped("quantity")))

    def test_enough_stock_is_reserved_for_every_order_of_the_batch(self):
        product = self.set_stock("SKU-001", 100)
        sales = self.place(10, skus=["SKU-001"], quantity=3)
        self.assertEqual(set(sales.picking_ids.mapped("state")), {"assigned"})
        self.assertEqual(self.booked(product), (30, 30))

    def test_scarce_stock_is_shared_out_and_never_oversold(self):
        product = self.set_stock("SKU-001", 7)
        sales = self.place(5, skus=["SKU-001"], quantity=2)
        states = sorted(sales.picking_ids.move_ids.mapped("state"))
        self.assertEqual(
            states, ["assigned"] * 3 + ["confirmed"] + ["partially_available"]
        )
        self.assertEqual(self.booked(product), (7, 7))

    def test_what_a_shelf_lacks_is_taken_from_the_next_one(self):
        product = self.set_stock("SKU-001", 3)
        shelf = self.env["stock.location"].create(
            {"name": "Shelf", "location_id": self.backend.warehouse_id.lot_stock_id.id}
        )
        self.env["stock.quant"]._update_available_quantity(product, shelf, 5)
        sales = self.place(4, skus=["SKU-001"], quantity=2)
        self.assertEqual(set(sales.picking_ids.mapped("state")), {"assigned"})
        self.assertEqual(self.booked(product), (8, 8))

    def test_cancelling_frees_exactly_what_was_reserved(self):
        product = self.set_stock("SKU-001", 100)
        sales = self.place(4, skus=["SKU-001"], quantity=3)
        sales[0]._action_cancel()
        self.assertEqual(self.booked(product), (9, 9))

    def test_shipping_takes_the_reserved_pieces_away(self):
        product = self.set_stock("SKU-001", 100)
        sales = self.place(3, skus=["SKU-001"], quantity=2)
        sales[0].picking_ids.move_ids.picked = True
        sales[0].picking_ids._action_done()
        self.assertEqual(self.booked(product), (4, 4))
        self.assertEqual(product.qty_available, 98)

    def test_with_two_steps_the_pick_is_reserved(self):
        self.backend.warehouse_id.delivery_steps = "pick_ship"
        product = self.set_stock("SKU-001", 100)
        sales = self.place(3, skus=["SKU-001"], quantity=2)
        picks = sales.picking_ids.filtered(lambda p: p.picking_type_code == "internal")
        self.assertEqual(picks.mapped("state"), ["assigned"] * 3)
        self.assertEqual(self.booked(product), (6, 6))

    def test_by_hand_means_that_nothing_is_reserved(self):
        self.backend.warehouse_id.out_type_id.reservation_method = "manual"
        product = self.set_stock("SKU-001", 100)
        sales = self.place(2, skus=["SKU-001"])
        self.assertEqual(sales.mapped("state"), ["sale", "sale"])
        self.assertEqual(self.booked(product), (0, 0))

    def test_tracked_products_are_left_to_odoo(self):
        product = self.set_stock("SKU-001", 0)
        product.tracking = "lot"
        lot = self.env["stock.lot"].create({"name": "L1", "product_id": product.id})
        self.env["stock.quant"]._update_available_quantity(
            product, self.backend.warehouse_id.lot_stock_id, 10, lot_id=lot
        )
        sales = self.place(2, skus=["SKU-001"], quantity=2)
        self.assertEqual(sales.picking_ids.move_line_ids.lot_id, lot)
        self.assertEqual(self.booked(product), (4, 4))

    def test_orders_of_one_buyer_are_still_two_parcels(self):
        sales = self.place(2, skus=["SKU-001"], buyer=0)
        self.assertEqual(len(sales.partner_id), 1)
        self.assertEqual([len(s.picking_ids) for s in sales], [1, 1])
        self.assertNotEqual(sales[0].picking_ids, sales[1].picking_ids)

    def test_an_order_of_services_makes_no_parcel(self):
        product = self.product("SKU-001")
        service = self.env["product.product"].create(
            {"name": "Gift wrap", "type": "service", "default_code": "WRAP"}
        )
        product.default_code = False
        self.env["erp.connector.binding"].search(
            [("res_id", "=", product.id), ("res_model", "=", "product.product")]
        ).unlink()
        service.default_code = "SKU-001"
        service.taxes_id = [Command.clear()]
        sales = self.place(1, skus=["SKU-001"])
        self.assertEqual((sales.state, len(sales.picking_ids)), ("sale", 0))
