from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL


class ErpConnectorBinding(models.Model):
    _name = "erp.connector.binding"
    _description = "Connector Mapping"
    _inherit = "erp.connector.owned"
    _order = "is_missing desc, waiting_count desc, id desc"
    _rec_name = "external_name"

    backend_id = fields.Many2one(
        "erp.connector.backend",
        "Account",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        related="backend_id.company_id", store=True, precompute=True, index=True
    )
    kind = fields.Char(
        required=True, index=True, help="What is mapped: product, buyer, order, …"
    )
    kind_name = fields.Char("Kind of Record", compute="_compute_kind_name")
    external_id = fields.Char("Platform ID", required=True)
    external_name = fields.Char("Platform Name")
    res_model = fields.Char("Model")
    res_id = fields.Many2oneReference("Record ID", model_field="res_model", index=True)
    record_ref = fields.Reference(
        selection="_selection_record",
        string="Odoo Record",
        compute="_compute_record_ref",
        inverse="_inverse_record_ref",
    )
    is_missing = fields.Boolean(
        "Needs mapping", compute="_compute_is_missing", store=True, precompute=True
    )
    waiting_ids = fields.Many2many(
        "erp.connector.message",
        "erp_connector_binding_waiting_rel",
        "binding_id",
        "message_id",
        string="Waiting Messages",
        readonly=True,
    )
    waiting_count = fields.Integer(
        "Waiting", compute="_compute_waiting_count", store=True
    )

    _external_uniq = models.UniqueIndex(
        "(backend_id, kind, external_id)",
        "This platform ID is mapped already on this account.",
    )
    _record_idx = models.Index("(res_model, res_id)")

    @api.model
    def _selection_record(self):
        """Models a person may choose from; add-ons add theirs."""
        return []

    @api.model
    def _kinds(self):
        """{kind: what people call it}; add-ons add theirs."""
        return {}

    @api.depends("kind")
    @api.depends_context("lang")
    def _compute_kind_name(self):
        names = self._kinds()
        for binding in self:
            binding.kind_name = names.get(binding.kind, binding.kind)

    @api.depends("res_id")
    def _compute_is_missing(self):
        for binding in self:
            binding.is_missing = not binding.res_id

    @api.depends("waiting_ids")
    def _compute_waiting_count(self):
        for binding in self:
            binding.waiting_count = len(binding.waiting_ids)

    @api.depends("res_model", "res_id")
    def _compute_record_ref(self):
        choosable = dict(self._selection_record())
        for model, bindings in self.grouped("res_model").items():
            ids = [binding.res_id for binding in bindings if binding.res_id]
            there = (
                self.env[model].browse(ids).exists().ids if model in choosable else []
            )
            for binding in bindings:
                known = binding.res_id in there
                binding.record_ref = f"{model},{binding.res_id}" if known else False

    def _inverse_record_ref(self):
        for binding in self:
            record = binding.record_ref
            binding.write(
                {
                    "res_model": record._name if record else binding.res_model,
                    "res_id": record.id if record else False,
                }
            )

    @api.constrains("res_model", "res_id", "backend_id")
    def _check_company(self):
        for binding in self.filtered("res_id"):
            record = self.env[binding.res_model].sudo().browse(binding.res_id).exists()
            company = "company_id" in record._fields and record.company_id
            if company and company not in binding.company_id.sudo().parent_ids:
                raise ValidationError(
                    self.env._(
                        "%(record)s belongs to %(other)s, but the account %(backend)s "
                        "belongs to %(company)s. Choose a record of that company.",
                        record=record.display_name,
                        other=company.name,
                        backend=binding.backend_id.name,
                        company=binding.company_id.name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        """What a person types is compared to the letter later on."""
        for vals in vals_list:
            if vals.get("kind"):
                vals["kind"] = vals["kind"].strip().lower()
            if vals.get("external_id"):
                vals["external_id"] = vals["external_id"].strip()
        return super().create(vals_list)

    def write(self, vals):
        result = super().write(vals)
        if vals.get("res_id"):
            self._release()
        return result

    def unlink(self):
        """What waited for a mapping that is deleted is worked anew: it waits for the
        row that then takes its place, or goes on without."""
        messages = self.sudo().waiting_ids.filtered(lambda m: m.state == "waiting")
        result = super().unlink()
        alone = messages.filtered(lambda m: not m.waiting_for_ids)
        alone._requeue(self.env._("Mapping deleted"))
        return result

    @api.model
    def _follow_merge(self, model, sources, target):
        """Records of `model` became one: what stood for them stands for `target`."""
        bindings = self.sudo().search(
            [("res_model", "=", model), ("res_id", "in", sources.ids)]
        )
        company = "company_id" in target._fields and target.sudo().company_id
        strange = bindings.filtered(
            lambda b: company and company not in b.company_id.parent_ids
        )
        strange.unlink()
        (bindings - strange).write({"res_id": target.id})

    def _release(self):
        """Let every message go that waited for these mappings and for no other.

        One that is being worked, or has ended otherwise, does not wait any more.
        """
        mapped = self.filtered("res_id")
        messages = mapped.waiting_ids
        if not messages:
            return
        mapped.sudo().waiting_ids = [fields.Command.clear()]
        still = self.sudo().search([("waiting_ids", "in", messages.ids)]).waiting_ids
        waiting = (messages - still).filtered(lambda m: m.state == "waiting")
        waiting._requeue(self.env._("Mapping added"))

    # ---- screens ------------------------------------------------------------------

    def action_map(self):
        """The one question a missing mapping asks, in a dialogue."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Map %s", self.external_name or self.external_id),
            "res_model": self._name,
            "res_id": self.id,
            "views": [
                (
                    self.env.ref(
                        "erp_connector_base.erp_connector_binding_view_form_map"
                    ).id,
                    "form",
                )
            ],
            "target": "new",
        }

    def action_open_waiting(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "erp_connector_base.erp_connector_message_action_all"
        )
        return {
            **action,
            "domain": [("waiting_for_ids", "in", self.ids)],
            "context": {},
        }

    # ---- lookups, in one query each --------------------------------------------------

    @api.model
    def _find(self, backend, kind, external_ids):
        """{external id: res_id} of those that are mapped."""
        self.flush_model(["backend_id", "kind", "external_id", "res_id"])
        self.env.cr.execute(
            SQL(
                """
                SELECT external_id, res_id FROM erp_connector_binding
                 WHERE backend_id = %s AND kind = %s AND external_id = ANY(%s)
                   AND res_id IS NOT NULL AND res_id != 0
                """,
                backend.id,
                kind,
                list(external_ids),
            )
        )
        return dict(self.env.cr.fetchall())

    @api.model
    def _bind(self, backend, kind, records, names=None):
        """Map {external id: record}. A mapping that exists is never replaced here.

        Two workers that bind the same id at once: one of them fails on the unique
        index and the engine runs its batch again, when it finds the other's record.
        """
        names = names or {}
        self.sudo().create(
            [
                {
                    "backend_id": backend.id,
                    "kind": kind,
                    "external_id": external_id,
                    "external_name": names.get(external_id, external_id),
                    "res_model": record._name,
                    "res_id": record.id,
                }
                for external_id, record in records.items()
            ]
        )

    @api.model
    def _wait(self, backend, waits):
        """Park messages: `waits` is [(message, kind, external id, label)].

        Each missing mapping gets one row, however many messages wait for it.
        """
        keys = {(kind, external_id): label for _m, kind, external_id, label in waits}
        found = self.sudo().search(
            [
                ("backend_id", "=", backend.id),
                ("kind", "in", list({kind for kind, _id in keys})),
                ("external_id", "in", list({external_id for _k, external_id in keys})),
            ]
        )
        rows = {(b.kind, b.external_id): b for b in found}
        new = [key for key in keys if key not in rows]
        created = self.sudo().create(
            [
                {
                    "backend_id": backend.id,
                    "kind": kind,
                    "external_id": external_id,
                    "external_name": keys[(kind, external_id)],
                }
                for kind, external_id in new
            ]
        )
        rows.update(zip(new, created, strict=True))
        for key, binding in rows.items():
            ids = [m.id for m, kind, ext, _l in waits if (kind, ext) == key]
            if ids:
                binding.waiting_ids = [fields.Command.link(i) for i in ids]
