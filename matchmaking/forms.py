"""Forms for browsing opportunities and for asking in one's own words."""

from crispy_forms.helper import FormHelper
from django import forms
from django.utils.translation import gettext_lazy as _

from members.models import Competence

from .models import Opportunity


class OpportunitySearchForm(forms.Form):
    """The filters of the list of opportunities."""

    q = forms.CharField(label=_("Parole"), max_length=200, required=False)
    kind = forms.ChoiceField(label=_("Tipo"), choices=[("", _("Tutti")), *Opportunity.Kind.choices], required=False)
    competence = forms.ModelChoiceField(
        Competence.objects.none(),
        label=_("Competenza richiesta"),
        empty_label=_("Tutte"),
        to_field_name="code",
        required=False,
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["competence"].queryset = Competence.objects.exclude(code__startswith=Competence.APPLICATION_FIELDS)
        self.fields["competence"].label_from_instance = lambda found: "\u2003" * found.code.count(".") + found.name
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True

    def found(self):
        """The open opportunities that the filters leave; all of them when a filter makes no sense."""
        opportunities = Opportunity.objects.open()
        if not self.is_valid():
            return opportunities
        chosen = self.cleaned_data
        if chosen["q"]:
            opportunities = opportunities.worded_like(chosen["q"])
        if chosen["kind"]:
            opportunities = opportunities.of_kind(chosen["kind"])
        if chosen["competence"]:
            opportunities = opportunities.requiring(chosen["competence"].code)
        return opportunities


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
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
