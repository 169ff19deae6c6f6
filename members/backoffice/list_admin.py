"""The staff's tools around the list of organizations: lists in and out, and doubles."""

from urllib.parse import unquote_plus

from allauth.account.decorators import reauthentication_required
from django import forms
from django.contrib import admin, messages
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from import_export.admin import ImportExportMixin
from import_export.forms import ExportForm, ImportForm

from ..guards import needs_fresh_sign_in
from ..models import Export, Organization
from ..readonly import OnlyRead
from ..safety import table_sizes
from ..safety.events import Kind, note_event
from . import duplicates, import_export

LARGEST = 5_000_000  # bytes of a list
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


class ListForm(ImportForm):
    """A file that is no list says so at its field, before anything else happens."""

    def clean(self):
        cleaned = super().clean()
        file, number = cleaned.get("import_file"), cleaned.get("format")
        if file and number and (wrong := self._fault(file, import_export.FORMATS[int(number)]())):
            self.add_error("import_file", wrong)
        return cleaned

    def _judge(self, file, file_format):
        """Before anything is unpacked into memory."""
        if isinstance(file_format, import_export.XLSX):
            table_sizes.judge_xlsx(file)
            file.seek(0)
        else:
            table_sizes.judge_csv(file.read())
            file.seek(0)

    def _fault(self, file, file_format):
        if file.size > LARGEST:
            return _("Il file è troppo grande: al massimo %(most)d MB.") % {"most": LARGEST // 2**20}
        try:
            self._judge(file, file_format)
            headers = file_format.create_dataset(file.read()).headers or []
        except table_sizes.TooLarge:
            return _("L'elenco è troppo lungo: al massimo %(rows)d righe e %(columns)d colonne per volta.") % {
                "rows": table_sizes.MOST_ROWS,
                "columns": table_sizes.MOST_COLUMNS,
            }
        except UnicodeDecodeError:
            return _("Il testo del file non è in UTF-8: in Excel salvalo come «CSV UTF-8» e riprova.")
        except Exception:  # whatever a broken file makes its reader say
            return _("Il file non si legge come elenco: controlla il formato e che ogni riga abbia le stesse colonne.")
        finally:
            file.seek(0)
        if missing := [column for column in import_export.REQUIRED if column not in headers]:
            return _("Nel file mancano queste colonne: %(missing)s.") % {"missing": ", ".join(missing)}
        return None


class ListsMixin(ImportExportMixin):
    """Import with preview and export, for whoever may change organizations."""

    resource_classes = [import_export.OrganizationResource]
    formats = import_export.FORMATS
    import_template_name = "admin/members/import.html"
    import_form_class = ListForm
    export_form_class = ExportForm
    from_encoding = "utf-8-sig"
    skip_admin_log = True  # the list itself is the log

    def get_urls(self):
        """A list leaves the house only with whoever has just said again who they are."""
        page = self.admin_site.admin_view(reauthentication_required(self.export_action))
        return [path("export/", page, name="members_organization_export"), *super().get_urls()]

    def init_request_context_data(self, request, form):
        """The page names the columns that the file has: fewer than those that may come in."""
        return {**super().init_request_context_data(request, form), "fields_list": [("", self._columns())]}

    def _columns(self):
        return import_export.OrganizationResource().get_export_headers()

    def get_export_data(self, file_format, request, queryset, **kwargs):
        """The file, and a row that says who took what."""
        data = super().get_export_data(file_format, request, queryset, **kwargs)
        note_event(Kind.EXPORT, request.user, f"organizations: {queryset.count()}")
        Export.objects.create(
            made_by=request.user,
            rows=queryset.count(),
            columns=", ".join(self._columns())[:500],
            filters=unquote_plus(request.META.get("QUERY_STRING", ""))[:500],
            file_format=file_format.get_title(),
        )
        return data

    def has_import_permission(self, request):
        return request.user.has_perm("members.add_organization")

    def has_export_permission(self, request):
        return request.user.has_perm("members.change_organization")

    def get_import_data_kwargs(self, **kwargs):
        return {**super().get_import_data_kwargs(**kwargs), "rollback_on_validation_errors": True}

    def process_result(self, result, request):
        if result.has_errors() or result.has_validation_errors():
            messages.error(request, _("Qualcosa è cambiato dopo l'anteprima: non è stato importato niente. Riprova."))
            return HttpResponseRedirect(reverse("admin:members_organization_import"))
        return super().process_result(result, request)

    def add_success_message(self, result, request):
        messages.success(
            request,
            _("Importate %(count)d organizzazioni: restano nascoste finché qualcuno non le rivendica.")
            % {"count": result.totals["new"]},
        )


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

    list_display = ["made_at", "made_by", "rows", "file_format", "filters"]
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

    list_display = ["file_name", "made_at", "made_by", "size"]
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

    @admin.action(description=gettext_lazy("Annulla le importazioni scelte"), permissions=["change"])
    def undo(self, request, queryset):
        for batch in queryset:
            try:
                count = import_export.undo_import(batch)
            except import_export.Edited as edited:
                messages.error(
                    request,
                    _("«%(batch)s» resta: queste organizzazioni sono già state lavorate: %(edited)s.")
                    % {"batch": batch, "edited": edited},
                )
            else:
                messages.success(
                    request,
                    _("«%(batch)s» annullata: tolte %(count)d organizzazioni.") % {"batch": batch, "count": count},
                )


class UnmetSearchAdmin(OnlyRead):
    list_display = ["text", "day", "count"]
    list_filter = ["day"]
    search_fields = ["text"]
