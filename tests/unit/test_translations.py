"""Every text of the add-ons has its Indonesian translation, fit to be shown."""

import re
from pathlib import Path

import polib
import pytest

ADDONS = Path(__file__).parents[2] / "addons"
TEMPLATES = sorted(ADDONS.glob("*/i18n/*.pot"))
PLACEHOLDER = re.compile(r"%(?:\(\w+\))?[sdr]")
TAG = re.compile(r"</?\w+")


@pytest.fixture(params=TEMPLATES, ids=lambda path: path.stem)
def terms(request):
    """[(text of the template, its entry in id.po or None)]"""
    translated = polib.pofile(request.param.with_name("id.po"))
    by_text = {entry.msgid: entry for entry in translated if not entry.obsolete}
    return [(e.msgid, by_text.get(e.msgid)) for e in polib.pofile(request.param)]


def test_there_are_templates():
    assert TEMPLATES


def test_every_text_is_translated_and_none_is_a_guess(terms):
    open_terms = [
        text
        for text, entry in terms
        if entry is None or not entry.msgstr.strip() or entry.fuzzy
    ]
    assert open_terms == []


def test_a_translation_keeps_the_placeholders_of_its_text(terms):
    wrong = [
        text
        for text, entry in terms
        if sorted(PLACEHOLDER.findall(text))
        != sorted(PLACEHOLDER.findall(entry.msgstr))
    ]
    assert wrong == []


def test_a_translation_keeps_the_markup_of_its_text(terms):
    wrong = [
        text
        for text, entry in terms
        if sorted(TAG.findall(text)) != sorted(TAG.findall(entry.msgstr))
    ]
    assert wrong == []
