"""The staff's tools around the list of organizations: lists in and out, and doubles."""

from django import forms
from django.contrib import admin, messages
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..guards import needs_fresh_sign_in
from ..models import ListUpload, Organization
from ..readonly import OnlyRead
from ..safety.events import Kind, note_event
from . import duplicates, list_import
from .confirming import asks_first

MOST_TOLD_APART = 10  # at once: beyond that nobody has looked at every pair


class DoublesFilter(admin.SimpleListFilter):
    title = gettext_lazy("doppioni")
    parameter_name = "doppioni"

    def lookups(self, request, model_admin):
        return [("si", _("Sembrano doppie"))]

    def queryset(self, request, queryset):
        return queryset.filter(pk__in=duplicates.ids()) if self.value() else queryset


class StaleFilter(admin.SimpleListFilter):
    title = gettext_lazy("profilo da rivedere")
    parameter_name = "invecchiate"

    def lookups(self, request, model_admin):
        return [("si", _("Non riviste da %(months)d mesi") % {"months": Organization().months_to_age})]

    def queryset(self, request, queryset):
        return queryset.stale() if self.value() else queryset


class MergeForm(forms.Form):
    keep = forms.ModelChoiceField(
        Organization.objects.none(), label=gettext_lazy("Quale resta"), widget=forms.RadioSelect, empty_label=None
    )
    name = forms.CharField(label=gettext_lazy("Scrivi il nome di quella che resta"), max_length=160)

    def __init__(self, *args, organizations, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["keep"].queryset = organizations
        self.fields["keep"].label_from_instance = _described

    def clean(self):
        """The name is typed as it stands: nobody merges two firms by a slip of the hand."""
        cleaned = super().clean()
        keep, typed = cleaned.get("keep"), cleaned.get("name")
        if keep and typed and typed.strip() != keep.name:
            self.add_error("name", _("Non è il nome dell'organizzazione che resta: «%(name)s».") % {"name": keep.name})
        return cleaned


def _described(one):
    """The organization in a line, and the people who speak for it."""
    facts = f"{one.name} · {one.municipality or '–'} · {one.vat_number or '–'} · {one.get_status_display()}"
    people = ", ".join(map(_named, one.representatives.select_related("user"))) or "–"
    return f"{facts} · {_('referenti')}: {people}"


def _named(representative):
    user = representative.user
    return f"{user.get_full_name()} <{user.email}> ({representative.get_role_display()})"


@admin.action(description=gettext_lazy("Unisci le due organizzazioni scelte"), permissions=["change"])
@needs_fresh_sign_in
def merge_two(model_admin, request, queryset):
    """First asks which of the two stays; then one takes over everything of the other."""
    chosen = queryset.select_related("municipality__province")
    if chosen.count() != 2 or len({one.kind for one in chosen}) != 1:
        messages.error(request, _("Scegli due organizzazioni dello stesso tipo."))
        return None
    form = MergeForm(request.POST if "merge" in request.POST else None, organizations=chosen)
    if not form.is_valid():
        context = {"title": _("Unisci due organizzazioni"), "form": form, "chosen": chosen, "opts": model_admin.opts}
        return render(request, "admin/members/merge.html", {**model_admin.admin_site.each_context(request), **context})
    keep = form.cleaned_data["keep"]
    try:
        duplicates.merge_organizations(chosen.exclude(pk=keep.pk).get(), keep)
    except duplicates.Unmergeable as why:
        messages.error(request, str(why))
        return None
    note_event(Kind.MERGE, request.user, f"→ {keep.slug}")
    messages.success(request, _("«%(keep)s» ora è una sola organizzazione.") % {"keep": keep})
    return None


@admin.action(description=gettext_lazy("Sono organizzazioni diverse: togli dai doppioni"), permissions=["change"])
def tell_apart(model_admin, request, queryset):
    """What looked like doubles and is not leaves the list of doubles for good."""
    if queryset.count() not in range(2, MOST_TOLD_APART + 1):
        messages.error(request, _("Scegli da due a %(most)d organizzazioni.") % {"most": MOST_TOLD_APART})
        return
    pairs = duplicates.tell_apart(queryset, request.user)
    messages.success(request, _("Coppie segnate come diverse: %(count)d.") % {"count": pairs})


class ExportAdmin(OnlyRead):
    """Who took which list out of the portal."""

    list_display = ["made_at", "made_by", "what", "rows", "file_format", "filters"]
    list_select_related = ["made_by"]
    date_hierarchy = "made_at"


class ToldApartAdmin(admin.ModelAdmin):
    """Pairs that looked alike; taking one away puts it back among the doubles."""

    list_display = ["one", "other", "told_by", "told_at"]
    list_select_related = ["one", "other", "told_by"]
    search_fields = ["one__name", "other__name"]

    def has_add_permission(self, request):
        return False  # said from the list of organizations

    def has_change_permission(self, request, obj=None):
        return False


class ImportBatchAdmin(admin.ModelAdmin):
    """The lists that were brought in; each can be taken back as long as nobody has worked on it."""

    list_display = ["file_name", "made_at", "made_by", "size", "changed", "refused"]
    list_select_related = ["made_by"]
    readonly_fields = ["file_name", "made_by", "made_at"]
    actions = ["undo"]

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False  # a list goes with its organizations or stays

    @admin.display(description=gettext_lazy("organizzazioni"))
    def size(self, batch):
        return batch.rows.count()

    @admin.display(description=gettext_lazy("aggiornate"))
    def changed(self, batch):
        return batch.updated.count()

    @admin.display(description=gettext_lazy("rimaste fuori"))
    def refused(self, batch):
        upload = ListUpload.objects.filter(batch=batch).only("refused_count").first()
        if not upload or not upload.refused_count:
            return "–"
        url = reverse("admin:members_organization_import_refused", args=[upload.pk])
        return format_html('<a href="{}">{}</a>', url, upload.refused_count)

    @asks_first(
        gettext_lazy("Annulla le importazioni scelte"),
        says=gettext_lazy(
            "Le organizzazioni venute con questi elenchi spariscono; quelle"
            " che gli elenchi avevano cambiato tornano com'erano."
        ),
        way_back=gettext_lazy("Il file resta in Gestione ancora per qualche settimana e si può importare di nuovo."),
    )
    def undo(self, request, queryset):
        for batch in queryset:
            try:
                count = list_import.undo_import(batch)
            except list_import.Edited as edited:
                messages.error(
                    request,
                    _("«%(batch)s» resta: queste organizzazioni sono già state lavorate: %(edited)s.")
                    % {"batch": batch, "edited": edited},
                )
            else:
                messages.success(
                    request,
                    _("«%(batch)s» annullata: tolte o riportate com'erano %(count)d organizzazioni.")
                    % {"batch": batch, "count": count},
                )


class UnmetSearchAdmin(OnlyRead):
    list_display = ["text", "day", "count"]
    list_filter = ["day"]
    search_fields = ["text"]
