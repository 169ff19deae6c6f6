"""The staff's view of opportunities, and of who answers and comes."""

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import flatten
from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from members.backoffice.confirming import asks_first
from members.backoffice.list_export import LeavingMixin
from members.readonly import OnlyRead

from ..models import Change, Document, Interest, Opportunity, PartnershipRule, Registration, Requirement
from . import publication, registrations
from .eligibility_form import OpportunityForm


class RequirementInline(admin.TabularInline):
    model = Requirement
    extra = 1
    autocomplete_fields = ["competence"]


class PartnershipRuleForm(forms.ModelForm):
    any_of = forms.MultipleChoiceField(
        label=_("uno tra"),
        choices=PartnershipRule.SORTS,
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("Solo per la regola «Almeno uno tra»."),
    )

    class Meta:
        model = PartnershipRule
        fields = ["kind", "value", "any_of"]


class PartnershipRuleInline(admin.TabularInline):
    """Who must be in a team, how many, how large: the builder proposes teams that keep these."""

    model = PartnershipRule
    form = PartnershipRuleForm
    extra = 0


class DocumentInline(admin.TabularInline):
    model = Document
    extra = 0


class ChangeInline(admin.TabularInline):
    """What happened, when and by whom: only to be read."""

    model = Change
    fk_name = "opportunity"
    fields = readonly_fields = ["at", "by", "what", "note"]
    extra = 0
    can_delete = False

    @admin.display(description=_("che cosa"))
    def what(self, change):
        return "; ".join(f"{label}: {before} → {after}" for label, before, after in change.lines)

    def has_add_permission(self, request, obj=None):
        return False


class ReasonForm(forms.Form):
    """The reason that goes with a step."""

    reason = forms.CharField(label=_("Motivo"), max_length=500, required=False)


class RefusalForm(forms.Form):
    reason = forms.CharField(label=_("Motivo: lo legge chi ha proposto"), max_length=500)


def _standing(*states):
    """Those of the chosen that such a step can be taken with."""
    return lambda chosen: chosen.filter(status__in=states)


Status = Opportunity.Status
RULES = [
    "kinds",
    "sizes",
    "ateco",
    "territories",
    "legal_forms",
    ("age_least", "age_most"),
    ("workers_least", "workers_most"),
]


