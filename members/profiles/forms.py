"""The forms of a profile: what every organization says, what each kind says, rows of competences, who sees what."""

from crispy_forms.helper import FormHelper
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.forms import inlineformset_factory
from django.utils import timezone
from django.utils.functional import lazy
from django.utils.text import format_lazy, slugify
from django.utils.translation import gettext_lazy as _

from ..models import (
    Competence,
    Facility,
    FinancierTerms,
    FirmDetails,
    Need,
    Offer,
    Organization,
    Province,
    Stage,
    TermProposal,
)
from ..rules import visibility
from . import logos
from .fields import ActivitiesField, LogoField, MunicipalityField

MOST_ROWS = 120  # of one kind, what lists brought in included; a page adds no more than sixty
RESERVED_SLUGS = {"inizia", "nuova", "inviti", "i-miei-dati", "cancellami"}


def competence_choices(nodes=None):
    """Selectable competences grouped by branch and group, for a `<select>` that works without JavaScript."""
    nodes = {node.pk: node for node in (nodes if nodes is not None else Competence.objects.all())}
    parents = {node.parent_id for node in nodes.values()}
    groups: dict[str, list] = {}
    for node in sorted(nodes.values(), key=lambda node: node.code):
        is_leaf = node.pk not in parents and node.parent_id is not None and node.merged_into_id is None
        if is_leaf and node.branch_code != Competence.APPLICATION_FIELDS:
            groups.setdefault(nodes[node.parent_id].name, []).append((node.pk, node.name))
    return [("", _("Scegli una competenza")), *groups.items()]


