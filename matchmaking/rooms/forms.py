"""Forms of the rooms, of introductions and of tailored services. A key in each makes a double click one line."""

from django import forms
from django.db.models import Sum
from django.utils import timezone
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from members.models import Organization

from ..algorithms import file_types
from ..models import Outcome, RoomFile
from ..widgets import KeyedForm


def _file_help():
    said = {"most": file_types.LARGEST // 2**20, "kinds": file_types.kinds()}
    return _("Fino a %(most)d MB: %(kinds)s. Lo aprono solo le due parti.") % said


class MessageForm(KeyedForm):
    text = forms.CharField(
        label=_("Messaggio"), max_length=8000, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )
    file = forms.FileField(
        label=_("File"),
        required=False,
        max_length=200,
        help_text=lazy(_file_help, str)(),
        error_messages={"empty": _("Il file è vuoto.")},
    )

    def __init__(self, *args, room, **kwargs):
        super().__init__(*args, **kwargs)
        self.room = room

    def clean_file(self):
        upload = self.cleaned_data["file"]
        if not upload:
            return None
        if upload.size > file_types.LARGEST:
            raise forms.ValidationError(_("Il file supera i %(most)d MB.") % {"most": file_types.LARGEST // 2**20})
        if not file_types.is_allowed(upload.name, upload.read(file_types.HEAD)):
            raise forms.ValidationError(_("Questo tipo di file non si può mandare, o il contenuto non è del suo tipo."))
        upload.seek(0)
        held = RoomFile.objects.filter(message__room=self.room).aggregate(bytes=Sum("size"))["bytes"] or 0
        if held + upload.size > file_types.ROOM_HOLDS:
            full = _("La stanza è piena: insieme i file non possono superare i %(most)d MB.")
            raise forms.ValidationError(full % {"most": file_types.ROOM_HOLDS // 2**20})
        return upload

    def clean(self):
        if not self.errors and not self.cleaned_data.get("text", "").strip() and not self.cleaned_data.get("file"):
            self.add_error("text", _("Scrivi qualcosa, o scegli un file."))
        return super().clean()


class NextStepForm(forms.Form):
    step = forms.CharField(label=_("Prossimo passo"), max_length=300)
    on = forms.DateField(
        label=_("Entro il"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def clean_on(self):
        on = self.cleaned_data["on"]
        if on and on < timezone.localdate():
            raise forms.ValidationError(_("Questa data è già passata."))
        return on


class OutcomeForm(forms.Form):
    answer = forms.ChoiceField(choices=Outcome.Answer.choices)


class IntroductionForm(KeyedForm):
    first = forms.ModelChoiceField(Organization.objects.none(), label=_("Chi"), to_field_name="slug")
    second = forms.ModelChoiceField(Organization.objects.none(), label=_("A chi"), to_field_name="slug")
    title = forms.CharField(label=_("Di che cosa potrebbero parlare"), max_length=200)
    text = forms.CharField(
        label=_("Perché presentarli"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("Lo leggono tutti e due. Niente recapiti: si scambiano quando tutti e due hanno detto di sì."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("first", "second"):
            self.fields[name].queryset = Organization.objects.published()

    def clean(self):
        first, second = self.cleaned_data.get("first"), self.cleaned_data.get("second")
        if first and first == second:
            self.add_error("second", _("Servono due organizzazioni diverse."))
        return super().clean()
