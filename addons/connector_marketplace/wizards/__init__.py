from . import connector_marketplace_map
