"""English for whoever chooses it: no string without a translation, and the compiled file is today's."""

import re

import polib

from gate40 import catalogue

ARTICLES = {"%(to)s", "%(own_to)s"}  # Italian needs one before a percentage, English does not
PLACEHOLDER = re.compile(r"%\(\w+\)s|%%")


def stored():
    return polib.pofile(str(catalogue.catalogue_path()))


def test_every_marked_string_is_in_the_catalogue_and_no_other():
    marked = {(context, text) for context, text, _plural in catalogue.strings()}
    assert marked == {(entry.msgctxt, entry.msgid) for entry in stored()}


def test_every_string_is_translated():
    assert [entry.msgid for entry in stored().untranslated_entries()] == []


def test_translations_keep_their_placeholders():
    for entry in stored():
        said = [entry.msgstr, *entry.msgstr_plural.values()]
        for text in filter(None, said):
            assert set(PLACEHOLDER.findall(text)) <= set(PLACEHOLDER.findall(entry.msgid + entry.msgid_plural)), (
                entry.msgid
            )
        if not entry.msgid_plural:
            articles = ARTICLES if "%%" in entry.msgid else set()
            wanted = [found for found in PLACEHOLDER.findall(entry.msgid) if found not in articles]
            assert sorted(wanted) == sorted(PLACEHOLDER.findall(entry.msgstr)), entry.msgid


def test_the_compiled_catalogue_is_the_one_that_was_written():
    compiled = catalogue.catalogue_path().with_suffix(".mo").read_bytes()
    assert compiled == stored().to_binary()


def test_the_collector_sees_code_and_templates(tmp_path):
    code = 'x = _("Salva")\ny = pgettext("menu", "Home")\nz = ngettext("uno", "molti", n)\nw = _now("Adesso")'
    assert list(catalogue._calls(code)) == [
        (None, "Salva", None),
        ("menu", "Home", None),
        (None, "uno", "molti"),
        (None, "Adesso", None),
    ]
    template = '{% load i18n %}{% translate "Ciao (a tutti)" %}'
    template += "{% blocktranslate with a=b %}Ecco {{ a }}{% endblocktranslate %}"
    assert list(catalogue._calls(catalogue._template_code(template))) == [
        (None, "Ciao (a tutti)", None),
        (None, "Ecco %(a)s", None),
    ]