class Plain:
    """Fields without a `<form>` of their own: the page has one for all its parts."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag = False


class ProfileForm(Plain, forms.ModelForm):
    """What every organization says of itself. `version` tells which one was being looked at."""

    municipality = MunicipalityField(
        label=_("Comune"), required=False, help_text=_("Il nome, anche con la sigla: «Carrara (MS)».")
    )
    logo = LogoField(
        label=_("Logo"),
        help_text=format_lazy(_("PNG, JPEG o WebP, fino a {most} MB."), most=lazy(logos.most_megabytes, str)()),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Organization
        fields = [
            "name",
            "description",
            "municipality",
            "website",
            "vat_number",
            "tax_code",
            "legal_form",
            "founded_on",
            "size_class",
            "workers",
            "phone",
            "contact_email",
            "logo",
            "is_visible_to_financiers",
            "private_notes",
        ]
        widgets = {
            "description": forms.Textarea(attrs={"rows": 5}),
            "private_notes": forms.Textarea(attrs={"rows": 3}),
            "founded_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "phone": forms.TextInput(attrs={"type": "tel", "autocomplete": "organization tel"}),
            "vat_number": forms.TextInput(attrs={"maxlength": 30, "autocomplete": "off"}),
            "tax_code": forms.TextInput(attrs={"maxlength": 30, "autocomplete": "off"}),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        organization = self.instance
        self.initial["version"] = organization.version
        self.fields["founded_on"].input_formats = ["%Y-%m-%d", "%d/%m/%Y", "%Y"]
        for name in ("vat_number", "tax_code"):
            self.fields[name].max_length = None
            self.fields[name].validators = []
        if organization.vat_number:
            self.fields["vat_number"].disabled = True
            self.fields["vat_number"].help_text = _("Per cambiarla, scrivi al Consorzio.")
        if organization.kind == Organization.Kind.FIRM:
            self.fields["is_visible_to_financiers"].help_text = _(
                "Solo se lo vuoi, il portale vi propone agli operatori finanziari. Si cambia idea quando si vuole."
            )
        else:
            del self.fields["is_visible_to_financiers"]

    def clean_website(self):
        website = self.cleaned_data["website"]
        if website and not website.startswith(("https://", "http://")):
            raise ValidationError(_("L'indirizzo del sito comincia con https:// o http://."))
        return website

    def clean_phone(self):
        phone = self.cleaned_data["phone"]
        if phone and not set(phone) <= set("+0123456789 ()/.-"):
            raise ValidationError(_("Un numero di telefono ha solo cifre, spazi e il + davanti."))
        return phone

    def clean_founded_on(self):
        day = self.cleaned_data["founded_on"]
        if day and not 1000 <= day.year <= timezone.localdate().year:
            raise ValidationError(_("Questa data è nel futuro, o troppo lontana."))
        return day

    def save(self, commit=True):
        organization = self.instance
        if "is_visible_to_financiers" in self.changed_data:
            agreed = organization.is_visible_to_financiers
            organization.visible_to_financiers_since = timezone.now() if agreed else None
        return super().save(commit)


class FirmForm(Plain, forms.ModelForm):
    activities = ActivitiesField(
        label=_("Codici ATECO"), required=False, help_text=_("Uno o più, separati da virgola: 23.70, 28.92.")
    )

    class Meta:
        model = FirmDetails
        fields = ["activities", "plants", "certifications", "stage", "capital_sought"]
        widgets = {"certifications": forms.Textarea(attrs={"rows": 2})}


class FinancierForm(Plain, forms.ModelForm):
    instruments = forms.MultipleChoiceField(
        label=_("Strumenti"),
        choices=FinancierTerms.Instrument.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    stages = forms.MultipleChoiceField(
        label=_("Fasi dell'impresa"),
        choices=Stage.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("Nessuna scelta: tutte."),
    )
    regions = forms.MultipleChoiceField(label=_("Regioni intere"), required=False)
    excluded_activities = ActivitiesField(
        label=_("Attività escluse (ATECO)"), required=False, help_text=_("Codici separati da virgola.")
    )

    class Meta:
        model = FinancierTerms
        fields = [
            "instruments",
            "ticket_min",
            "ticket_max",
            "stages",
            "sectors",
            "provinces",
            "regions",
            "excluded_activities",
            "exclusions",
        ]
        widgets = {
            "sectors": forms.CheckboxSelectMultiple,
            "provinces": forms.CheckboxSelectMultiple,
            "exclusions": forms.Textarea(attrs={"rows": 2}),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["sectors"].queryset = Competence.objects.branches()
        self.fields["sectors"].help_text = self.fields["provinces"].help_text = _("Nessuna scelta: tutti.")
        self.fields["provinces"].queryset = _home_region_provinces()
        regions = Province.objects.order_by("region").values_list("region", flat=True).distinct()
        self.fields["regions"].choices = [(region, region) for region in regions]
        self.fields["regions"].widget.attrs["size"] = 4

    def clean(self):
        least, most = self.cleaned_data.get("ticket_min"), self.cleaned_data.get("ticket_max")
        if least is not None and most is not None and least > most:
            self.add_error("ticket_max", _("L'importo massimo è minore di quello minimo."))
        return super().clean()


def _home_region_provinces():
    home = Province.objects.filter(pk=settings.PORTAL["home_province"]).values("region")
    return Province.objects.filter(region__in=home)


class RowForm(Plain, forms.ModelForm):
    """One row of the profile, with a competence from the shared list."""

    def __init__(self, *args, choices, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["competence"].choices = choices
        self.fields["competence"].widget.attrs["data-picker"] = ""


class RowFormSet(forms.BaseInlineFormSet):
    """Rows that share one list of competences."""

    twice = _("Questa competenza c'è già: basta una riga.")

    def __init__(self, *args, choices=None, **kwargs):
        super().__init__(*args, form_kwargs={"choices": choices or competence_choices()}, **kwargs)

    def get_unique_error_message(self, unique_check):
        return self.twice

    def get_form_error(self):
        return self.twice


class FacilityRows(RowFormSet):
    twice = _("Ci sono due schede con lo stesso nome.")


def _rows(model, fields, rows=RowFormSet, **more):
    most = {"max_num": 60, "absolute_max": MOST_ROWS}
    return inlineformset_factory(Organization, model, RowForm, rows, fields=fields, extra=1, **most, **more)


OfferFormSet = _rows(Offer, ["competence", "level", "trl", "evidence"])
NeedFormSet = _rows(Need, ["competence", "priority", "trl", "is_blind"])
FacilityFormSet = _rows(
    Facility,
    ["name", "kind", "competence", "availability", "description", "is_open_to_third_parties"],
    FacilityRows,
    widgets={"description": forms.Textarea(attrs={"rows": 2})},
)


class VisibilityForm(Plain, forms.Form):
    """Who sees which field. What is not asked of this kind of organization keeps its default."""

    LEVELS = [
        ("public", _("Tutti")),
        ("members", _("I membri della rete")),
        ("party", _("Chi ha con noi una richiesta accettata")),
        ("nobody", _("Solo noi e il Consorzio")),
    ]
    ONLY = {
        "firm": {"activities", "plants", "certifications", "stage", "capital_sought"},
        "research_center": {"facilities"},
        "financier": {"terms"},
    }
    LABELS = {"terms": _("Condizioni dell'operatore"), "facilities": _("Laboratori e attrezzature")}

    def __init__(self, *args, organization, **kwargs):
        super().__init__(*args, **kwargs)
        others = set().union(*(fields for kind, fields in self.ONLY.items() if kind != organization.kind))
        for name in visibility.DEFAULTS:
            if name not in others:
                self.fields[name] = forms.ChoiceField(
                    label=self._label(name),
                    required=False,
                    choices=self.LEVELS,
                    initial=visibility.level(organization.visibility, name),
                )

    def chosen(self):
        return {name: level for name, level in self.cleaned_data.items() if level}

    def _label(self, name):
        if name in self.LABELS:
            return self.LABELS[name]
        model = FirmDetails if name in self.ONLY["firm"] else Organization
        label = str(model._meta.get_field(name).verbose_name)
        return label[:1].upper() + label[1:]


class NewOrganizationForm(Plain, forms.ModelForm):
    """The least that a new organization says; the rest comes with its profile."""

    municipality = MunicipalityField(label=_("Comune"), help_text=_("Il nome, anche con la sigla: «Carrara (MS)»."))

    class Meta:
        model = Organization
        fields = ["kind", "name", "vat_number", "municipality"]
        widgets = {"vat_number": forms.TextInput(attrs={"maxlength": 30})}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["vat_number"].max_length = None
        self.fields["vat_number"].validators = []

    def save(self, commit=True):
        self.instance.slug = free_slug(self.cleaned_data["name"])
        return super().save(commit)


def free_slug(name):
    """An address for a page that no other organization has, nor the portal itself."""
    base = slugify(name)[:160] or "organizzazione"
    taken = set(Organization.objects.filter(slug__startswith=base).values_list("slug", flat=True)) | RESERVED_SLUGS
    return next(slug for slug in (base, *(f"{base}-{number}" for number in range(2, 10**6))) if slug not in taken)


class TermForm(Plain, forms.ModelForm):
    class Meta:
        model = TermProposal
        fields = ["term", "note", "competence"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["competence"].choices = competence_choices()
        self.fields["competence"].widget.attrs["data-picker"] = ""
