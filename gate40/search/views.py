"""One search over everything that everybody may read, group by group. What a draft, a note or a blind need says is not
there, whoever looks: the page is the same for all."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlencode

from django import forms
from django.core.paginator import Paginator
from django.db.models import Count, Value, Window
from django.db.models.functions import RowNumber
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from matchmaking.models import Opportunity
from matchmaking.opportunities.word_search import competences_named
from members.directory.questions import Question, WordsField
from members.directory.views import note_unmet
from members.guards import public
from members.models import Competence, Facility, Organization, Reading
from members.safety.quotas import spend_quota
from news.models import Announcement

from . import help_pages, result_rows

SHOWN, PER_PAGE = 5, 20


# What each group holds that answers a reading; `found` are the competences (ids) that the words name.
def organizations(reading, found):
    return Organization.objects.published().answering(reading)


def facilities(reading, found):
    return Facility.objects.shown_to_everybody().answering(reading, found)


def competences(reading, found):
    return Competence.objects.answering(reading)


def opportunities(reading, found):
    return Opportunity.objects.open().exclude(kind=Opportunity.Kind.EVENT).answering(reading, found)


def events(reading, found):
    return Opportunity.objects.open().of_kind(Opportunity.Kind.EVENT).answering(reading, found)


def announcements(reading, found):
    return Announcement.objects.published().answering(reading)


GROUPS = {
    "competenze": (_("Competenze"), competences),
    "organizzazioni": (_("Organizzazioni"), organizations),
    "laboratori": (_("Laboratori e attrezzature"), facilities),
    "opportunita": (_("Opportunità"), opportunities),
    "eventi": (_("Eventi"), events),
    "annunci": (_("Notizie"), announcements),
    "aiuto": (_("Pagine d'aiuto"), None),
}
# Group → the list of its own, which has more filters.
LISTS = {"organizzazioni": "members:directory", "opportunita": "matchmaking:opportunities"}


class SearchForm(forms.Form):
    """What the box in the head of every page asks."""

    q = WordsField(label=_("Che cosa cerchi?"))
    dove = forms.ChoiceField(
        choices=[("", ""), *((key, label) for key, (label, _of) in GROUPS.items())], required=False
    )
    exact = forms.BooleanField(required=False)


@dataclass
class Group:
    """One kind of thing that was found: how many, the reading that found them, and the first of them."""

    key: str
    reading: Reading
    count: int = 0
    ids: list = field(default_factory=list)
    rows: list = field(default_factory=list)
    list_url: str = ""

    @property
    def label(self):
        return GROUPS[self.key][0]


class Search:
    """What one question finds: how it was understood, and the groups that have something."""

    def __init__(self, question, is_exact=False):
        self.question, self.groups = question, []
        self.answer = question.settle(self._finds, is_exact) if question else None

    def _finds(self, reading) -> bool:
        """Try a reading on every group. One that has nothing of the whole words is asked for what they begin."""
        groups = found_by(reading, GROUPS)
        if groups and not reading.is_begun:
            groups |= found_by(reading.begun(), [key for key in GROUPS if key not in groups])
        self.groups = [groups[key] for key in GROUPS if key in groups]
        return bool(groups)

    @property
    def count(self):
        return sum(group.count for group in self.groups)

    def group(self, key) -> Group | None:
        return next((group for group in self.groups if group.key == key), None)

    def overview(self):
        """The first rows of every group."""
        for group in self.groups:
            group.rows = result_rows.FETCH[group.key](group.ids)
            if group.key in LISTS and self.answer.is_as_typed:
                group.list_url = f"{reverse(LISTS[group.key])}?{urlencode({'q': self.question.text})}"

    def page_of(self, key, number):
        """One group alone, page by page; None when it has nothing."""
        group = self.group(key)
        if group is None:
            return None
        paginator = Paginator(range(group.count), PER_PAGE)
        page = paginator.get_page(number)
        start = page.object_list.start
        group.ids = ids_of(group, start, start + PER_PAGE)
        group.rows = result_rows.FETCH[key](group.ids)
        return page


def found_by(reading, keys) -> dict[str, Group]:
    """Group → what answers the reading: how many, and the first of them. One statement for all the tables."""
    named = competences_named(reading)
    groups = {key: Group(key, reading) for key in GROUPS}
    queries = [_first(key, GROUPS[key][1](reading, named)) for key in keys if GROUPS[key][1]]
    rows = queries[0].union(*queries[1:], all=True) if queries else []
    for key, pk, count, _place in sorted(rows, key=lambda row: row[-1]):
        groups[key].ids.append(pk)
        groups[key].count = count
    if "aiuto" in keys:
        groups["aiuto"].ids = help_pages.answering(reading)
        groups["aiuto"].count = len(groups["aiuto"].ids)
    return {key: group for key, group in groups.items() if group.ids}


def _first(key, answers):
    """The best few of a group, each with how many there are and its place among them."""
    place = Window(RowNumber(), order_by=list(answers.query.order_by))
    counted = answers.annotate(heap=Value(key), total=Window(Count("pk")), nth=place)
    return counted.order_by("nth").values_list("heap", "pk", "total", "nth")[:SHOWN]


def ids_of(group, start, end):
    if group.key == "aiuto":
        return help_pages.answering(group.reading)[start:end]
    answers = GROUPS[group.key][1](group.reading, competences_named(group.reading))
    return list(answers.values_list("pk", flat=True)[start:end])


@public("search")
def search(request):
    """The page behind the box in the head. Words that find nothing at all are noted, without who asked."""
    form = SearchForm(request.GET)
    form.is_valid()
    question, chosen = Question.of(form.cleaned_data.get("q")), form.cleaned_data.get("dove", "")
    if question:
        spend_quota("searches", request)
    found = Search(question, form.cleaned_data.get("exact", False))
    context = {"form": form, "found": found, "question": question, "answer": found.answer, "chosen": chosen}
    if chosen:
        context |= {"page": found.page_of(chosen, request.GET.get("page")), "group": found.group(chosen)}
    else:
        found.overview()
    if question and found.answer.is_demand and request.method == "GET":
        note_unmet(request, question.text)
    context["exact_url"] = "?" + urlencode({"q": question.text, "exact": "on"})
    return render(request, "search.html", context)
