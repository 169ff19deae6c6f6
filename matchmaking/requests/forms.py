"""Forms of requests: what is asked, what is answered, and why not."""

import uuid
from urllib.parse import urlsplit

from django import forms
from django.db import transaction
from django.forms import inlineformset_factory
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.models import Organization
from members.profiles.forms import RowForm, RowFormSet

from ..algorithms import nda_text
from ..matching.mutes import firms, sectors
from ..models import CollaborationRequest, Invitation, Mute, RequestedCompetence
from ..widgets import DayInput, LongSelect, plain_helper
from . import requests
from .disclosure import blurred
from .invitations import ANSWER, REQUIRED, may_be_named

COMMON = ["title", "text"]
ENDING = ["closes_on", "is_blind", "terms"]
FIELDS = {
    CollaborationRequest.Kind.COLLABORATION: [*COMMON, "expected", "trl_min", "trl_max", "ip", *ENDING],
    CollaborationRequest.Kind.FINANCING: [*COMMON, "amount", "instrument", "stage", *ENDING],
}
LEGAL_FORMS = {"srl", "srls", "spa", "sas", "snc", "scarl", "s.r.l.", "s.p.a.", "(esempio)", "di", "e", "&"}

RequestedRows = inlineformset_factory(
    CollaborationRequest,
    RequestedCompetence,
    RowForm,
    RowFormSet,
    fields=["competence", "weight"],
    extra=1,
    max_num=12,
    absolute_max=24,
)


class RequestForm(forms.ModelForm):
    """A request, half written or ready to be sent. Sent twice from one page, it is stored once."""

    key = forms.UUIDField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = CollaborationRequest
        fields = list(dict.fromkeys(name for names in FIELDS.values() for name in names))
        widgets = {
            "text": forms.Textarea(attrs={"rows": 6}),
            "expected": forms.Textarea(attrs={"rows": 3}),
            "terms": forms.Textarea(attrs={"rows": 5}),
            "closes_on": DayInput(),
        }
        help_texts = {
            "title": _("In una riga: la legge chi riceve la richiesta."),
            "terms": _("Valgono per le richieste riservate. Vuoto: il testo proposto dal Consorzio."),
        }

    def __init__(self, data=None, *, instance, is_ready=False):
        super().__init__(data, instance=instance)
        self.helper, self.is_ready = plain_helper(), is_ready
        for name in set(self.fields) - {"key", *FIELDS[instance.kind]}:
            del self.fields[name]
        self.order_fields(FIELDS[instance.kind])
        self.fields["is_blind"].help_text = _(
            "Chi la riceve vede il testo, le competenze e «%(seen)s»; non chi siete. Il nome appare quando accetta le "
            "condizioni qui sotto e voi siete d'accordo."
        ) % {"seen": ", ".join(filter(None, blurred(instance.organization))) or "—"}
        self.fields["key"].initial = instance.key
        self.fields["terms"].widget.attrs["placeholder"] = nda_text.STANDARD
        self.rows = None if instance.is_financing else RequestedRows(data, instance=instance, prefix="asked")

    def is_valid(self):
        rows_are_valid = self.rows is None or self.rows.is_valid()
        return super().is_valid() and rows_are_valid

    def clean_closes_on(self):
        day = self.cleaned_data["closes_on"]
        if day and day <= timezone.localdate():
            raise forms.ValidationError(_("L'ultimo giorno per rispondere è già arrivato: sceglietene uno più avanti."))
        return day

    def clean(self):
        for name in requests.NEEDED[self.instance.kind] if self.is_ready else ():
            if name not in self.errors and not self.cleaned_data.get(name):
                self.add_error(name, _("Serve per inviare la richiesta; una bozza può farne a meno."))
        if self.is_ready and self.rows is not None and self.rows.is_valid() and not self._asks_for_something():
            self.add_error(None, _("Scegliete almeno una competenza: decide chi può ricevere la richiesta."))
        if self.cleaned_data.get("is_blind"):
            self._refuse_names()
        return super().clean()

    def _asks_for_something(self):
        return any(row.get("competence") and not row.get("DELETE") for row in self.rows.cleaned_data)

    def _refuse_names(self):
        """A blind text that names whoever asks is not blind."""
        for name in ("title", "text", "expected", "terms"):
            said = str(self.cleaned_data.get(name) or "").casefold()
            if found := next((word for word in giveaways(self.instance.organization) if word in said), None):
                message = _("È una richiesta riservata, e qui c'è scritto «%(found)s»: direbbe chi siete.")
                self.add_error(name, forms.ValidationError(message, params={"found": found}))

    @transaction.atomic
    def store(self) -> CollaborationRequest:
        """The request and its competences, all or nothing. Under one key there is one row, however often it is sent;
        what has been sent to others meanwhile stays as it is."""
        request, values = self.instance, {name: self.cleaned_data[name] for name in FIELDS[self.instance.kind]}
        if request.pk is None:
            request, is_ours = self._made(values)
        else:
            drafts = CollaborationRequest.objects.filter(pk=request.pk, state=CollaborationRequest.State.DRAFT)
            is_ours = drafts.update(**values, updated_at=timezone.now()) == 1
        if is_ours and self.rows is not None:
            self.rows.instance = request
            self.rows.save()
        return request

    def _made(self, values):
        values |= {name: getattr(self.instance, name) for name in ("author", "kind", "first_choice")}
        key = self.cleaned_data.get("key") or uuid.uuid4()
        return CollaborationRequest.objects.get_or_create(
            key=key, organization=self.instance.organization, defaults=values
        )


