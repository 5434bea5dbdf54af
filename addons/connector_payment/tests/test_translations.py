"""The translation template holds every text that the add-on shows today."""

from odoo.addons.erp_connector_base.tests.translations import TemplateMixin
from odoo.tests import TransactionCase, tagged


@tagged("post_install", "-at_install")
class TestTranslations(TemplateMixin, TransactionCase):
    module = "connector_payment"
