from odoo.http import HttpDispatcher


class RawDispatcher(HttpDispatcher):
    """For routes that want the body as it came: signatures are over the raw bytes.

    Odoo's own dispatcher parses forms before the route is called, which uses them up.
    """

    routing_type = "connector_raw"

    def dispatch(self, endpoint, args):
        self.request.params = dict(args)
        return self.request.registry["ir.http"]._dispatch(endpoint)