def giveaways(organization) -> list[str]:
    """Words that say who an organization is: its name, its number, its site, its address."""
    words = [word for word in organization.name.casefold().split() if word not in LEGAL_FORMS]
    host = urlsplit(organization.website).hostname or ""
    found = [" ".join(words), organization.vat_number, host.removeprefix("www."), organization.contact_email.casefold()]
    return [each for each in found if len(each) > 3]


class ReplyForm(forms.ModelForm):
    """What an invited organization answers. A draft may be half written; what is sent may not."""

    class Meta:
        model = Invitation
        fields = list(ANSWER)
        widgets = {
            "brings": forms.Textarea(attrs={"rows": 4}),
            "needs": forms.Textarea(attrs={"rows": 3}),
            "earliest_start": DayInput(),
        }

    def __init__(self, data=None, *, instance, is_sent=False):
        super().__init__(data, instance=instance)
        self.is_sent, self.helper = is_sent, plain_helper()
        if instance.request.terms_hash:
            self.fields["accepts_terms"] = forms.BooleanField(
                label=_("Abbiamo letto le condizioni di riservatezza e le accettiamo"), required=False
            )

    def clean(self):
        for name in REQUIRED if self.is_sent else ():
            if name not in self.errors and not self.cleaned_data.get(name):
                self.add_error(name, _("Serve per accettare; una bozza può farne a meno."))
        if self.is_sent and "accepts_terms" in self.fields and not self.cleaned_data.get("accepts_terms"):
            self.add_error("accepts_terms", _("Senza le condizioni non si può accettare."))
        return super().clean()

    @property
    def answer(self):
        return {name: self.cleaned_data[name] for name in ANSWER}


class DeclineForm(forms.Form):
    """Why not: the reason is the button; words and a name are for whoever wants."""

    note = forms.CharField(label=_("Due parole per chi chiede (se volete)"), max_length=500, required=False)
    referral = forms.ModelChoiceField(
        Organization.objects.none(),
        label=_("Può farlo (se volete)"),
        required=False,
        to_field_name="slug",
        empty_label=_("Nessuno in particolare"),
        help_text=_("Chi chiede vede il nome e decide se chiedere anche a loro."),
        widget=LongSelect(attrs={"data-picker": ""}),
    )
    reason = forms.ChoiceField(choices=Invitation.Reason.choices)

    def __init__(self, data=None, *, invitation):
        super().__init__(data, auto_id="declino-%s")
        self.helper = plain_helper()
        self.fields["referral"].queryset = may_be_named(invitation).order_by("name")


class MuteForm(forms.ModelForm):
    """A firm or a sector, one of the two."""

    class Meta:
        model = Mute
        fields = ["firm", "sector"]
        widgets = {"firm": LongSelect(attrs={"data-picker": ""}), "sector": LongSelect}

    def __init__(self, data=None):
        super().__init__(data)
        self.helper = plain_helper()
        self.fields["firm"].queryset, self.fields["sector"].queryset = firms(), sectors()
        self.fields["firm"].empty_label = self.fields["sector"].empty_label = "—"

    def clean(self):
        if bool(self.cleaned_data.get("firm")) == bool(self.cleaned_data.get("sector")):
            raise forms.ValidationError(_("Scegliete un'impresa oppure un settore."))
        return super().clean()

    def _post_clean(self):
        """The row is made by `mutes.mute_firm_or_sector`: saying it twice is no mistake."""
