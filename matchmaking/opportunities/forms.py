"""Forms for browsing opportunities, proposing them and answering them."""

from urllib.parse import urlencode

from django import forms
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.functional import cached_property
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from members.directory.questions import Question, WordsField
from members.models import Competence

from ..models import Interest, Opportunity, Requirement
from ..widgets import DayInput, LongSelect, plain_helper
from . import publication
from .admissibility import VERDICTS
from .interests import REQUIRED
from .word_search import answering

LARGEST_IMPORT = 50_000_000  # bytes of the open data of all incentives


class OpportunitySearchForm(forms.Form):
    """The filters of the list of opportunities."""

    q = WordsField(label=_("Parole"))
    exact = forms.BooleanField(required=False, widget=forms.HiddenInput)
    kind = forms.ChoiceField(
        label=_("Tipo"), choices=[("", _("Tutti")), *Opportunity.Kind.choices], required=False, widget=LongSelect
    )
    competence = forms.ChoiceField(label=_("Competenza richiesta"), required=False, widget=LongSelect)
    field = forms.ChoiceField(label=_("Campo di applicazione"), required=False, widget=LongSelect)
    verdict = forms.ChoiceField(
        label=_("Possiamo partecipare?"),
        choices=[("", _("Tutte")), *VERDICTS.items()],
        required=False,
        widget=LongSelect,
    )

    def __init__(self, *args, organization=None, is_exact=False, **kwargs):
        super().__init__(*args, **kwargs)
        self.is_exact = is_exact  # a saved search never strays from its words
        if organization is None:
            del self.fields["verdict"]
        rows = Competence.objects.values_list("code", "name_it", "name_en")
        named = [(code, Competence.named(*names)) for code, *names in rows]
        is_field = Competence.APPLICATION_FIELDS
        fields = [(code, name) for code, name in named if code.startswith(f"{is_field}.")]
        others = [("\u2003" * code.count("."), code, name) for code, name in named if not code.startswith(is_field)]
        self.fields["field"].choices = [("", _("Tutti")), *fields]
        self.fields["competence"].choices = [("", _("Tutte")), *((code, deep + name) for deep, code, name in others)]
        for field in self.fields.values():
            field.widget.attrs["class"] = (
                "select form-select" if field.widget.input_type == "select" else "form-control"
            )

    def clean_q(self):
        """Words that say nothing are no words: they neither find nor are kept."""
        return self.cleaned_data["q"] if Question.of(self.cleaned_data["q"]) else ""

    def clean(self):
        if not self.cleaned_data.get("q"):
            self.cleaned_data.pop("exact", None)

    def chosen(self):
        """The ids that the filters leave, as a query; None without filters. A filter that makes no sense is ignored."""
        self.is_valid()
        filters = {"kind": "of_kind", "competence": "requiring", "field": "in_field"}
        asked = {name: self.cleaned_data.get(name) for name in filters}
        if not any(asked.values()) and not self.question:
            return None
        found = Opportunity.objects.open().order_by()
        if self.question:
            found = self._answering(found, self.answer.reading)
        for name, value in asked.items():
            if value:
                found = getattr(found, filters[name])(value)
        return found.order_by().values_list("pk", flat=True)

    @cached_property
    def question(self):
        self.is_valid()  # a filter that makes no sense leaves the words as they are
        return Question.of(self.cleaned_data.get("q"))

    @cached_property
    def answer(self):
        """How the words were understood, by whatever is open."""
        return self.question.settle(
            lambda reading: self._answering(Opportunity.objects.open(), reading).order_by().exists(),
            is_exact=self.is_exact or self.cleaned_data.get("exact", False),
        )

    def _answering(self, opportunities, reading):
        """By the text, and on the page also by the competences asked for: a mail keeps to what was written."""
        return opportunities.answering(reading) if self.is_exact else answering(opportunities, reading)

    @property
    def typed(self):
        """What stands in the field, be it words to look for or not."""
        return Question.of(self.data.get("q"))

    @property
    def understood(self):
        return self.answer if self.question else None

    @property
    def exact_url(self):
        return f"?{self.query}&exact=on"

    @property
    def asked_verdict(self):
        return self.cleaned_data.get("verdict", "") if self.is_valid() else ""

    @property
    def query(self):
        """The filters that say something, as they stand in an address."""
        self.is_valid()
        return urlencode({name: value for name, value in self.cleaned_data.items() if value})


