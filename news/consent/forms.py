"""Forms about who hears what. Every box starts unticked: nobody is asked to say no."""

from crispy_forms.helper import FormHelper
from django import forms
from django.utils.translation import gettext_lazy as _

from ..models import Subscription
from ..models.subscriptions import is_no_pec
from . import ledger

Purpose = Subscription.Purpose


class SubscribeForm(forms.Form):
    """An address, and one box for each thing that it may ask; `purposes` are those it may ask here."""

    email = forms.EmailField(
        label=_("Indirizzo e-mail"), max_length=254, validators=[is_no_pec], help_text=_("Ordinario, non PEC.")
    )

    def __init__(self, *args, purposes=(Purpose.NEWSLETTER,), **kwargs):
        super().__init__(*args, **kwargs)
        self.purposes = purposes
        for purpose in purposes:
            self.fields[purpose] = forms.BooleanField(label=ledger.WORDING[purpose], required=False)
        self.helper = FormHelper()
        self.helper.form_tag = False

    def clean(self):
        if not self.chosen:
            self.add_error(self.purposes[0], _("Per iscriversi bisogna spuntare la casella."))
        return super().clean()

    @property
    def chosen(self):
        return [purpose for purpose in self.purposes if self.cleaned_data.get(purpose)]


class PreferencesForm(forms.Form):
    """Everything that one address receives: a box for each subscription, and how often the digest comes."""

    def __init__(self, *args, subscriptions, **kwargs):
        super().__init__(*args, **kwargs)
        self.subscriptions = subscriptions
        for subscription in subscriptions:
            label = subscription.get_purpose_display()
            if subscription.organization:
                label = f"{label}: {subscription.organization.name}"
            self.fields[f"on-{subscription.pk}"] = forms.BooleanField(
                label=label, help_text=subscription.wording, required=False, initial=subscription.is_active
            )
            if subscription.purpose == Purpose.DIGEST:
                self.fields[f"often-{subscription.pk}"] = forms.ChoiceField(
                    label=_("Quanto spesso"), choices=Subscription.Frequency.choices, initial=subscription.frequency
                )
        self.helper = FormHelper()
        self.helper.form_tag = False

    def apply(self, *, source, ip):
        """Set everything as the boxes say, and write what changed in the ledger. Says how many things changed."""
        return sum(self._apply_one(subscription, source, ip) for subscription in self.subscriptions)

    def _apply_one(self, subscription, source, ip):
        often = self.cleaned_data.get(f"often-{subscription.pk}")
        changed = bool(often) and ledger.set_frequency(subscription, often, source=source, ip=ip)
        if self.cleaned_data[f"on-{subscription.pk}"]:
            return ledger.confirm_consent([subscription], source=source, ip=ip) > 0 or changed
        return ledger.withdraw_consent(subscription, source=source, ip=ip) or changed
