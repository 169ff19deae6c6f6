"""The rules of an opportunity as fields that staff can fill, instead of the form in which they are stored."""

from django import forms
from django.utils.translation import gettext_lazy as _

from members.models import Organization

from ..algorithms import eligibility, incentives_csv
from ..models import Opportunity

LISTS = {"size": "sizes", "kind": "kinds", "ateco": "ateco", "territory": "territories", "legal_form": "legal_forms"}


class OpportunityForm(forms.ModelForm):
    """An opportunity, with who may take part said field by field. An empty field is no rule."""

    kinds = forms.MultipleChoiceField(
        label=_("Per chi"), choices=Organization.Kind.choices, widget=forms.CheckboxSelectMultiple, required=False
    )
    sizes = forms.MultipleChoiceField(
        label=_("Dimensione"), choices=Organization.Size.choices, widget=forms.CheckboxSelectMultiple, required=False
    )
    ateco = forms.CharField(
        label=_("Codici ATECO"),
        required=False,
        help_text=_("Divisi da virgole: «28.92, 23, C» (una lettera è una sezione)."),
    )
    territories = forms.CharField(
        label=_("Territorio"),
        required=False,
        help_text=_("Divisi da virgole: «comune:Carrara, provincia:MS, regione:Toscana»."),
    )
    legal_forms = forms.CharField(label=_("Forme giuridiche"), required=False, help_text=_("Divise da virgole."))
    age_least = forms.IntegerField(label=_("Costituita da almeno (mesi)"), min_value=0, required=False)
    age_most = forms.IntegerField(label=_("Costituita da non più di (mesi)"), min_value=0, required=False)
    workers_least = forms.IntegerField(label=_("Addetti, almeno"), min_value=0, required=False)
    workers_most = forms.IntegerField(label=_("Addetti, non più di"), min_value=0, required=False)

    class Meta:
        model = Opportunity
        fields = [
            "kind",
            "title",
            "slug",
            "text",
            "language",
            "issuer",
            "opens_on",
            "deadline",
            "budget",
            "cofunding_rate",
            "amount_min",
            "amount_max",
            "expense_min",
            "expense_max",
            "aid_form",
            "application_field",
            "trl_min",
            "trl_max",
            "starts_at",
            "ends_at",
            "place",
            "capacity",
            "source_url",
        ]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for rule in self.instance.rules:
            self._show(rule)

    def _show(self, rule):
        about = rule["about"]
        if about in LISTS:
            asked = rule.get("any_of", [])
            self.initial[LISTS[about]] = asked if about in ("size", "kind") else ", ".join(asked)
        else:
            self.initial |= {f"{about}_least": rule.get("least"), f"{about}_most": rule.get("most")}

    def clean_territories(self):
        places = incentives_csv.items(self.cleaned_data["territories"])
        if wrong := [each for each in places if not each.startswith(("comune:", "provincia:", "regione:"))]:
            raise forms.ValidationError(
                _("«%(place)s»: scrivi comune:, provincia: o regione: davanti al nome."), params={"place": wrong[0]}
            )
        return ", ".join(places)

    def clean(self):
        super().clean()
        self.instance.rules = self._rules()

    def _rules(self):
        values = self.cleaned_data
        lists = [(about, values.get(name) or []) for about, name in LISTS.items()]
        found = [
            eligibility.EligibilityRule(about, tuple(incentives_csv.items(asked) if isinstance(asked, str) else asked))
            for about, asked in lists
            if asked
        ]
        for about in eligibility.RANGES:
            least, most = values.get(f"{about}_least"), values.get(f"{about}_most")
            if least is not None or most is not None:
                found.append(eligibility.EligibilityRule(about, least=least, most=most))
        return [rule.as_dict() for rule in found]
