from datetime import date
from decimal import Decimal, InvalidOperation

from django import forms
from django.conf import settings
from django.utils import formats, timezone
from django.utils.translation import gettext_lazy as _

from members.models import Competence, Municipality, Organization, Province

from .gaps import AXES, Status
from .models import Amendment, Approval, Experiment


class DayForm(forms.Form):
    """The day, and for the staff the province, that the figures speak of; today and home when nothing is said."""

    al = forms.DateField(
        label=_("Al giorno"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    provincia = forms.ModelChoiceField(Province.objects.all(), label=_("Provincia"), required=False, empty_label=None)

    comune = forms.ModelChoiceField(
        Municipality.objects.filter(pk__in=Organization.objects.values("municipality")),
        label=_("Comune"),
        required=False,
        empty_label=_("Tutti"),
    )

    def clean(self):
        """A comune of another province would be an empty answer to a wrong question."""
        values = super().clean()
        place, province = values.get("comune"), values.get("provincia")
        if place and place.province_id != (province.pk if province else settings.PORTAL["home_province"]):
            self.add_error("comune", _("Questo comune non è nella provincia scelta."))
        return values

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
    priorita = forms.ChoiceField(label=_("Priorità S3"), required=False)
    asse = forms.ChoiceField(
        choices=[(scheme, label) for scheme, label in AXES.items()], label=_("Tabella per"), required=False
    )

    def __init__(self, *args, priorities=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["priorita"].choices = [("", _("Tutte")), *((name, name) for name in priorities)]


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
                _("L'ultimo giorno viene dopo il primo, %(first)s.")
                % {"first": formats.date_format(self.starts_on, "j F Y").lower()}
            )
        return day


class ClosingForm(forms.Form):
    """The name of the experiment, typed; and the fingerprint of the figures that were looked at."""

    name = forms.CharField(label=_("Nome della sperimentazione"), max_length=120)
    seen = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def __init__(self, *args, experiment, **kwargs):
        super().__init__(*args, **kwargs)
        self.experiment = experiment
        self.fields["name"].help_text = _("Scrivere per intero: %(name)s") % {"name": experiment.name}

    def clean_name(self):
        name = self.cleaned_data["name"]
        if " ".join(name.split()) != " ".join(self.experiment.name.split()):
            raise forms.ValidationError(_("Il nome scritto non è quello della sperimentazione."))
        return name


class WithdrawalForm(forms.Form):
    reason = forms.CharField(
        label=_("Perché la chiusura si ritira"), max_length=500, help_text=_("Resta scritto accanto alla relazione.")
    )


class ApprovalForm(forms.ModelForm):
    """What the assembly decided."""

    class Meta:
        model = Approval
        fields = ["approved_on", "decision", "votes_for", "votes_against", "abstained", "protocol"]
        widgets = {"approved_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}

    def __init__(self, *args, closed_on: date, **kwargs):
        super().__init__(*args, **kwargs)
        self.closed_on = closed_on

    def clean_approved_on(self):
        day = self.cleaned_data["approved_on"]
        if day > timezone.localdate():
            raise forms.ValidationError(_("Questo giorno non è ancora venuto."))
        if day < self.closed_on:
            raise forms.ValidationError(_("L'assemblea non può averla approvata prima che fosse chiusa."))
        return day


class AmendmentForm(forms.ModelForm):
    """A change of what was promised: the new word is read as what it is, and the old one is noted beside it."""

    class Meta:
        model = Amendment
        fields = ["what", "measure", "after", "reason"]

    def clean(self):
        values = super().clean()
        what, after = values.get("what"), (values.get("after") or "").strip()
        if not what or not after or self.instance.pk:
            return values
        reads = {Amendment.What.ENDS_ON: self._day, Amendment.What.FEE: _amount, Amendment.What.TARGET: _number}
        try:
            values["after"] = reads.get(what, str)(after)
        except ValueError as error:
            self.add_error("after", str(error))
            return values
        values["before"] = self.instance.before = self._standing(what, values.get("measure"))
        if values["before"] == values["after"]:
            self.add_error("after", _("È già così."))
        return values

    def _day(self, text):
        try:
            day = forms.DateField().to_python(text)
        except forms.ValidationError as error:
            raise ValueError(_("Scrivere un giorno, per esempio 31/12/2030.")) from error
        if day <= self.instance.experiment.starts_on:
            raise ValueError(_("L'ultimo giorno viene dopo il primo."))
        return day.isoformat()

    def _standing(self, what, measure):
        experiment = self.instance.experiment
        if what == Amendment.What.TARGET:
            _first, value = experiment.promised_targets().get(measure, (None, None))
            return "" if value is None else str(value)
        value = experiment.promise(what)
        return value.isoformat() if what == Amendment.What.ENDS_ON else str(value)


def _amount(text):
    try:
        amount = Decimal(text.replace(",", "."))
    except InvalidOperation as error:
        raise ValueError(_("Scrivere un importo, per esempio 120,00.")) from error
    if not amount.is_finite():
        raise ValueError(_("Scrivere un importo, per esempio 120,00."))
    if not 0 <= amount < Decimal(10) ** 8:
        raise ValueError(_("L'importo è fra zero e cento milioni."))
    return f"{amount:.2f}"


def _number(text):
    if not (text.isascii() and text.isdigit() and int(text) < 2**31):
        raise ValueError(_("Scrivere un numero intero, per esempio 15."))
    return str(int(text))


class SectorForm(forms.Form):
    """How many adhesions, of firms like those of which sectors."""

    quante = forms.IntegerField(label=_("Quante adesioni"), min_value=0, max_value=200, required=False)
    s = forms.MultipleChoiceField(
        label=_("Di imprese come quelle di questi settori"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args, sectors, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["s"].choices = [(one.code, f"{one.code} {one.title} ({one.waiting})") for one in sectors]
        self.fields["s"].help_text = _("Fra parentesi le imprese che potrebbero aderire. Nessuna scelta: tutti.")

    def chosen(self, sectors):
        wanted = self.cleaned_data["s"]
        return [one for one in sectors if not wanted or one.code in wanted]
