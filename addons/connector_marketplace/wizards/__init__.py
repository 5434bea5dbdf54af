from . import connector_marketplace_map, sale_mass_cancel_orders
