"""Requests for the staff: who follows which, what is late, and all that happened in a case."""

from django.contrib import admin
from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from members.backoffice.list_export import LeavingMixin

from ..models import CollaborationRequest, Invitation, RequestedCompetence, RequestStep
from . import brokers, deadlines, requests


class Reading(admin.TabularInline):
    """Rows that are only read: whoever they belong to writes them, each step with its trace."""

    extra = 0
    can_delete = False

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_view_permission(self, request, obj=None):
        return request.user.has_perm("matchmaking.view_collaborationrequest")


class RequestedInline(Reading):
    model = RequestedCompetence
    fields = ["competence", "weight"]


class InvitationInline(Reading):
    model = Invitation
    fk_name = "request"
    view_on_site = False
    fields = [
        "organization",
        "state",
        "sent_at",
        "taken_by",
        "reminded_at",
        "escalated_at",
        "answered_at",
        "reason",
        "note",
    ]


class StepInline(Reading):
    """The timeline of the case, from its first day."""

    model = RequestStep
    verbose_name_plural = _("storia del caso")
    fields = ["at", "by", "about", "what", "moved", "why"]
    readonly_fields = ["at", "about", "moved"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("by", "invitation__organization")

    @admin.display(description=_("con chi"))
    def about(self, step):
        return step.invitation.organization if step.invitation else "—"

    @admin.display(description=_("da → a"))
    def moved(self, step):
        return f"{step.before_label or '—'} → {step.after_label or '—'}"


class LateFilter(admin.SimpleListFilter):
    title = _("in ritardo")
    parameter_name = "tardi"

    def lookups(self, request, model_admin):
        return [("si", _("Senza risposta da %(days)d giorni lavorativi") % {"days": deadlines.BROKER})]

    def queryset(self, request, queryset):
        return queryset.filter(pk__in=brokers.late_requests()) if self.value() else queryset


@admin.register(CollaborationRequest)
class CollaborationRequestAdmin(LeavingMixin, admin.ModelAdmin):
    """The staff read a case whole and name who follows it; everything else is its owner's."""

    list_display = ["title", "organization", "kind", "state", "closes_on", "asked_of", "accepted", "broker"]
    list_filter = ["state", LateFilter, "kind", ("broker", admin.RelatedOnlyFieldListFilter)]
    list_select_related = ["organization", "broker"]
    search_fields = ["title", "organization__name"]
    columns_out = [
        (_("che cosa serve"), "title"), (_("organizzazione"), "organization.name"), (_("tipo"), "get_kind_display"),
        (_("stato"), "get_state_display"), (_("inviata il"), "opened_at"), (_("ultimo giorno"), "closes_on"),
        (_("finita il"), "ended_at"), (_("invitate"), "invited"), (_("accettate"), "yes"),
        (_("la segue"), "broker.email"),
    ]  # fmt: skip
    view_on_site = False  # the pages on the site are of those who ask and are asked
    date_hierarchy = "opened_at"
    fields = [
        "broker", "organization", "author", "kind", "state", "title", "text", "expected", "trl_min", "trl_max", "ip",
        "amount", "instrument", "stage", "closes_on", "is_blind", "terms", "opened_at", "ended_at",
    ]  # fmt: skip
    inlines = [RequestedInline, InvitationInline, StepInline]

    def get_queryset(self, request):
        found = super().get_queryset(request).exclude(state=CollaborationRequest.State.DRAFT)
        said_yes = Count("invitations", filter=Q(invitations__state=Invitation.State.ACCEPTED))
        return found.annotate(invited=Count("invitations"), yes=said_yes)

    def get_readonly_fields(self, request, obj=None):
        return [name for name in self.fields if name != "broker"]

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        """A list of names with what each has in hand, and no way from here into the accounts."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "broker":
            field.queryset, field.label_from_instance = brokers.brokers(), brokers.labelled
            field.empty_label, field.widget = _("nessuno, per ora"), field.widget.widget
        return field

    def save_model(self, request, obj, form, change):
        requests.assign_broker(obj, form.cleaned_data["broker"], request.user)

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    @admin.display(description=_("invitate"), ordering="invited")
    def asked_of(self, asked):
        return asked.invited

    @admin.display(description=_("accettate"), ordering="yes")
    def accepted(self, asked):
        return asked.yes
