"""The staff's view of the network."""

import re

from allauth.account.decorators import reauthentication_required
from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as BaseUserAdmin
from django.db.models import CharField, F, Func, Value
from django.utils.translation import gettext_lazy as _

from .backoffice import alias_proposals, competence_merge
from .backoffice.confirming import asks_first
from .backoffice.list_admin import (
    DoublesFilter,
    ExportAdmin,
    ImportBatchAdmin,
    StaleFilter,
    ToldApartAdmin,
    UnmetSearchAdmin,
    merge_two,
    tell_apart,
)
from .backoffice.list_export import LeavingMixin
from .backoffice.list_pages import ListsMixin
from .backoffice.security_admin import SecurityEventAdmin
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
    ListWord,
    Municipality,
    Need,
    Network,
    Offer,
    Organization,
    Province,
    Representative,
    RepresentativeInvitation,
    SecurityEvent,
    TermProposal,
    ToldApart,
    UnmetSearch,
    User,
)
from .people import claims
from .readonly import OnlyRead
from .signals import announce_profile

admin.site.register(ImportBatch, ImportBatchAdmin)
admin.site.register(Export, ExportAdmin)
admin.site.register(ToldApart, ToldApartAdmin)
admin.site.register(UnmetSearch, UnmetSearchAdmin)
admin.site.register(SecurityEvent, SecurityEventAdmin)


def _organizations_of(user):
    lines = user.representations.all()
    return "; ".join(f"{one.organization.name} ({one.get_role_display()})" for one in lines)


@admin.register(ListWord)
class ListWordAdmin(OnlyRead):
    """What lists have taught the portal; a word taken away is asked about again."""

    list_display = ["word", "sort", "field", "municipality"]
    list_filter = ["sort"]
    list_select_related = ["municipality"]
    search_fields = ["word"]

    def has_delete_permission(self, request, obj=None):
        return admin.ModelAdmin.has_delete_permission(self, request, obj)


@admin.register(User)
class UserAdmin(LeavingMixin, BaseUserAdmin):
    columns_out = [
        (_("e-mail"), "email"), (_("nome"), "full_name"), (_("organizzazioni"), _organizations_of),
        (_("personale"), "is_staff"), (_("attiva"), "is_active"), (_("iscritta il"), "date_joined"),
        (_("ultimo accesso"), "last_login"),
    ]  # fmt: skip
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

    def rows_out(self, queryset):
        return queryset.prefetch_related("representations__organization")

    def get_readonly_fields(self, request, obj=None):
        # Only a superuser hands out powers.
        powers = [] if request.user.is_superuser else ["is_staff", "is_superuser", "groups"]
        return [*super().get_readonly_fields(request, obj), *powers]

    def has_change_permission(self, request, obj=None):
        """Nobody takes a power by giving its holder another address or password."""
        return self._may_touch(request, obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request, obj=None):
        return self._may_touch(request, obj) and super().has_delete_permission(request, obj)

    def _may_touch(self, request, person):
        return request.user.is_superuser or person is None or not person.holds_power


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


ORGANIZATION_COLUMNS = [
    (_("denominazione"), "name"), (_("tipo"), "get_kind_display"), (_("stato del profilo"), "get_status_display"),
    (_("partita IVA"), "vat_number"), (_("codice fiscale"), "tax_code"), (_("comune"), "municipality.name"),
    (_("provincia"), "municipality.province_id"), (_("indirizzo"), "street"), (_("CAP"), "postal_code"),
    (_("località"), "locality"), (_("PEC"), "pec"), (_("all'attenzione di"), "addressee"), (_("telefono"), "phone"),
    (_("e-mail"), "contact_email"), (_("sito"), "website"), (_("addetti"), "workers"),
    (_("che cosa fa"), "description"), (_("rivisto il"), "reviewed_on"),
]  # fmt: skip


