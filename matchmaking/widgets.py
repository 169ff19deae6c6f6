"""Pieces of forms that every wing uses: a quick select, a day, fields without a frame, a key against double clicks."""

import uuid

from crispy_forms.helper import FormHelper
from django import forms
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe


class LongSelect(forms.Select):
    """A select of many options, written in one go: Django renders a template for each."""

    def render(self, name, value, attrs=None, renderer=None):
        chosen = {str(each) for each in self.format_value(value)}
        marked = ((code, mark_safe(" selected") if str(code) in chosen else "", label) for code, label in self.choices)
        inner = format_html_join("\n", '<option value="{}"{}>{}</option>', marked)
        return format_html('<select name="{}"{}>{}</select>', name, flatatt({**self.attrs, **(attrs or {})}), inner)


class DayInput(forms.DateInput):
    """The browser's own calendar; without one, a date as people write it."""

    input_type = "date"

    def __init__(self, **kwargs):
        super().__init__(format="%Y-%m-%d", **kwargs)


def plain_helper():
    """The fields alone: each page writes its form and its buttons."""
    helper = FormHelper()
    helper.form_tag = False
    helper.disable_csrf = True
    return helper


class KeyedForm(forms.Form):
    """Carries a key made with the page: sent twice, it is the same thing."""

    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["key"].initial = uuid.uuid4
