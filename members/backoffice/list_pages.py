"""The pages on which a list comes in: the file, what its columns mean, what would happen, what has happened."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..models import ListUpload
from ..rules import list_headers, spreadsheets
from ..rules.spreadsheets import plain
from ..safety import table_sizes
from . import list_import, list_template
from .list_export import XLSX, LeavingMixin
from .list_import import LABELS, NEEDED, UPDATABLE
from .list_places import Places, Unknown

LARGEST = 5_000_000  # bytes of a list
UNREADABLE = {
    "old_excel": gettext_lazy(
        "È un file Excel di vecchio tipo o protetto da password: in Excel salvalo come «Cartella di lavoro di Excel"
        " (.xlsx)», senza password, e riprova."
    ),
    "broken": gettext_lazy("Il file non si legge come elenco: servono un foglio Excel (.xlsx) o un CSV."),
    "huge": gettext_lazy("Il foglio è troppo grande: dividilo in più file."),
    "empty": gettext_lazy("Nel file non c'è un elenco: servono una riga di intestazioni e, sotto, le imprese."),
}
UNUSABLE = (list_import.TooLong, spreadsheets.Unreadable)
TOO_LONG = gettext_lazy("L'elenco ha più di %(most)d righe: dividilo in più file.")


class UploadForm(forms.Form):
    """A file that is no list says so at its field, before anything else happens."""

    file = forms.FileField(
        label=gettext_lazy("File"), help_text=gettext_lazy("Excel (.xlsx) o CSV, fino a 5 MB e 10.000 righe.")
    )

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > LARGEST:
            raise forms.ValidationError(_("Il file è troppo grande: al massimo 5 MB."))
        try:
            table_sizes.judge_list(file)
        except table_sizes.TooLarge:
            raise forms.ValidationError(
                _("L'elenco è troppo lungo: al massimo %(rows)d righe e %(columns)d colonne per volta.")
                % {"rows": table_sizes.MOST_ROWS, "columns": table_sizes.MOST_COLUMNS}
            ) from None
        return file


class ColumnsForm(forms.Form):
    """A choice for each column of the file, and the row in which their names stand."""

    head_row = forms.IntegerField(
        label=gettext_lazy("Riga delle intestazioni"),
        min_value=1,
        max_value=list_headers.TOP,
        help_text=gettext_lazy("Il numero che Excel mostra a sinistra. Le righe sopra non si leggono."),
    )

    def __init__(self, *args, upload, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["head_row"].initial = upload.head_row
        choices = [("", _("(non importare)")), *LABELS.items()]
        self.headers = list_import.headers_and_samples(upload)
        for at, ((header, samples), chosen) in enumerate(zip(self.headers, _filled(upload, self.headers), strict=True)):
            self.fields[f"column{at}"] = forms.ChoiceField(
                label=header or _("(senza nome)"),
                choices=choices,
                initial=chosen,
                required=False,
                help_text=" · ".join(samples),
            )

    def columns(self):
        return [self.cleaned_data[f"column{at}"] for at in range(len(self.headers))]

    def clean(self):
        cleaned = super().clean()
        chosen = [cleaned.get(f"column{at}") or "" for at in range(len(self.headers))]
        for at, name in enumerate(chosen):
            if name and name in chosen[:at]:
                self.add_error(f"column{at}", _("«%(name)s» è già un'altra colonna.") % {"name": LABELS[name]})
        if missing := [str(LABELS[name]) for name in NEEDED if name not in chosen]:
            raise forms.ValidationError(_("Di' quale colonna è: %(missing)s.") % {"missing": ", ".join(missing)})
        return cleaned


def _filled(upload, headers):
    return [*upload.columns, *[""] * len(headers)][: len(headers)]


class ListsMixin(LeavingMixin):
    """Lists of organizations, in and out, for whoever may change them."""

    def get_urls(self):
        pages = {
            "import/": (self.import_action, "import"),
            "import/modello/": (self.template_action, "import_template"),
            "import/<int:object_id>/colonne/": (self.columns_action, "import_columns"),
            "import/<int:object_id>/": (self.check_action, "import_check"),
            "import/<int:object_id>/scartate/": (self.refused_action, "import_refused"),
        }
        own = [
            path(where, self.admin_site.admin_view(self._for_bringers(view)), name=f"members_organization_{name}")
            for where, (view, name) in pages.items()
        ]
        return [*own, *super().get_urls()]

    def _for_bringers(self, view):
        def guarded(request, **kwargs):
            if not self.may_bring(request):
                raise PermissionDenied
            return view(request, **kwargs)

        return guarded

    def may_bring(self, request):
        return request.user.has_perm("members.add_organization")

    def may_leave(self, request):
        return request.user.has_perm("members.change_organization")

    def changelist_view(self, request, extra_context=None):
        bring = {"bring_url": reverse("admin:members_organization_import"), "bring_label": _("Importare un elenco")}
        return super().changelist_view(request, {**(bring if self.may_bring(request) else {}), **(extra_context or {})})

    def import_action(self, request):
        """Takes the file. What it holds is understood at once, or asked on the page of the columns."""
        form = UploadForm(request.POST or None, request.FILES or None)
        if form.is_valid():
            file = form.cleaned_data["file"]
            try:
                upload = list_import.receive(file.name, file.read(), request.user)
            except spreadsheets.Unreadable as error:
                form.add_error("file", UNREADABLE[error.code])
            else:
                return redirect(self._next_page(upload), object_id=upload.pk)
        recent = ListUpload.objects.filter(batch=None).defer("content", "refused").order_by("-pk")[:5]
        return self._page(request, "import", _("Importare un elenco"), form=form, recent=recent)

    def _next_page(self, upload):
        is_clear = all(name in upload.columns for name in NEEDED)
        return f"admin:members_organization_{'import_check' if is_clear else 'import_columns'}"

    def template_action(self, request):
        return _download(list_template.workbook(), "modello-elenco-imprese.xlsx")

    def columns_action(self, request, object_id):
        upload = self._waiting(object_id)
        form = ColumnsForm(request.POST or None, upload=upload)
        if request.method == "POST" and request.POST.get("head_row") not in (None, str(upload.head_row)):
            return self._other_head(request, upload)
        if form.is_valid():
            upload.columns = form.columns()
            upload.save(update_fields=["columns"])
            list_import.remember_headers(upload)
            return redirect("admin:members_organization_import_check", object_id=upload.pk)
        return self._page(request, "columns", _("Che cosa c'è nelle colonne"), form=form, upload=upload)

    def _other_head(self, request, upload):
        """Another row holds the names: the columns are guessed anew."""
        number = request.POST["head_row"]
        cells = dict(list_import.first_rows(upload)).get(int(number) if number.isdecimal() and len(number) < 4 else 0)
        if not cells or not any(cell is not None for cell in cells):
            messages.error(request, _("In quella riga non ci sono intestazioni."))
        else:
            upload.head_row = int(number)
            upload.columns = list_headers.columns(cells, list_import.headers_remembered())
            upload.save(update_fields=["head_row", "columns"])
        return redirect("admin:members_organization_import_columns", object_id=upload.pk)

    def check_action(self, request, object_id):
        """What would happen; the buttons of the page explain places, choose what is updated, and bring the list in."""
        upload = self._any(object_id)
        if upload.batch_id:
            counts = list_import.outcome(upload)
            return self._page(request, "done", _("Elenco importato"), upload=upload, counts=counts)
        if not all(name in upload.columns for name in NEEDED):
            return redirect("admin:members_organization_import_columns", object_id=upload.pk)
        wrong = {}
        if request.method == "POST":
            if "bring" in request.POST:
                return self._bring(request, upload)
            wrong = self._explain(request, upload)
            if not wrong:
                return redirect("admin:members_organization_import_check", object_id=upload.pk)
        try:
            found = list_import.preview(upload)
        except UNUSABLE as error:
            return self._refuse(request, error)
        return self._page(request, "check", _("Controlla e importa"), **_check_context(upload, found, wrong))

    def _refuse(self, request, error):
        """A list that turns out too long, or broken further down, is told on the first page."""
        is_long = isinstance(error, list_import.TooLong)
        messages.error(request, TOO_LONG % {"most": list_import.MOST_ROWS} if is_long else UNREADABLE[error.code])
        return redirect("admin:members_organization_import")

    def _explain(self, request, upload):
        """Store what staff say on the page; {place: (what was typed, why it is no answer)} that nobody understood."""
        if "choose_updates" in request.POST:
            upload.updates = [name for name in request.POST.getlist("updates") if name in UPDATABLE]
            upload.save(update_fields=["updates"])
        wrong, places = {}, Places()
        for place, answer in zip(request.POST.getlist("place"), request.POST.getlist("answer"), strict=False):
            if not plain(answer):
                continue
            try:
                list_import.remember_place(place, places.find(answer))
            except Unknown as unknown:
                wrong[place] = (answer, str(unknown))
        return wrong

    def _bring(self, request, upload):
        try:
            with transaction.atomic():
                counts = list_import.bring_in(upload, request.user)
        except UNUSABLE as error:
            return self._refuse(request, error)
        except IntegrityError:
            messages.error(
                request, _("Qualcosa è cambiato nel frattempo: non è stato importato niente. Controlla di nuovo.")
            )
        else:
            told = _("Importate %(new)d organizzazioni, aggiornate %(changed)d; righe rimaste fuori: %(refused)d.")
            messages.success(request, told % counts)
        return redirect("admin:members_organization_import_check", object_id=upload.pk)

    def refused_action(self, request, object_id):
        """The rows that stayed outside, each with its reason: to be mended and brought in as a list of their own."""
        upload = self._any(object_id)
        try:
            content = bytes(upload.refused) if upload.batch_id else list_import.refused_sheet(upload)
        except UNUSABLE as error:
            return self._refuse(request, error)
        return _download(content, "righe-rimaste-fuori.xlsx")

    def _any(self, object_id):
        return get_object_or_404(ListUpload.objects.select_related("batch"), pk=object_id)

    def _waiting(self, object_id):
        return get_object_or_404(ListUpload, pk=object_id, batch=None)

    def _page(self, request, name, title, **context):
        context = {**self.admin_site.each_context(request), "title": title, "opts": self.opts, **context}
        return render(request, f"admin/lists/{name}.html", context)


def _check_context(upload, found, wrong):
    headers = list_import.headers_and_samples(upload, most=0)
    meanings = [
        (header or _("(senza nome)"), LABELS.get(name))
        for (header, _samples), name in zip(headers, _filled(upload, headers), strict=True)
    ]
    asked = [
        {"place": place, "count": count, "number": number, "suggestion": suggestion or "", "wrong": wrong.get(place)}
        for place, (suggestion, count, number) in list(found.asked.items())[:40]
    ]
    return {
        "upload": upload,
        "found": found,
        "meanings": meanings,
        "asked": asked,
        "updates": [(name, LABELS[name], name in upload.updates) for name in UPDATABLE if name in upload.columns],
        "changes": [
            (row, [(LABELS[name], before, after) for name, (before, after) in row.changes.items()])
            for row in found.changed
        ],
    }


def _download(content, name):
    return HttpResponse(content, content_type=XLSX, headers={"Content-Disposition": f'attachment; filename="{name}"'})
