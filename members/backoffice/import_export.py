"""Lists of organizations: brought in as a whole or not at all, taken back as a whole, taken out without live formulas.

What comes in is `shadow`: nobody sees it and nobody gets a mail before a representative has claimed it.
"""

from contextlib import suppress
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.html import escape
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from import_export import resources
from import_export.fields import Field
from import_export.formats.base_formats import CSV, XLSX
from import_export.results import Result
from import_export.widgets import CharWidget, Widget

from ..models import Adhesion, ImportBatch, ImportedOrganization, Municipality, Network, Organization, SearchDocument
from ..rules import texts
from .duplicates import name_key

REQUIRED = ["denominazione", "comune"]
BATCH = 500
SHOWN = 50  # rows of the preview


class ItalianCSV(CSV):
    """CSV as Excel writes it in Italy too, with semicolons."""

    def create_dataset(self, in_stream, **kwargs):
        text = in_stream.decode("utf-8-sig") if isinstance(in_stream, bytes) else in_stream.removeprefix("\ufeff")
        head = text.partition("\n")[0]
        return super().create_dataset(text, delimiter=";" if head.count(";") > head.count(",") else ",", **kwargs)


FORMATS = [ItalianCSV, XLSX]


class Preview(Result):
    """What an import would do; the page shows the first rows only."""

    def valid_rows(self):
        return super().valid_rows()[:SHOWN]


class TextWidget(CharWidget):
    """Text as typed: a formula that we made harmless on the way out comes in as it was."""

    def clean(self, value, row=None, **kwargs):
        return texts.as_typed("" if value is None else str(value).strip())


class NumberWidget(Widget):
    def clean(self, value, row=None, **kwargs):
        text = "" if value is None else str(value).strip()
        if text and not (text.isascii() and text.isdigit() and len(text) < 8):
            raise ValueError(_("«%(text)s» non è un numero intero.") % {"text": text[:40]})
        return int(text) if text else None


class KindWidget(Widget):
    """ "impresa", "centro di ricerca", "operatore finanziario"; nothing means a firm."""

    def clean(self, value, row=None, **kwargs):
        text = str(value or Organization.Kind.FIRM.label).strip().casefold()
        kinds = {str(word).casefold(): kind for kind in Organization.Kind for word in (kind, kind.label)}
        if text not in kinds:
            raise ValueError(_("«%(text)s» non è un tipo: impresa, centro di ricerca o operatore finanziario."
                               ) % {"text": text[:40]})  # fmt: skip
        return kinds[text]

    def render(self, value, obj=None, **kwargs):
        return str(Organization.Kind(value).label)


class MunicipalityWidget(Widget):
    """A comune by its name, and by the province's two letters where two share a name."""

    def __init__(self):
        super().__init__()
        self.known = {}

    def load(self):
        """All of them at once: a list of ten thousand rows asks the database once."""
        self.known = {}
        for found in Municipality.objects.all():
            self.known.setdefault(found.name.casefold(), {})[found.province_id] = found

    def clean(self, value, row=None, **kwargs):
        name = str(value or "").strip()
        province = str((row or {}).get("provincia") or "").strip().upper()
        found = self.known.get(name.casefold(), {})
        if not name:
            raise ValueError(_("Manca il comune."))
        if province and province in found:
            return found[province]
        if province or not found:
            raise ValueError(
                _("Il comune «%(name)s» non c'è nell'elenco ISTAT.") % {"name": f"{name} {province}".strip()[:80]}
            )
        if len(found) > 1:
            raise ValueError(_("Ci sono più comuni «%(name)s»: indica la provincia.") % {"name": name[:60]})
        return next(iter(found.values()))

    def render(self, value, obj=None, **kwargs):
        return value.name if value else ""


class ProvinceField(Field):
    """Only read on the way in, by the comune."""

    def save(self, instance, row, is_m2m=False, **kwargs):
        return None


class NetworkWidget(Widget):
    """A network by its name or its address."""

    def load(self):
        self.known = {str(word).casefold(): one for one in Network.objects.all() for word in (one.name, one.slug)}

    def clean(self, value, row=None, **kwargs):
        text = str(value or "").strip()
        if text and text.casefold() not in self.known:
            raise ValueError(_("La rete «%(text)s» non c'è.") % {"text": text[:60]})
        return self.known.get(text.casefold())


