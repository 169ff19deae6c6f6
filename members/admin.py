"""The staff's view of the network."""

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as BaseUserAdmin
from django.utils.translation import gettext_lazy as _

from .backoffice import alias_proposals, competence_merge
from .backoffice.list_admin import (
    DoublesFilter,
    ExportAdmin,
    ImportBatchAdmin,
    ListsMixin,
    StaleFilter,
    ToldApartAdmin,
    UnmetSearchAdmin,
    merge_two,
    tell_apart,
)
from .models import (
    Adhesion,
    Alias,
    Claim,
    Competence,
    Complement,
    Crosswalk,
    EconomicActivity,
    Export,
    Facility,
    FinancierTerms,
    FirmDetails,
    ImportBatch,
    LegalForm,
    Municipality,
    Need,
    Network,
    Offer,
    Organization,
    Province,
    Representative,
    RepresentativeInvitation,
    TermProposal,
    ToldApart,
    UnmetSearch,
    User,
)
from .people import claims
from .signals import announce_profile

admin.site.register(ImportBatch, ImportBatchAdmin)
admin.site.register(Export, ExportAdmin)
admin.site.register(ToldApart, ToldApartAdmin)
admin.site.register(UnmetSearch, UnmetSearchAdmin)


@admin.register(User)
class UserAdmin(BaseUserAdmin):
    list_display = ["email", "full_name", "is_staff", "is_active", "date_joined"]
    list_filter = ["is_staff", "is_active"]
    search_fields = ["email", "full_name"]
    ordering = ["email"]
    readonly_fields = ["date_joined", "last_login"]
    filter_horizontal = ["groups"]
    fieldsets = [
        (None, {"fields": ["email", "full_name", "password", "is_active"]}),
        (_("Consorzio"), {"fields": ["is_staff", "is_superuser", "groups"]}),
        (_("Date"), {"fields": ["date_joined", "last_login"]}),
    ]
    add_fieldsets = [(None, {"fields": ["email", "full_name", "usable_password", "password1", "password2"]})]

    def get_readonly_fields(self, request, obj=None):
        # Only a superuser hands out powers.
        powers = [] if request.user.is_superuser else ["is_staff", "is_superuser", "groups"]
        return [*super().get_readonly_fields(request, obj), *powers]


class RepresentativeInline(admin.TabularInline):
    model = Representative
    extra = 0
    autocomplete_fields = ["user"]


class OfferInline(admin.TabularInline):
    model = Offer
    extra = 0
    autocomplete_fields = ["competence"]


class NeedInline(admin.TabularInline):
    model = Need
    extra = 0
    autocomplete_fields = ["competence"]


class AdhesionInline(admin.TabularInline):
    model = Adhesion
    extra = 0


class FirmDetailsInline(admin.StackedInline):
    model = FirmDetails
    extra = 0
    autocomplete_fields = ["activities"]


class FacilityInline(admin.StackedInline):
    model = Facility
    extra = 0
    autocomplete_fields = ["competence"]


class FinancierTermsInline(admin.StackedInline):
    model = FinancierTerms
    extra = 0
    autocomplete_fields = ["sectors", "provinces", "excluded_activities"]


DETAILS = {
    Organization.Kind.FIRM: FirmDetailsInline,
    Organization.Kind.RESEARCH_CENTER: FacilityInline,
    Organization.Kind.FINANCIER: FinancierTermsInline,
}


@admin.register(Organization)
class OrganizationAdmin(ListsMixin, admin.ModelAdmin):
    list_display = ["name", "kind", "municipality", "status", "reviewed_on"]
    list_filter = ["status", "kind", StaleFilter, DoublesFilter, "municipality__province"]
    list_select_related = ["municipality"]
    search_fields = ["name", "description", "vat_number"]
    prepopulated_fields = {"slug": ["name"]}
    autocomplete_fields = ["municipality", "legal_form"]
    readonly_fields = ["visible_to_financiers_since", "version"]
    exclude = ["logo"]  # it comes in through the profile's form, which makes it clean
    inlines = [RepresentativeInline, OfferInline, NeedInline, AdhesionInline]
    actions = ["publish", merge_two, tell_apart]

    def get_inlines(self, request, obj):
        """A new organization has no kind yet: what belongs to one kind appears once it is saved."""
        return [DETAILS[obj.kind], *self.inlines] if obj else self.inlines

    @admin.action(description=_("Pubblica i profili scelti"))
    def publish(self, request, queryset):
        waiting = list(queryset.exclude(status=Organization.Status.PUBLISHED))
        for organization in waiting:
            organization.status = Organization.Status.PUBLISHED
            organization.save(update_fields=["status", "updated_at"])
            announce_profile(organization)
        self.message_user(request, _("Profili pubblicati: %(count)d.") % {"count": len(waiting)})

    def save_model(self, request, obj, form, change):
        obj.version += change  # whoever has the profile's form open is told of the conflict
        super().save_model(request, obj, form, change)

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        announce_profile(form.instance)


class AliasInline(admin.TabularInline):
    model = Alias
    extra = 0


class CrosswalkInline(admin.TabularInline):
    model = Crosswalk
    extra = 0


class CompetenceForm(forms.ModelForm):
    merge_into = forms.ModelChoiceField(
        Competence.objects.selectable(),
        label=_("Unisci a"),
        required=False,
        help_text=_("Questa competenza diventa un sinonimo dell'altra: chi la offre o la cerca passa a quella."),
    )

    def clean_merge_into(self):
        into = self.cleaned_data["merge_into"]
        if into and into == self.instance:
            raise forms.ValidationError(_("Una competenza non si unisce a sé stessa."))
        return into


