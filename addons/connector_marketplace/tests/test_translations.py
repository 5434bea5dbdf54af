"""The translation template holds every text that the add-on shows today."""

import polib

from odoo.tests import TransactionCase, tagged
from odoo.tools import file_path
from odoo.tools.translate import TranslationModuleReader


@tagged("post_install", "-at_install")
class TestTranslations(TransactionCase):
    module = "connector_marketplace"

    def test_the_template_is_up_to_date(self):
        template = file_path(f"{self.module}/i18n/{self.module}.pot")
        known = {entry.msgid for entry in polib.pofile(template)}
        shown = {
            source
            for _module, _type, _name, _id, source, *_ in TranslationModuleReader(
                self.env.cr, modules=[self.module]
            )
        }
        self.assertEqual(shown - known, set(), "export the template again")
        self.assertEqual(known - shown, set(), "export the template again")
