"""The directory's filters: what was chosen, who is left, and how many each further choice would leave."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django import forms
from django.db.models import Q, Value
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from ..models import Competence, Network, Organization, Province
from . import search
from .questions import Question, WordsField

# What each filter asks of an organization.
ASKS = {
    "kind": lambda kind: Q(kind=kind),
    "province": lambda province: Q(municipality__province=province.pk),
    "competence": lambda competence: Organization.objects.offers_any(competence.code),
    "network": lambda network: Organization.objects.is_member_of(network),
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

    x: str  # ready to print
    y: str
    depth: int
    choice: Choice


class DirectoryForm(forms.Form):
    """Words to type; every other filter is a link beside its count, and travels along hidden."""

    q = WordsField(
        label=_("Che cosa cerchi?"),
        widget=forms.TextInput(attrs={"type": "search"}),
        help_text=_("Un nome, una lavorazione, una macchina: anche nel gergo di officina."),
    )
    exact = forms.BooleanField(label=_("Solo le parole esatte"), required=False, widget=forms.HiddenInput)
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

    def found(self):
        """The published organizations that the filters leave; every one of them when a filter makes no sense. Best
        answers first when there are words, by name otherwise."""
        return self._worded().filter(*self._asked.values())

    def _worded(self):
        organizations = Organization.objects.published()
        return organizations.answering(self.answer.reading) if self.question else organizations

    @cached_property
    def question(self):
        return Question.of(self._chosen.get("q"))

    @property
    def understood(self):
        """What to say of the words, if there are any."""
        return self.answer if self.question else None

    @property
    def typed(self):
        return self.question

    @cached_property
    def answer(self):
        """How the words were understood: by whoever is published, whatever else is chosen."""
        return self.question.settle(
            lambda reading: Organization.objects.published().answering(reading).order_by().exists(),
            is_exact=self._chosen.get("exact", False),
        )

    @cached_property
    def _chosen(self):
        return self.cleaned_data if self.is_valid() else {}

    @cached_property
    def _asked(self):
        return {name: asks(self._chosen[name]) for name, asks in ASKS.items() if self._chosen.get(name)}

    @cached_property
    def facets(self):
        """The numbers beside the filters, and how many are found in all."""
        passes = {name: self._asked.get(name, Value(True)) for name in ASKS}
        province = self._chosen.get("province")
        return search.facets(self._worded(), passes, self._chosen.get("kind") or "", province.pk if province else "")

    @property
    def unanswered(self):
        """The words to note: nobody has them all."""
        return self.question.text if self.question and self.answer.is_demand else ""

    @property
    def words(self):
        """What was typed, whether it makes sense or not."""
        return self.data.get("q") or ""

    @property
    def carried(self):
        """(name, value) of the filters that travel along with new words."""
        return [(name, self.data[name]) for name in ASKS if self.data.get(name)]

    @property
    def chosen(self):
        """The filters that are set, words aside, each with the address without it."""
        found = self._chosen
        labels = {**found, "kind": dict(Organization.Kind.choices).get(found.get("kind"))}
        return [
            (self.fields[name].label, labels[name], self._url(name, ""))
            for name in found
            if name in ASKS and found[name]
        ]

    def kinds(self):
        counts = self.facets.kinds
        return self._choices("kind", [(kind, kind.label, counts[kind]) for kind in Organization.Kind if kind in counts])

    def branches(self):
        return self._choices("competence", self.facets.branches)

    def networks(self):
        return self._choices("network", self.facets.networks)

    @cached_property
    def provinces(self):
        return list(self._choices("province", self.facets.provinces))

    def tiles(self):
        """The ten provinces of Toscana, with the same numbers as `provinces`."""
        counted = {choice.value: choice for choice in self.provinces}
        most = max((choice.count for choice in self.provinces), default=0)
        for code, (column, row) in search.TILES.items():
            choice = counted.get(code) or Choice(code, code, 0, False, self._url("province", code))
            yield Tile(str(column * 64), str(row * 64), -(-4 * choice.count // most) if choice.count else 0, choice)

    @property
    def exact_url(self):
        """The same search, word for word."""
        return self._url("exact", "on")

    def _choices(self, name, rows):
        chosen = self.data.get(name) or ""
        for value, label, count in rows:
            is_chosen = chosen == value or chosen.startswith(f"{value}.")
            yield Choice(value, label, count, is_chosen, self._url(name, "" if is_chosen else value))

    def _url(self, name, value):
        """The filters as they stand, but this one; in the order of the fields."""
        return "?" + "&".join(
            self._standing[field] if field != name else urlencode({name: value})
            for field in self.fields
            if (value if field == name else field in self._standing)
        )

    @cached_property
    def _standing(self):
        texts = {name: self.data.get(name) for name in self.fields if name not in self.errors}
        return {name: urlencode({name: text}) for name, text in texts.items() if text}
