from datetime import timedelta

import pytz

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ErpConnectorBlackout(models.Model):
    _name = "erp.connector.blackout"
    _description = "Connector Blackout Window"
    _inherit = "erp.connector.owned"
    _order = "backend_id, kind, hour_from"

    backend_id = fields.Many2one(
        "erp.connector.backend",
        "Account",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="backend_id.company_id", store=True)
    kind = fields.Selection(
        [
            ("daily", "Every day between two hours"),
            ("month_end", "Month end, while the books are closed"),
        ],
        required=True,
        default="daily",
    )
    topic = fields.Char(
        help="Hold only this topic (for example order.status). Empty: hold everything."
    )
    hour_from = fields.Float("From", default=0.0)
    hour_to = fields.Float("To", default=4.0)
    days_before = fields.Integer(
        "Days before month end", default=1, help="The hold starts this many days early."
    )
    days_after = fields.Integer(
        "Days after month end",
        default=3,
        help="The hold ends after these days, or as soon as the company's accounting "
        "lock date covers the closed month.",
    )

    @api.constrains("hour_from", "hour_to", "days_before", "days_after")
    def _check_bounds(self):
        for window in self:
            if not (0 <= window.hour_from <= 24 and 0 <= window.hour_to <= 24):
                raise ValidationError(
                    self.env._(
                        "Blackout of %s: From and To are hours between 0 and 24.",
                        window.backend_id.name,
                    )
                )
            if min(window.days_before, window.days_after) < 0:
                raise ValidationError(
                    self.env._(
                        "Blackout of %s: the days must not be negative.",
                        window.backend_id.name,
                    )
                )

    def _is_open_at(self, moment):
        """Whether this window holds messages at `moment` (naive UTC)."""
        self.ensure_one()
        zone = pytz.timezone(self.backend_id.tz or "UTC")
        local = pytz.utc.localize(moment).astimezone(zone)
        if self.kind == "daily":
            return self._covers_hour(local.hour + local.minute / 60)
        return self._covers_day(local.date())

    def _covers_hour(self, hour):
        if self.hour_from <= self.hour_to:
            return self.hour_from <= hour < self.hour_to
        return hour >= self.hour_from or hour < self.hour_to

    def _covers_day(self, day):
        first_of_month = day.replace(day=1)
        last_of_month = (first_of_month + timedelta(days=32)).replace(
            day=1
        ) - timedelta(days=1)
        if (last_of_month - day).days < self.days_before:
            return True
        closed_month_end = first_of_month - timedelta(days=1)
        in_days_after = (day - closed_month_end).days <= self.days_after
        return in_days_after and not self._is_locked(closed_month_end)

    def _is_locked(self, day):
        company = self.backend_id.company_id
        lock_date = "fiscalyear_lock_date" in company._fields and (
            company.fiscalyear_lock_date
        )
        return bool(lock_date and lock_date >= day)