class AdhesionStateWidget(Widget):
    """ "contattata", "interessata", "domanda presentata", "aderente", "uscita"."""

    def clean(self, value, row=None, **kwargs):
        text = str(value or "").strip().casefold()
        states = {str(word).casefold(): state for state in Adhesion.State for word in (state, state.label)}
        if text and text not in states:
            known = ", ".join(str(state.label).lower() for state in Adhesion.State)
            raise ValueError(_("«%(text)s» non è uno stato: %(known)s.") % {"text": text[:40], "known": known})
        return states.get(text)


class DayWidget(Widget):
    """31/12/2025 or 2025-12-31; a spreadsheet gives the day itself."""

    def clean(self, value, row=None, **kwargs):
        if isinstance(value, datetime):
            return value.date()
        for form in ("%d/%m/%Y", "%Y-%m-%d") if (text := str(value or "").strip()) else ():
            with suppress(ValueError):
                return datetime.strptime(text, form).date()
        if text:
            raise ValueError(_("«%(text)s» non è una data: scrivi giorno/mese/anno.") % {"text": text[:40]})
        return None


class OrganizationResource(resources.ModelResource):
    """One row, one organization. A row that is wrong says so at its column, and then nothing at all is written."""

    name = Field("name", "denominazione", TextWidget())
    kind = Field("kind", "tipo", KindWidget())
    vat_number = Field("vat_number", "partita_iva", TextWidget())
    tax_code = Field("tax_code", "codice_fiscale", TextWidget())
    municipality = Field("municipality", "comune", MunicipalityWidget())
    province = ProvinceField("municipality__province_id", "provincia", TextWidget())
    description = Field("description", "che_cosa_fa", TextWidget())
    website = Field("website", "sito", TextWidget())
    phone = Field("phone", "telefono", TextWidget())
    contact_email = Field("contact_email", "email", TextWidget())
    workers = Field("workers", "addetti", NumberWidget())
    # Where it stands with a network, if the list says: stored as an adhesion. Only on the way in.
    network = Field("network", "rete", NetworkWidget())
    adhesion_state = Field("adhesion_state", "stato_adesione", AdhesionStateWidget())
    adhesion_since = Field("adhesion_since", "adesione_dal", DayWidget())
    ONLY_IN = ("network", "adhesion_state", "adhesion_since")

    class Meta:
        model = Organization
        fields = (
            "name", "kind", "vat_number", "tax_code", "municipality", "province", "description", "website", "phone",
            "contact_email", "workers", "network", "adhesion_state", "adhesion_since",
        )  # fmt: skip
        import_id_fields = ()
        force_init_instance = use_bulk = use_transactions = skip_diff = True
        batch_size = BATCH

    @classmethod
    def get_result_class(cls):
        return Preview

    def before_import(self, dataset, user=None, file_name="", **kwargs):
        """A dry run takes this back too: everything happens in one transaction."""
        self.batch = ImportBatch.objects.create(made_by=user, file_name=(file_name or "")[:200])
        self.fields["municipality"].widget.load()
        self.fields["network"].widget.load()
        known = list(Organization.objects.values_list("vat_number", "slug", "name", "municipality_id"))
        self.vat_numbers = {vat_number for vat_number, *_rest in known if vat_number}
        self.slugs = {slug for _vat, slug, *_rest in known}
        self.names = {(name_key(name), place) for *_rest, name, place in known}

    def import_row(self, row, instance_loader, **kwargs):
        # Ten thousand instances would stay in memory for a log that `ImportBatch` keeps already.
        return super().import_row(row, instance_loader, **{**kwargs, "retain_instance_in_row_result": False})

    def after_init_instance(self, instance, new, row, **kwargs):
        instance.status, instance.kind = Organization.Status.SHADOW, Organization.Kind.FIRM

    def validate_instance(self, instance, import_validation_errors=None, validate_unique=True):
        """Every rule of the profile, without a question to the database for each row."""
        errors = dict(import_validation_errors or {})
        for check in (
            self._check_texts, self._check_fields, Organization.clean, self._check_new, self._check_adhesion
        ):  # fmt: skip
            try:
                check(instance) if check is Organization.clean else check(instance, errors)
            except ValidationError as error:
                errors = error.update_error_dict(errors)
        if errors:
            raise ValidationError({self._column(name): found for name, found in errors.items()})
        self._remember(instance)

    def _check_texts(self, instance, errors):
        wrong = {}
        for field in ("name", "description", "phone", "website", "contact_email"):
            text, longest = getattr(instance, field) or "", Organization._meta.get_field(field).max_length
            if not texts.is_readable(text):
                wrong[field] = _("Ci sono caratteri che non si possono scrivere.")
            elif len(text) > longest:
                wrong[field] = _("Il testo è troppo lungo: al massimo %(longest)d caratteri.") % {"longest": longest}
        if wrong:
            raise ValidationError(wrong)

    def _check_fields(self, instance, errors):
        instance.clean_fields(exclude=[*errors, "slug", "municipality", "legal_form", "vat_number", "tax_code"])

    def _check_new(self, instance, errors):
        if instance.vat_number and instance.vat_number in self.vat_numbers:
            raise ValidationError({"vat_number": _("C'è già un'organizzazione con questa partita IVA.")})
        if (name_key(instance.name), instance.municipality_id) in self.names:
            raise ValidationError({"name": _("C'è già un'organizzazione con questo nome nello stesso comune.")})

    def _check_adhesion(self, instance, errors):
        """A network wants a state and a state a network; without a day it is today. Tomorrow has not happened yet."""
        network, state = getattr(instance, "network", None), getattr(instance, "adhesion_state", None)
        since, today = getattr(instance, "adhesion_since", None), timezone.localdate()
        if network and not state and "adhesion_state" not in errors:
            raise ValidationError({"adhesion_state": _("Manca lo stato dell'adesione alla rete.")})
        if (state or since) and not network and "network" not in errors:
            raise ValidationError({"network": _("Manca la rete di questa adesione.")})
        if since and since > today:
            raise ValidationError({"adhesion_since": _("Questo giorno deve ancora venire.")})
        instance.adhesion_since = since or today

    def get_export_fields(self, selected_fields=None):
        found = super().get_export_fields(selected_fields)
        return [field for field in found if field.attribute not in self.ONLY_IN]

    def _remember(self, instance):
        self.vat_numbers.add(instance.vat_number)
        self.vat_numbers.discard("")
        self.names.add((name_key(instance.name), instance.municipality_id))
        instance.slug = self._free_slug(slugify(instance.name)[:160] or "organizzazione")
        self.slugs.add(instance.slug)

    def _free_slug(self, slug):
        number, free = 2, slug
        while free in self.slugs:
            free, number = f"{slug}-{number}", number + 1
        return free

    def _column(self, name):
        return self.fields[name].column_name if name in self.fields else name

    def after_import_row(self, row, row_result, row_number=0, **kwargs):
        if row_number <= SHOWN:
            row_result.diff = [escape(row.get(header) or "") for header in self.get_diff_headers()]

    def bulk_create(self, *args, **kwargs):
        made = list(self.create_instances)
        super().bulk_create(*args, **kwargs)
        adhesions = _adhesions(made)
        ImportedOrganization.objects.bulk_create(
            ImportedOrganization(
                batch=self.batch, organization=one, updated_at=one.updated_at, adhesion=adhesions.get(one.pk)
            )
            for one in made
            if one.pk
        )

    def after_import(self, dataset, result, **kwargs):
        """Nothing to put right: the ids came from the database's own sequence."""

    def export_field(self, field, instance, **kwargs):
        return texts.harmless_cell(super().export_field(field, instance, **kwargs))