@admin.register(Opportunity)
class OpportunityAdmin(LeavingMixin, admin.ModelAdmin):
    form = OpportunityForm
    list_display = ["title", "kind", "status", "deadline", "issuer", "proposed_by", "to_confirm"]
    list_filter = ["status", "kind", "source"]
    list_select_related = ["proposed_by"]
    search_fields = ["title", "text", "source_id"]
    prepopulated_fields = {"slug": ["title"]}
    readonly_fields = ["status", "published_at", "proposed_by", "proposer"]
    date_hierarchy = "deadline"
    columns_out = [
        (_("titolo"), "title"), (_("tipo"), "get_kind_display"), (_("stato"), "get_status_display"),
        (_("chi la pubblica"), "issuer"), (_("apertura"), "opens_on"), (_("scadenza"), "deadline"),
        (_("dotazione (euro)"), lambda one: None if one.budget is None else float(one.budget)),
        (_("proposta da"), "proposed_by.name"), (_("provenienza"), "source"), (_("pagina ufficiale"), "source_url"),
        (_("pubblicata il"), "published_at"),
    ]  # fmt: skip
    inlines = [RequirementInline, PartnershipRuleInline, DocumentInline, ChangeInline]
    actions = ["publish", "refuse", "close", "confirm_competences"]

    def get_queryset(self, request):
        suggested = Requirement.objects.filter(opportunity=OuterRef("pk"), is_suggested=True)
        return super().get_queryset(request).annotate(has_suggestions=Exists(suggested))

    def changelist_view(self, request, extra_context=None):
        bring = {"bring_url": reverse("matchmaking:import"), "bring_label": _("Importa i bandi")}
        return super().changelist_view(request, {**bring, **(extra_context or {})})

    def get_fieldsets(self, request, obj=None):
        fields = [name for name in self.get_fields(request, obj) if name not in flatten(RULES)]
        return [(None, {"fields": fields}), (_("Chi può partecipare"), {"fields": RULES})]

    @admin.display(description=_("competenze da confermare"), boolean=True)
    def to_confirm(self, opportunity):
        return opportunity.has_suggestions

    def save_model(self, request, obj, form, change):
        if not change:
            obj.save()
            return
        publication.save_opportunity(obj, request.user)
        if obj.is_event:
            registrations.move_up_waiting(obj)

    def _each(self, request, queryset, step, said, *arguments):
        """One step for each chosen opportunity, and how many took it."""
        done = [one for one in queryset if step(one, request.user, *arguments)]
        self.message_user(request, said % {"count": len(done)})

    @asks_first(
        _("Pubblica le opportunità scelte"),
        says=_("Escono sul sito, nei feed e nei calendari, e chi ha ricerche salvate le trova nel prossimo riepilogo."),
        way_back=_("Si tolgono dagli elenchi con «Chiudi le opportunità scelte»."),
        touches=_standing(Status.DRAFT, Status.PROPOSED, Status.CLOSED),
    )
    def publish(self, request, queryset):
        self._each(request, queryset, publication.publish_opportunity, _("Opportunità pubblicate: %(count)d."))

    @asks_first(
        _("Rifiuta le proposte scelte (con un motivo)"),
        says=_("Le proposte tornano a chi le ha fatte, con il motivo."),
        way_back=_("Chi ha proposto può correggere e proporre di nuovo."),
        touches=_standing(Status.PROPOSED),
        form=RefusalForm,
    )
    def refuse(self, request, queryset, form):
        reason = form.cleaned_data["reason"]
        self._each(request, queryset, publication.refuse_opportunity, _("Proposte rifiutate: %(count)d."), reason)

    @asks_first(
        _("Chiudi le opportunità scelte"),
        says=_("Escono dagli elenchi; la loro pagina resta."),
        way_back=_("Si riaprono con «Pubblica le opportunità scelte»."),
        touches=_standing(Status.PUBLISHED),
        form=ReasonForm,
    )
    def close(self, request, queryset, form):
        reason = form.cleaned_data["reason"]
        self._each(request, queryset, publication.close_opportunity, _("Opportunità chiuse: %(count)d."), reason)

    @admin.action(description=_("Conferma le competenze suggerite dal testo"), permissions=["change"])
    def confirm_competences(self, request, queryset):
        suggested = Requirement.objects.filter(opportunity__in=queryset, is_suggested=True)
        count = suggested.update(is_suggested=False)
        self.message_user(request, _("Competenze confermate: %(count)d.") % {"count": count})


@admin.register(Interest)
class InterestAdmin(LeavingMixin, OnlyRead):
    columns_out = [
        (_("organizzazione"), "organization.name"), (_("opportunità"), "opportunity.title"),
        (_("stato"), "get_status_display"), (_("ragione"), "get_reason_display"), (_("inviata il"), "sent_at"),
    ]  # fmt: skip
    list_display = ["organization", "opportunity", "status", "reason", "sent_at"]
    list_filter = ["status", "reason"]
    list_select_related = ["organization", "opportunity"]
    search_fields = ["organization__name", "opportunity__title"]

    def get_queryset(self, request):
        return super().get_queryset(request).sent()


@admin.register(Registration)
class RegistrationAdmin(LeavingMixin, admin.ModelAdmin):
    """Who comes to an event. Staff mark who was there."""

    columns_out = [
        (_("evento"), "event.title"), (_("nome"), "user.full_name"), (_("e-mail"), "user.email"),
        (_("organizzazione"), "organization.name"), (_("stato"), "get_status_display"), (_("chiesta il"), "asked_at"),
        (_("presente"), "attended"),
    ]  # fmt: skip

    list_display = ["event", "user", "organization", "status", "asked_at", "attended"]
    list_editable = ["attended"]
    list_filter = ["status", "attended"]
    list_select_related = ["event", "user", "organization"]
    search_fields = ["event__title", "user__email", "organization__name"]
    readonly_fields = ["event", "user", "organization", "status", "asked_at"]

    def has_add_permission(self, request):
        return False