@admin.register(Organization)
class OrganizationAdmin(ListsMixin, admin.ModelAdmin):
    list_display = ["name", "kind", "municipality", "status", "reviewed_on"]
    list_filter = ["status", "kind", StaleFilter, DoublesFilter, "created_at", "municipality__province"]
    list_select_related = ["municipality"]
    search_fields = [
        "name", "description", "vat_number", "tax_code", "contact_email", "pec", "addressee", "street", "locality",
        "=postal_code", "municipality__name", "phone",
    ]  # fmt: skip
    search_help_text = _("Nome, comune, partita IVA, telefono, e-mail, PEC, via, CAP o persona.")
    prepopulated_fields = {"slug": ["name"]}
    autocomplete_fields = ["municipality", "legal_form"]
    readonly_fields = ["visible_to_financiers_since", "version"]
    exclude = ["logo"]  # it comes in through the profile's form, which makes it clean
    inlines = [RepresentativeInline, OfferInline, NeedInline, AdhesionInline]
    actions = ["publish", "unpublish", merge_two, tell_apart]
    columns_out = ORGANIZATION_COLUMNS

    def get_search_results(self, request, queryset, search_term):
        """A telephone number is found however its digits are grouped, there and here."""
        found, may_repeat = super().get_search_results(request, queryset, search_term)
        digits = re.sub(r"\D", "", search_term)
        if len(digits) >= 5 and re.fullmatch(r"[\d\s()/.+-]+", search_term):
            bare = Func(
                F("phone"), Value(r"\D"), Value(""), Value("g"), function="regexp_replace", output_field=CharField()
            )
            found |= queryset.alias(bare=bare).filter(bare__contains=re.sub(r"^39(?=0|3\d{8})", "", digits))
        return found, may_repeat

    def get_deleted_objects(self, objs, request):
        """What the portal itself computes and keeps goes with the organization, though nobody deletes it by itself."""
        listed, counts, needed, protected = super().get_deleted_objects(objs, request)
        ours = {model._meta.verbose_name for model, page in admin.site._registry.items() if isinstance(page, OnlyRead)}
        return listed, counts, needed - ours, protected

    def get_inlines(self, request, obj):
        """A new organization has no kind yet: what belongs to one kind appears once it is saved."""
        return [DETAILS[obj.kind], *self.inlines] if obj else self.inlines

    @asks_first(
        _("Pubblica i profili scelti"),
        says=_(
            "Questi profili in bozza diventano visibili a tutti. Le organizzazioni precaricate"
            " restano nascoste: si pubblicano quando qualcuno le rivendica."
        ),
        way_back=_("Si torna indietro con «Riporta in bozza i profili scelti»."),
        touches=lambda chosen: chosen.filter(status=Organization.Status.DRAFT),
    )
    def publish(self, request, queryset):
        count = self._move_all(queryset, Organization.Status.PUBLISHED)
        self.message_user(request, _("Profili pubblicati: %(count)d.") % {"count": count})

    @asks_first(
        _("Riporta in bozza i profili scelti"),
        says=_(
            "Questi profili non si vedono più sul sito e non vengono più proposti;"
            " i loro referenti li trovano ancora, e possono lavorarci."
        ),
        way_back=_("Si torna indietro con «Pubblica i profili scelti»."),
        touches=lambda chosen: chosen.filter(status=Organization.Status.PUBLISHED),
    )
    def unpublish(self, request, queryset):
        count = self._move_all(queryset, Organization.Status.DRAFT)
        self.message_user(request, _("Profili riportati in bozza: %(count)d.") % {"count": count})

    def _move_all(self, queryset, status):
        moved = list(queryset)
        for organization in moved:
            organization.status = status
            organization.save(update_fields=["status", "updated_at"])
            announce_profile(organization)
        return len(moved)

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

    def change_view(self, request, *args, **kwargs):
        """A merge cannot be undone: whoever asks for one has just said again who they are."""
        page = super().change_view
        return (reauthentication_required(page) if request.POST.get("merge_into") else page)(request, *args, **kwargs)

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
class AdhesionAdmin(LeavingMixin, admin.ModelAdmin):
    columns_out = [
        (_("organizzazione"), "organization.name"), (_("partita IVA"), "organization.vat_number"),
        (_("comune"), "organization.municipality.name"), (_("rete"), "network.name"), (_("stato"), "get_state_display"),
        (_("dal"), "since"), (_("al"), "until"),
    ]  # fmt: skip
    search_fields = ["organization__name", "organization__vat_number"]
    list_display = ["organization", "network", "state", "since", "until"]
    list_filter = ["network", "state"]
    list_select_related = ["organization", "network"]
    autocomplete_fields = ["organization"]

    def rows_out(self, queryset):
        return queryset.select_related("organization__municipality", "network")


@admin.register(Claim)
class ClaimAdmin(admin.ModelAdmin):
    list_display = ["organization", "user", "state", "created_at"]
    list_filter = ["state"]
    list_select_related = ["organization", "user"]
    readonly_fields = ["organization", "user", "note", "state", "created_at", "decided_at", "decided_by"]
    actions = ["approve", "refuse"]

    def has_add_permission(self, request):
        return False

    @asks_first(
        _("Accogli le rivendicazioni scelte"),
        says=_("Chi le ha chieste diventa referente, i profili escono sul sito e ciascuno riceve un'e-mail."),
        way_back=_(
            "L'e-mail non si richiama. Il profilo si può riportare in bozza"
            " e il referente si toglie dalla scheda dell'organizzazione."
        ),
        touches=lambda chosen: chosen.waiting(),
    )
    def approve(self, request, queryset):
        done = sum(
            claims.approve_claim(claim, request.user) for claim in queryset.select_related("organization", "user")
        )
        self.message_user(request, _("Accolte: %(count)d. I profili sono pubblicati.") % {"count": done})

    @asks_first(
        _("Respingi le rivendicazioni scelte"),
        says=_("Chi le ha chieste non diventa referente. Può chiedere di nuovo."),
        touches=lambda chosen: chosen.waiting(),
    )
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
