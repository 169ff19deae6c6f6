"""Forms of the profile and of the directory."""

from crispy_forms.helper import FormHelper
from django import forms
from django.forms import inlineformset_factory
from django.utils.translation import gettext_lazy as _

from .models import Competence, Municipality, Need, Offer, Organization, Province


def competence_choices(nodes=None):
    """Selectable competences grouped by branch and group, for a `<select>` that works without JavaScript."""
    nodes = {node.pk: node for node in (nodes if nodes is not None else Competence.objects.all())}
    parents = {node.parent_id for node in nodes.values()}
    groups: dict[str, list] = {}
    for node in sorted(nodes.values(), key=lambda node: node.code):
        if node.pk in parents or node.branch_code == Competence.APPLICATION_FIELDS or node.parent_id is None:
            continue
        groups.setdefault(nodes[node.parent_id].name, []).append((node.pk, node.name))
    return [("", _("Scegli una competenza")), *groups.items()]


class ProfileForm(forms.ModelForm):
    """What an organization says of itself."""

    class Meta:
        model = Organization
        fields = ["name", "municipality", "description", "website", "private_notes"]
        widgets = {
            "description": forms.Textarea(attrs={"rows": 5}),
            "private_notes": forms.Textarea(attrs={"rows": 3}),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["municipality"].queryset = Municipality.objects.select_related("province")
        self.helper = FormHelper()
        self.helper.form_tag = False


class ClaimForm(forms.ModelForm):
    """One row of the profile: a competence offered or needed."""

    def __init__(self, *args, choices, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["competence"].choices = choices
        self.helper = FormHelper()
        self.helper.form_tag = False


class ClaimFormSet(forms.BaseInlineFormSet):
    """Rows that share one list of competences and refuse the same competence twice."""

    def __init__(self, *args, choices=None, **kwargs):
        choices = choices or competence_choices()
        super().__init__(*args, form_kwargs={"choices": choices}, **kwargs)

    def get_unique_error_message(self, unique_check):
        return _("Questa competenza c'è già: basta una riga.")

    def get_form_error(self):
        return _("Questa competenza c'è già: basta una riga.")


OfferFormSet = inlineformset_factory(
    Organization, Offer, ClaimForm, ClaimFormSet, fields=["competence", "level", "trl", "evidence"], extra=1, max_num=60
)
NeedFormSet = inlineformset_factory(
    Organization,
    Need,
    ClaimForm,
    ClaimFormSet,
    fields=["competence", "priority", "trl", "is_blind"],
    extra=1,
    max_num=60,
)


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