def _adhesions(made):
    """The open adhesions of the rows that named a network, stored at once: {organization's pk: adhesion}."""
    rows = [
        Adhesion(organization=one, network=one.network, state=one.adhesion_state, since=one.adhesion_since)
        for one in made
        if one.pk and getattr(one, "network", None)
    ]
    return {row.organization_id: row for row in Adhesion.objects.bulk_create(rows)}


class Edited(Exception):
    """An organization of the list has been worked on since: the list can no longer be taken back."""


def edited(batch):
    """The organizations of the list that are no longer as they came: saved, claimed, or named by any other row."""
    changed = ~Q(updated_at=F("imported__updated_at")) | ~Q(status=Organization.Status.SHADOW)
    for relation in Organization._meta.related_objects:
        model, name = relation.related_model, relation.field.name
        if model not in (ImportedOrganization, SearchDocument) and not model.__name__.endswith("Event"):
            rows = model._default_manager.filter(**{name: OuterRef("pk")})
            if model is Adhesion:  # the one that came along, if it still stands as it came
                rows = rows.exclude(pk=OuterRef("imported__adhesion"), until=None)
            changed |= Exists(rows)
    return Organization.objects.filter(changed, imported__batch=batch)


@transaction.atomic
def undo_import(batch) -> int:
    """Take the whole list back and say how many organizations went. Raises `Edited`, and then none goes."""
    ids = list(batch.rows.values_list("organization", flat=True))
    list(Organization.objects.select_for_update().filter(pk__in=ids).order_by("pk").values_list("pk"))
    if found := edited(batch)[:5]:
        raise Edited(", ".join(str(organization) for organization in found))
    Organization.objects.filter(pk__in=ids).delete()
    batch.delete()
    return len(ids)
