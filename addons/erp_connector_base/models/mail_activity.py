"""Activities that the suite raises: one for each cause, done when its cause is gone."""

from psycopg2 import errors as pg

from odoo import api, fields, models
from odoo.fields import Domain


class MailActivity(models.Model):
    _inherit = "mail.activity"

    connector_cause = fields.Char(
        "Connector Cause",
        readonly=True,
        copy=False,
        help="What this activity was raised for. There is one open activity for each "
        "record and cause; it is done by itself when the cause is gone.",
    )

    _connector_cause_uniq = models.UniqueIndex(
        "(res_model, res_id, connector_cause) WHERE connector_cause IS NOT NULL "
        "AND active",
        "This activity is open already.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        """Only the suite says what an activity was raised for: an open one keeps the
        next of its cause away."""
        if not self.env.su:
            vals_list = [{**vals, "connector_cause": False} for vals in vals_list]
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su:
            vals = {k: v for k, v in vals.items() if k != "connector_cause"}
        return super().write(vals)

    @api.model
    def _connector_raise(self, records, cause, user, summary, note):
        """An activity on each of `records` that has no open one of this cause.

        Two workers may see the same cause at once: the index lets one of them through.
        """
        open_ids = set(self.sudo()._connector_open(records, cause).mapped("res_id"))
        for record in records.filtered(lambda r: r.id not in open_ids):
            try:
                with self.env.cr.savepoint():
                    record.sudo().activity_schedule(
                        "mail.mail_activity_data_todo",
                        summary=summary,
                        note=note,
                        user_id=user.id,
                        connector_cause=cause,
                    )
            except pg.UniqueViolation:
                continue

    @api.model
    def _connector_settle(self, records, causes):
        """The causes are gone: their open activities on `records` are done."""
        found = self.sudo()._connector_open(records, causes)
        if found:
            found.write({"active": False})

    @api.model
    def _connector_open(self, records, causes):
        causes = [causes] if isinstance(causes, str) else list(causes)
        return self.search(
            [
                ("res_model", "=", records._name),
                ("res_id", "in", records.ids),
                ("connector_cause", "in", causes),
            ]
        )

    @api.model
    def _connector_adopt(self, records, cause, summaries):
        """Activities that an older version raised on `records` belong to a cause.

        `summaries`: what stands before, and after, the names in them, in each language.
        One for each record is kept, so that it is done when its cause is gone.
        """
        like = [
            [("summary", "=like", f"{before}%{after}")] for before, after in summaries
        ]
        found = self.sudo().search(
            Domain("res_model", "=", records._name)
            & Domain("res_id", "in", records.ids)
            & Domain("connector_cause", "=", False)
            & Domain.OR(like),
            order="id",
        )
        raised = set(self.sudo()._connector_open(records, cause).mapped("res_id"))
        for record_id, activities in found.grouped("res_id").items():
            kept = activities[: record_id not in raised]
            (activities - kept).active = False
            kept.connector_cause = cause