class InterestForm(forms.ModelForm):
    """A draft may be half written; what is sent may not."""

    class Meta:
        model = Interest
        fields = ["brings", "needs", "earliest_start", "ip"]
        widgets = {
            "brings": forms.Textarea(attrs={"rows": 4}),
            "needs": forms.Textarea(attrs={"rows": 4}),
            "earliest_start": DayInput(),
        }

    def __init__(self, *args, is_sent=False, **kwargs):
        super().__init__(*args, **kwargs)
        self.is_sent, self.helper = is_sent, plain_helper()

    def clean(self):
        for name in REQUIRED if self.is_sent else ():
            if name not in self.errors and not self.cleaned_data.get(name):
                self.add_error(name, _("Serve per inviare la risposta; una bozza può farne a meno."))


class DecisionForm(forms.Form):
    """Go or no-go: a reason that can be counted, and words for whoever asked."""

    reason = forms.ChoiceField(label=_("Ragione"), choices=[("", "—"), *Interest.Reason.choices])
    note = forms.CharField(label=_("Due parole"), max_length=500, required=False)


class ProposalForm(forms.ModelForm):
    """What a member proposes. Whatever it says, staff read it before anybody else."""

    asked = forms.ModelMultipleChoiceField(
        Competence.objects.none(),
        label=_("Competenze richieste"),
        required=False,
        help_text=_("Chi le offre vede la proposta tra le prime."),
    )

    class Meta:
        model = Opportunity
        fields = ["kind", "title", "text", "deadline", "application_field", "starts_at", "ends_at", "place", "capacity"]
        widgets = {"deadline": DayInput(), "text": forms.Textarea(attrs={"rows": 8})}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = plain_helper()
        self.fields["kind"].choices = [each for each in Opportunity.Kind.choices if each[0] != Opportunity.Kind.CALL]
        self.fields["application_field"].queryset = Competence.objects.application_fields()
        self.fields["asked"].queryset = Competence.objects.selectable()
        if self.instance.pk:
            self.initial["asked"] = [each.competence_id for each in self.instance.requirements.all()]

    def clean_deadline(self):
        deadline = self.cleaned_data["deadline"]
        if deadline and deadline < timezone.localdate():
            raise forms.ValidationError(_("La scadenza è già passata."))
        return deadline

    def clean(self):
        super().clean()
        if self.cleaned_data.get("kind") == Opportunity.Kind.EVENT and not self.cleaned_data.get("starts_at"):
            self.add_error("starts_at", _("Un evento ha un giorno e un'ora."))

    @transaction.atomic
    def store(self, user):
        """The proposal, its history and what it requires, all or nothing; then it waits for the staff."""
        if self.instance.pk:
            publication.save_opportunity(self.instance, user)
        else:
            self.instance.slug = f"{slugify(self.instance.title)[:100]}-{get_random_string(4).lower()}"
            self.instance.save()
        self.instance.requirements.exclude(competence__in=self.cleaned_data["asked"]).delete()
        Requirement.objects.bulk_create(
            [Requirement(opportunity=self.instance, competence=each) for each in self.cleaned_data["asked"]],
            ignore_conflicts=True,
        )
        publication.propose_opportunity(self.instance, user)


class ImportForm(forms.Form):
    """The open data of incentivi.gov.it, as downloaded."""

    file = forms.FileField(label=_("File CSV di incentivi.gov.it"))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = plain_helper()

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > LARGEST_IMPORT:
            raise forms.ValidationError(_("Il file è troppo grande: al massimo 50 MB."))
        return file