@admin.register(Competence)
class CompetenceAdmin(admin.ModelAdmin):
    form = CompetenceForm
    list_display = ["code", "name_it", "name_en", "source", "merged_into"]
    readonly_fields = ["merged_into"]
    search_fields = ["code", "name_it", "name_en", "aliases__term"]
    list_select_related = ["parent", "merged_into"]
    inlines = [AliasInline, CrosswalkInline]

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        if into := form.cleaned_data.get("merge_into"):
            competence_merge.merge_competences(form.instance, into)
            self.message_user(
                request, _("«%(term)s» ora è un sinonimo di «%(into)s».") % {"term": form.instance, "into": into}
            )


@admin.register(Complement)
class ComplementAdmin(admin.ModelAdmin):
    list_display = ["giver", "taker", "weight", "reason", "author"]
    list_select_related = ["giver", "taker"]
    autocomplete_fields = ["giver", "taker"]


@admin.register(Network)
class NetworkAdmin(admin.ModelAdmin):
    list_display = ["name"]
    prepopulated_fields = {"slug": ["name"]}


@admin.register(Adhesion)
class AdhesionAdmin(admin.ModelAdmin):
    list_display = ["organization", "network", "state", "since", "until"]
    list_filter = ["network", "state"]
    list_select_related = ["organization", "network"]
    autocomplete_fields = ["organization"]


@admin.register(Claim)
class ClaimAdmin(admin.ModelAdmin):
    list_display = ["organization", "user", "state", "created_at"]
    list_filter = ["state"]
    list_select_related = ["organization", "user"]
    readonly_fields = ["organization", "user", "note", "state", "created_at", "decided_at", "decided_by"]
    actions = ["approve", "refuse"]

    def has_add_permission(self, request):
        return False

    @admin.action(description=_("Accogli le rivendicazioni scelte"), permissions=["change"])
    def approve(self, request, queryset):
        done = sum(
            claims.approve_claim(claim, request.user) for claim in queryset.select_related("organization", "user")
        )
        self.message_user(request, _("Accolte: %(count)d. I profili sono pubblicati.") % {"count": done})

    @admin.action(description=_("Respingi le rivendicazioni scelte"), permissions=["change"])
    def refuse(self, request, queryset):
        done = sum(claims.refuse_claim(claim, request.user) for claim in queryset)
        self.message_user(request, _("Respinte: %(count)d.") % {"count": done})


@admin.register(RepresentativeInvitation)
class RepresentativeInvitationAdmin(admin.ModelAdmin):
    list_display = ["email", "organization", "role", "created_at", "accepted_at"]
    list_select_related = ["organization"]
    autocomplete_fields = ["organization", "invited_by"]


@admin.register(TermProposal)
class TermProposalAdmin(admin.ModelAdmin):
    list_display = ["term", "competence", "organization", "state", "created_at"]
    list_filter = ["state"]
    list_select_related = ["competence", "organization"]
    autocomplete_fields = ["competence", "organization"]
    actions = ["accept"]

    @admin.action(description=_("Accogli come sinonimi della competenza indicata"), permissions=["change"])
    def accept(self, request, queryset):
        ready = queryset.exclude(competence=None).filter(state=TermProposal.State.WAITING)
        for proposal in ready:
            Alias.objects.get_or_create(competence=proposal.competence, term=proposal.term.lower())
        done = ready.update(state=TermProposal.State.ACCEPTED)
        self.message_user(request, _("Sinonimi aggiunti: %(count)d.") % {"count": done})


@admin.register(Alias)
class AliasAdmin(admin.ModelAdmin):
    """Every word of the workshop on one page, with where it comes from; above them the words searched in vain."""

    change_list_template = "admin/members/alias/change_list.html"
    list_display = ["term", "competence", "source", "is_reviewed"]
    list_filter = ["is_reviewed", "source"]
    list_select_related = ["competence"]
    list_per_page = 200
    search_fields = ["term", "competence__code", "competence__name_it"]
    autocomplete_fields = ["competence"]
    actions = ["mark_reviewed"]

    @admin.action(description=_("Segna come rivisti i sinonimi scelti"), permissions=["change"])
    def mark_reviewed(self, request, queryset):
        done = queryset.filter(is_reviewed=False).update(is_reviewed=True)
        self.message_user(request, _("Sinonimi rivisti: %(count)d.") % {"count": done})

    def changelist_view(self, request, extra_context=None):
        return super().changelist_view(request, {"wanted": alias_proposals.from_searches(), **(extra_context or {})})


@admin.register(LegalForm)
class LegalFormAdmin(admin.ModelAdmin):
    list_display = ["code", "name"]
    search_fields = ["code", "name"]


@admin.register(EconomicActivity)
class EconomicActivityAdmin(admin.ModelAdmin):
    list_display = ["code", "title_it"]
    search_fields = ["code", "title_it"]


@admin.register(Municipality)
class MunicipalityAdmin(admin.ModelAdmin):
    list_display = ["name", "province", "istat_code"]
    list_filter = ["province"]
    list_select_related = ["province"]
    search_fields = ["name"]


@admin.register(Province)
class ProvinceAdmin(admin.ModelAdmin):
    list_display = ["code", "name", "region"]
    search_fields = ["code", "name"]
