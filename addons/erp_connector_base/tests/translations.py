"""A check that every add-on's translation template passes."""

import polib

from odoo.tools import file_path
from odoo.tools.translate import TranslationModuleReader


class TemplateMixin:
    """For a TransactionCase; `module` is the add-on whose template is looked at."""

    module = ""

    def test_the_template_is_up_to_date(self):
        template = file_path(f"{self.module}/i18n/{self.module}.pot")
        known = {entry.msgid for entry in polib.pofile(template)}
        shown = {
            source
            for _module, _type, _name, record, source, *_ in TranslationModuleReader(
                self.env.cr, modules=[self.module]
            )
            if not self.is_lent(record)
        }
        self.assertEqual(shown - known, set(), "run setup/translate")
        self.assertEqual(
            known - shown - self.lent_texts(), set(), "run setup/translate"
        )

    def is_lent(self, record):
        """Whether a text is of a field that another add-on gives to every model."""
        return str(record).rpartition("__")[2] in self.lent_fields()

    def lent_fields(self):
        return {field.name for field in self.fields_of_ours() if self.lends(field)}

    def lent_texts(self):
        lent = [field for field in self.fields_of_ours() if self.lends(field)]
        return {text for field in lent for text in (field.string, field.help)}

    def lends(self, field):
        return field._module not in (self.module, "base", "mail", None)

    def fields_of_ours(self):
        return [
            field
            for model in self.env.registry.values()
            if model._original_module == self.module
            for field in model._fields.values()
        ]
