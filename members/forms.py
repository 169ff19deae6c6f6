"""The directory's filters: what was chosen, who is left, and how many each further choice would leave."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django import forms
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from . import searching
from .models import Competence, Network, Organization, Province

NARROWED_BY = {
    "q": lambda organizations, text: organizations.answering(text),
    "kind": lambda organizations, kind: organizations.of_kind(kind),
    "province": lambda organizations, province: organizations.in_province(province.pk),
    "competence": lambda organizations, competence: organizations.offering(competence.code),
    "network": lambda organizations, network: organizations.in_network(network),
}


@dataclass(frozen=True)
class Choice:
    """One value of a filter: `url` chooses it, or takes it away when it is chosen."""

    value: str
    label: str
    count: int
    is_chosen: bool
    url: str


@dataclass(frozen=True)
class Tile:
    """A province on the map: where it stands, and how deep its colour is, from 0 (nobody) to 4 (the most)."""

    x: int
    y: int
    depth: int
    choice: Choice


class DirectoryForm(forms.Form):
    """Words to type; every other filter is a link beside its count, and travels along hidden."""

    q = forms.CharField(
        label=_("Che cosa cerchi?"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"type": "search"}),
        help_text=_("Un nome, una lavorazione, una macchina: anche nel gergo di officina."),
    )
    kind = forms.ChoiceField(
        label=_("Tipo"), choices=Organization.Kind.choices, required=False, widget=forms.HiddenInput
    )
    province = forms.ModelChoiceField(
        Province.objects.all(), label=_("Provincia"), required=False, widget=forms.HiddenInput
    )
    competence = forms.ModelChoiceField(
        Competence.objects.exclude(code__startswith=Competence.APPLICATION_FIELDS),
        label=_("Competenza offerta"),
        to_field_name="code",
        required=False,
        widget=forms.HiddenInput,
    )
    network = forms.ModelChoiceField(
        Network.objects.all(), label=_("Rete"), to_field_name="slug", required=False, widget=forms.HiddenInput
    )

    def found(self, but=None):
        """The published organizations that the filters leave, all filters `but` one; every one of them when a filter
        makes no sense. Best answers first when there are words, by name otherwise."""
        chosen = self.cleaned_data if self.is_valid() else {}
        organizations = Organization.objects.published()
        for name in [name for name in NARROWED_BY if chosen.get(name) and name != but]:
            organizations = NARROWED_BY[name](organizations, chosen[name])
        return organizations

    @property
    def unanswered(self):
        """The words to note when nobody is found."""
        return self.cleaned_data["q"] if self.is_valid() else ""

    @property
    def chosen(self):
        """The filters that are set, words aside, each with the address without it."""
        found = self.cleaned_data if self.is_valid() else {}
        labels = {**found, "kind": dict(Organization.Kind.choices).get(found.get("kind"))}
        return [
            (self.fields[name].label, labels[name], self._url(name, ""))
            for name in found
            if name != "q" and found[name]
        ]

    def kinds(self):
        counts = searching.counts_by_kind(self.found(but="kind"))
        return self._choices("kind", [(kind, kind.label, counts[kind]) for kind in Organization.Kind if kind in counts])

    def branches(self):
        return self._choices("competence", searching.counts_by_branch(self.found(but="competence")))

    def networks(self):
        return self._choices("network", searching.counts_by_network(self.found(but="network")))

    @cached_property
    def provinces(self):
        return list(self._choices("province", searching.counts_by_province(self.found(but="province"))))

    def tiles(self):
        """The ten provinces of Toscana, with the same numbers as `provinces`."""
        counted = {choice.value: choice for choice in self.provinces}
        most = max((choice.count for choice in self.provinces), default=0)
        for code, (column, row) in searching.TILES.items():
            choice = counted.get(code) or Choice(code, code, 0, False, self._url("province", code))
            yield Tile(column * 64, row * 64, -(-4 * choice.count // most) if choice.count else 0, choice)

    def _choices(self, name, rows):
        chosen = self.data.get(name) or ""
        for value, label, count in rows:
            is_chosen = chosen == value or chosen.startswith(f"{value}.")
            yield Choice(value, label, count, is_chosen, self._url(name, "" if is_chosen else value))

    def _url(self, name, value):
        standing = {field: self.data.get(field) for field in self.fields if field not in self.errors}
        return "?" + urlencode({field: text for field, text in {**standing, name: value}.items() if text})
