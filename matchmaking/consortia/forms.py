"""Forms of the partnership builder and of its shared space. Fields that stand in an address have Italian names."""

import re

from django import forms
from django.utils.translation import gettext_lazy as _

from ..models import Consortium, ConsortiumNote
from ..widgets import DayInput, plain_helper
from . import partnerships

MOST_EUROS = 2_000_000_000


class EuroField(forms.CharField):
    """Whole euros as people write them: "400.000", "400000 €", "400.000,00"."""

    widget = forms.TextInput(attrs={"inputmode": "numeric", "maxlength": 20})

    def to_python(self, value):
        text = re.sub(r"(,00?|[\s€.])", "", super().to_python(value) or "")
        if not text:
            return None
        if not re.fullmatch(r"[0-9]{1,10}", text) or not 0 < int(text) <= MOST_EUROS:
            raise forms.ValidationError(_("Scrivi un importo in euro interi, per esempio 400.000."))
        return int(text)


class BuilderForm(forms.Form):
    """What the builder reads from the address, beside the partners."""

    soglia = forms.TypedChoiceField(
        label=_("Quando una competenza è coperta"),
        coerce=int,
        choices=[(number, text) for number, text in partnerships.THRESHOLDS.items()],
    )
    costo = EuroField(label=_("Costo del progetto (euro)"), required=False)

    def __init__(self, data):
        asked = {name: data[name] for name in self.base_fields if data.get(name)}
        super().__init__({"soglia": partnerships.THRESHOLD, **asked})
        self.helper = plain_helper()

    def value(self, name, default=None):
        """What was asked, or the default where it was not, or makes no sense."""
        self.is_valid()
        return getattr(self, "cleaned_data", {}).get(name) or default


class PartnershipNoteForm(forms.ModelForm):
    class Meta:
        model = ConsortiumNote
        fields = ["text", "due_on"]
        widgets = {"text": forms.Textarea(attrs={"rows": 3}), "due_on": DayInput()}


class SettingsForm(forms.ModelForm):
    cost = EuroField(label=_("Costo del progetto (euro)"), required=False)

    class Meta:
        model = Consortium
        fields = ["name", "cost", "is_open_to_financiers"]
