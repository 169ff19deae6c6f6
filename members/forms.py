"""The directory's filters."""

from crispy_forms.helper import FormHelper
from django import forms
from django.utils.translation import gettext_lazy as _

from .models import Competence, Organization, Province


class DirectoryForm(forms.Form):
    """The directory's filters."""

    q = forms.CharField(label=_("Parole"), max_length=200, required=False)
    kind = forms.ChoiceField(label=_("Tipo"), choices=[("", _("Tutti")), *Organization.Kind.choices], required=False)
    province = forms.ModelChoiceField(
        Province.objects.none(), label=_("Provincia"), empty_label=_("Tutte"), required=False
    )
    competence = forms.ModelChoiceField(
        Competence.objects.none(),
        label=_("Competenza offerta"),
        empty_label=_("Tutte"),
        to_field_name="code",
        required=False,
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["province"].queryset = Province.objects.filter(
            municipalities__organizations__isnull=False
        ).distinct()
        self.fields["competence"].queryset = Competence.objects.exclude(code__startswith=Competence.APPLICATION_FIELDS)
        self.fields["competence"].label_from_instance = _indented
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True

    def found(self):
        """The published organizations that the filters leave; every one of them when a filter makes no sense."""
        organizations = Organization.objects.published()
        if not self.is_valid():
            return organizations
        chosen = self.cleaned_data
        if chosen["q"]:
            organizations = organizations.named_like(chosen["q"])
        if chosen["kind"]:
            organizations = organizations.of_kind(chosen["kind"])
        if chosen["province"]:
            organizations = organizations.in_province(chosen["province"].pk)
        if chosen["competence"]:
            organizations = organizations.offering(chosen["competence"].code)
        return organizations


def _indented(competence):
    return "\u2003" * competence.code.count(".") + competence.name
