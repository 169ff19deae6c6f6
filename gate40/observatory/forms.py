from datetime import date

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.models import Competence, Province

from .gaps import Status
from .models import Experiment


class DayForm(forms.Form):
    """The day, and for the staff the province, that the figures speak of; today and home when nothing is said."""

    al = forms.DateField(
        label=_("Al giorno"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    provincia = forms.ModelChoiceField(Province.objects.all(), label=_("Provincia"), required=False, empty_label=None)

    def clean_al(self):
        day = self.cleaned_data["al"]
        if day and day > timezone.localdate():
            raise forms.ValidationError(_("Questo giorno non è ancora venuto: i fatti arrivano fino a oggi."))
        return day


class GapFilter(forms.Form):
    """Which competences to look at."""

    ramo = forms.ModelChoiceField(
        Competence.objects.branches(), to_field_name="code", label=_("Ramo"), required=False, empty_label=_("Tutti")
    )
    stato = forms.ChoiceField(choices=[("", _("Tutti i divari")), *Status.choices], label=_("Stato"), required=False)


class ExtensionForm(forms.Form):
    """The name and the last day of the experiment that follows."""

    name = forms.CharField(label=_("Nome"), max_length=120)
    ends_on = forms.DateField(
        label=_("Ultimo giorno"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args, starts_on: date, **kwargs):
        super().__init__(*args, **kwargs)
        self.starts_on = starts_on

    def clean_name(self):
        name = self.cleaned_data["name"]
        if Experiment.objects.filter(name=name).exists():
            raise forms.ValidationError(_("C'è già una sperimentazione con questo nome."))
        return name

    def clean_ends_on(self):
        day = self.cleaned_data["ends_on"]
        if day <= self.starts_on:
            raise forms.ValidationError(
                _("L'ultimo giorno viene dopo il primo, %(first)s.") % {"first": self.starts_on}
            )
        return day
