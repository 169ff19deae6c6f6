"""The form of a search in one's own words."""

from django import forms
from django.utils.translation import gettext_lazy as _

from ..widgets import plain_helper


class TextSearchForm(forms.Form):
    """What somebody looks for, in their own words. Its field stands in the address, so it has an Italian name."""

    testo = forms.CharField(
        label=_("Che cosa cercate"),
        help_text=_("Una frase o un paragrafo, in italiano o in inglese. Non scrivere dati riservati."),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = plain_helper()
