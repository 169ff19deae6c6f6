"""Forms about people: who is invited, who changes role, who claims an organization."""

from crispy_forms.helper import FormHelper
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from ..models import Claim, Representative, RepresentativeInvitation
from ..models.organizations import WRONG
from ..profiles.forms import Plain
from ..rules import identifiers


class InviteForm(Plain, forms.ModelForm):
    class Meta:
        model = RepresentativeInvitation
        fields = ["email", "role"]

    def validate_constraints(self):
        """Inviting the same address again is welcome: it sends the mail again."""


class TeamForm(forms.Form):
    """What an owner does with one person of the organization: a new role, or out."""

    REMOVE = "remove"

    representative = forms.ModelChoiceField(Representative.objects.none())
    role = forms.ChoiceField(choices=[*Representative.Role.choices, (REMOVE, _("Togli dall'organizzazione"))])

    def __init__(self, *args, organization, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["representative"].queryset = organization.representatives.select_related("organization")


class TakeBackForm(forms.Form):
    """An invitation of the organization that waits."""

    invitation = forms.ModelChoiceField(RepresentativeInvitation.objects.none())

    def __init__(self, *args, organization, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["invitation"].queryset = organization.representative_invitations.filter(accepted_at=None)


class ClaimForm(Plain, forms.ModelForm):
    class Meta:
        model = Claim
        fields = ["note"]
        widgets = {"note": forms.Textarea(attrs={"rows": 3})}
        help_texts = {"note": _("Serve al Consorzio per riconoscerti: ruolo, numero d'ufficio.")}


class FindForm(forms.Form):
    """The first step of a new member: is the organization already here?"""

    vat_number = forms.CharField(label=_("Partita IVA"), max_length=30)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag = False

    def clean_vat_number(self):
        try:
            return identifiers.vat_number(self.cleaned_data["vat_number"])
        except identifiers.Wrong as error:
            raise ValidationError(WRONG["vat_number", error.code]) from error
