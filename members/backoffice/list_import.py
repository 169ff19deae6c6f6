"""Lists of organizations on their way in: read, judged row by row, the good ones stored, the others handed back.

What comes in is `shadow`: nobody sees it and nobody gets a mail before a representative has claimed it. What is here
already changes only where nobody has claimed it, only in the columns that staff chose, and can be changed back.
"""

from dataclasses import dataclass, field
from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from ..models import (
    Adhesion,
    ImportBatch,
    ImportedOrganization,
    ListUpload,
    ListWord,
    Network,
    Organization,
    SearchDocument,
    UpdatedOrganization,
)
from ..rules import list_headers, spreadsheets
from ..rules.spreadsheets import fold, plain
from . import list_cells
from .duplicates import name_key
from .list_places import Places, Unknown

BATCH = 500
MOST_ROWS = 10_000
SHOWN = 50  # of each sort, on the page
LABELS = {
    "name": _("denominazione"),
    "kind": _("tipo"),
    "vat_number": _("partita IVA"),
    "tax_code": _("codice fiscale"),
    "municipality": _("comune"),
    "province": _("provincia"),
    "description": _("che cosa fa"),
    "website": _("sito"),
    "phone": _("telefono"),
    "contact_email": _("e-mail"),
    "workers": _("addetti"),
    "street": _("indirizzo"),
    "postal_code": _("CAP"),
    "locality": _("località"),
    "pec": _("PEC"),
    "addressee": _("all'attenzione di"),
    "network": _("rete"),
    "adhesion_state": _("stato adesione"),
    "adhesion_since": _("adesione dal"),
}
NEEDED = ("name", "municipality")
ADHESION = ("network", "adhesion_state", "adhesion_since")
KEPT = [name for name in LABELS if name not in ("province", *ADHESION)]  # what becomes a field of the organization
UPDATABLE = [name for name in KEPT if name not in ("name", "kind", "vat_number")]
Status = Organization.Status


@dataclass
class Fault:
    """Why a row stays outside: the column it is about, the value as it stands there, a sentence."""

    column: str
    value: str
    message: str

    def __str__(self):
        where = LABELS.get(self.column, self.column)
        is_told = not self.value or self.value[:40] in str(self.message)
        return f"{where}: {self.message}" if is_told else f"{where} «{self.value[:80]}»: {self.message}"


@dataclass
class Row:
    """A row of the list, judged. Without faults it becomes `organization`, or changes `existing` by `changes`."""

    number: int
    cells: list
    values: dict = field(default_factory=dict)
    faults: list = field(default_factory=list)
    notes: list = field(default_factory=list)
    extras: list = field(default_factory=list)  # what has no field of its own and goes into the private notes
    existing: "Known | None" = None
    changes: dict = field(default_factory=dict)  # {field: (before, after)}
    asked: tuple | None = None  # (the place that is no comune, the comune that it may lie in)

    @property
    def name(self):
        return self.values.get("name") or ""


@dataclass(slots=True)
class Known:
    """An organization that is here already, or a row of this list that came before."""

    name: str
    vat_number: str
    pk: int | None = None
    status: str = ""
    number: int = 0


def today():
    return timezone.localdate()


# Opening a file ------------------------------------------------------------------------------------------------------
def receive(file_name, content, by=None) -> ListUpload:
    """Keep a file and guess what its columns mean. Raises `spreadsheets.Unreadable`."""
    remembered = headers_remembered()
    best = max(
        ((sheet, list_headers.head_row(sheet.rows(), remembered)) for sheet in spreadsheets.sheets(content)),
        key=lambda found: found[1][2],
        default=(None, (0, [], 0)),
    )
    sheet, (number, headers, _known) = best
    if sheet is None or not headers:
        raise spreadsheets.Unreadable("empty")
    return ListUpload.objects.create(
        file_name=(file_name or "")[:200],
        content=content,
        sheet=sheet.name[:100],
        head_row=number,
        columns=list_headers.columns(headers, remembered),
        made_by=by,
    )


def headers_remembered() -> dict[str, str]:
    return dict(ListWord.objects.filter(sort=ListWord.Sort.HEADER).values_list("word", "field"))


def sheet_of(upload):
    found = spreadsheets.sheets(bytes(upload.content))
    return next((sheet for sheet in found if sheet.name[:100] == upload.sheet), found[0])


def headers_and_samples(upload, most=3):
    """[(header, first values below it)] of every column."""
    headers, samples = [], []
    for number, cells in sheet_of(upload).rows():
        if number == upload.head_row:
            headers = [plain(cell) for cell in cells]
            samples = [[] for _header in headers]
        elif headers:
            for values, cell in zip(samples, cells, strict=False):
                if cell is not None and len(values) < most:
                    values.append(plain(cell)[:60])
            if number > upload.head_row + 20:
                break
    return list(zip(headers, samples, strict=True))


def first_rows(upload):
    """The rows among which the headers may stand, as (number, cells)."""
    for number, cells in sheet_of(upload).rows():
        if number > list_headers.TOP:
            return
        yield number, cells


def remember_headers(upload):
    """What was said of a header holds for the next list; a header without a word cannot be known again."""
    said = {
        fold(header)[:120]: chosen
        for (header, _samples), chosen in zip(headers_and_samples(upload), upload.columns, strict=False)
    }
    for word, chosen in said.items():
        if word and chosen != list_headers.guess(word):
            ListWord.objects.update_or_create(sort=ListWord.Sort.HEADER, word=word, defaults={"field": chosen})
        elif word:
            ListWord.objects.filter(sort=ListWord.Sort.HEADER, word=word).delete()


def remember_place(text, municipality):
    """ "Marina di Carrara" lies in Carrara: said once, understood from then on."""
    ListWord.objects.update_or_create(
        sort=ListWord.Sort.PLACE, word=fold(text)[:120], defaults={"municipality": municipality}
    )


# Judging rows --------------------------------------------------------------------------------------------------------
class Judge:
    """Reads a list row by row, against what is here and what came before in the list. A fixed number of queries."""

    def __init__(self, upload):
        self.upload, self.places = upload, Places()
        self.networks = {fold(word): one for one in Network.objects.all() for word in (one.name, one.slug)}
        self.numbers, self.names, self.slugs = {}, {}, set()
        fields = "pk", "name", "vat_number", "status", "municipality_id", "slug"
        for pk, name, vat_number, status, place, slug in Organization.objects.values_list(*fields).iterator():
            self._note(Known(name, vat_number, pk, status), place)
            self.slugs.add(slug)

    def _note(self, known, place):
        if known.vat_number:
            self.numbers[known.vat_number] = known
        self.names.setdefault((name_key(known.name), place), []).append(known)

    def rows(self):
        """Every row below the headers that is neither empty nor a total. Raises `TooLong`."""
        count = 0
        for number, cells in sheet_of(self.upload).rows():
            named = dict(zip(self.upload.columns, cells, strict=False))
            named.pop("", None)
            if (
                number <= self.upload.head_row
                or not any(cell is not None for cell in cells)
                or list_headers.is_total(named)
            ):
                continue
            count += 1
            if count > MOST_ROWS:
                raise TooLong
            yield self._judged(number, cells, named)

    def _judged(self, number, cells, named):
        row = Row(number, cells)
        self._read_cells(row, named)
        self._read_place(row, named)
        self._read_adhesion(row, named)
        if not row.faults:
            self._find_existing(row)
        if row.existing and not row.faults:
            self._compare(row)
        elif not row.faults:
            self._note(
                Known(row.name, row.values.get("vat_number", ""), number=row.number), row.values["municipality"].pk
            )
        return row

    def _read_cells(self, row, named):
        for name, reader in list_cells.READERS.items():
            value = named.get(name)
            if value is None or (name != "name" and list_cells.is_nothing(value)):
                continue
            more = {"others": row.extras} if name in list_cells.WITH_OTHERS else {}
            try:
                row.values[name] = reader(value, row.notes, **more)
            except ValueError as error:
                row.faults.append(Fault(name, plain(value), str(error)))
        if not row.name and not any(fault.column == "name" for fault in row.faults):
            row.faults.append(Fault("name", "", _("Manca la denominazione.")))
        self._move_tax_code(row, named)

    def _move_tax_code(self, row, named):
        """A person's codice fiscale in the column of the partita IVA is understood as what it is."""
        fault = next((one for one in row.faults if one.column == "vat_number"), None)
        if fault and len("".join(fault.value.split())) == 16:
            try:
                row.values["tax_code"] = list_cells.number_of("tax_code", fault.value, row.notes)
            except ValueError:
                return
            row.faults.remove(fault)
            row.notes.append(_("nella colonna della partita IVA c'è un codice fiscale: va al suo posto"))

    def _read_place(self, row, named):
        text = plain(named.get("municipality"))
        try:
            row.values["municipality"] = self.places.find(text, named.get("province"))
        except Unknown as unknown:
            row.faults.append(Fault("municipality", text, str(unknown)))
            row.asked = (text, unknown.suggestion) if text else None
        else:
            if not row.values.get("locality") and self.places.is_elsewhere(text):
                row.values["locality"] = text[:80]

    def _read_adhesion(self, row, named):
        """A network wants a state and a state a network; without a day it is today. Tomorrow has not happened yet."""
        text, state = plain(named.get("network")), row.values.get("adhesion_state")
        network = row.values["network"] = self.networks.get(fold(text))
        has_state_fault = any(fault.column == "adhesion_state" for fault in row.faults)
        if text and not network:
            row.faults.append(Fault("network", text, _("Questa rete non c'è.")))
        elif network and not state and not has_state_fault:
            row.faults.append(Fault("adhesion_state", "", _("Manca lo stato dell'adesione alla rete.")))
        elif (state or row.values.get("adhesion_since")) and not network:
            row.faults.append(Fault("network", "", _("Manca la rete di questa adesione.")))
        if (since := row.values.get("adhesion_since")) and since > today():
            row.faults.append(Fault("adhesion_since", f"{since:%d/%m/%Y}", _("Questo giorno deve ancora venire.")))

    def _find_existing(self, row):
        """The same partita IVA is the same firm; the same name in the same comune is, unless the numbers differ."""
        number = row.values.get("vat_number", "")
        if known := self.numbers.get(number):
            return self._take(row, known, "vat_number", number)
        alike = self.names.get((name_key(row.name), row.values["municipality"].pk), [])
        same = [known for known in alike if not (number and known.vat_number)]
        if len(same) == 1:
            return self._take(row, same[0], "name", row.name)
        if same:
            row.faults.append(
                Fault("name", row.name, _("Ci sono più imprese con questo nome nel comune: scrivi la partita IVA."))
            )
        return None

    def _take(self, row, known, column, value):
        if known.number:
            told = {"number": known.number, "name": known.name}
            if column == "vat_number":
                message = _("È la stessa partita IVA della riga %(number)d («%(name)s»).") % told
            else:
                message = (
                    _(
                        "Stesso nome e comune della riga %(number)d («%(name)s»):"
                        " se sono due imprese scrivi a tutte e due la partita IVA."
                    )
                    % told
                )
            row.faults.append(Fault(column, value, message))
        elif known.status != Status.SHADOW:
            message = _("C'è già («%(name)s») e non è più precaricata: il suo profilo si cambia nella sua scheda.")
            row.faults.append(Fault(column, value, message % {"name": known.name}))
        else:
            row.existing = known

    def _compare(self, row):
        known, chosen = row.existing, self.upload.updates
        known.number = row.number  # a second row of the same firm is a double
        if not chosen:
            message = _("C'è già («%(name)s»), precaricata: per aggiornarla scegli le colonne.")
            row.faults.append(Fault("name", row.name, message % {"name": known.name}))
            return
        stored = Organization.objects.select_related("municipality").get(pk=known.pk)
        for name in chosen:
            after = row.values.get(name)
            if after not in (None, "") and after != getattr(stored, name):
                row.changes[name] = (getattr(stored, name), after)


class TooLong(Exception):
    """More rows than a list may have."""


@dataclass
class Preview:
    """What a list would do: how many of each sort, and the first of them."""

    new: list = field(default_factory=list)
    changed: list = field(default_factory=list)
    refused: list = field(default_factory=list)
    noted: list = field(default_factory=list)
    new_count: int = 0
    changed_count: int = 0
    refused_count: int = 0
    same_count: int = 0
    known_count: int = 0  # here already and not claimed: they could be updated
    asked: dict = field(default_factory=dict)  # {place: (suggestion, how many rows, first row's number)}


def preview(upload) -> Preview:
    """Read the whole list and write nothing. Raises `TooLong` and `spreadsheets.Unreadable`."""
    found = Preview()
    for row in Judge(upload).rows():
        _count(found, row)
    return found


def _count(found, row):
    found.known_count += row.existing is not None
    if row.asked:
        before = found.asked.get(row.asked[0], (row.asked[1], 0, row.number))
        found.asked[row.asked[0]] = (before[0], before[1] + 1, before[2])
    if row.faults:
        sort = "refused"
    elif row.existing:
        sort = "changed" if row.changes else "same"
    else:
        sort = "new"
    setattr(found, f"{sort}_count", getattr(found, f"{sort}_count") + 1)
    if sort != "same" and len(kept := getattr(found, sort)) < (SHOWN if sort != "refused" else 4 * SHOWN):
        kept.append(row)
    if row.notes and not row.faults and len(found.noted) < SHOWN:
        found.noted.append(row)


# Bringing in ---------------------------------------------------------------------------------------------------------
class Bringing:
    """One import under way: the good rows leave in bundles, the others go into a sheet as they come."""

    def __init__(self, upload, batch):
        self.batch, self.judge = batch, Judge(upload)
        self.made, self.changed = [], []
        self.counts = {"new": 0, "changed": 0, "refused": 0}

    def refused_rows(self):
        """Stores all good rows while it hands out the others, each with its number and its reasons."""
        for row in self.judge.rows():
            if row.faults:
                self.counts["refused"] += 1
                yield _refused_line(row)
            elif row.existing:
                self._change(row)
            else:
                self._make(row)
        self._store()

    def _make(self, row):
        one = Organization(status=Status.SHADOW, kind=row.values.get("kind") or Organization.Kind.FIRM)
        for name in KEPT:
            if row.values.get(name) not in (None, ""):
                setattr(one, name, row.values[name])
        one.private_notes = "\n".join(_("Dall'elenco: %(text)s") % {"text": text} for text in row.extras)[:4000]
        one.slug = self._free_slug(slugify(one.name)[:160] or "organizzazione")
        self.made.append((one, row))
        if len(self.made) == BATCH:
            self._store()

    def _free_slug(self, slug):
        number, free = 2, slug
        while free in self.judge.slugs:
            free, number = f"{slug}-{number}", number + 1
        self.judge.slugs.add(free)
        return free

    def _change(self, row):
        if row.changes:
            change_organization(self.batch, row.existing.pk, row.changes)
            self.counts["changed"] += 1

    def _store(self):
        made = [one for one, _row in self.made]
        Organization.objects.bulk_create(made)
        adhesions = Adhesion.objects.bulk_create(_adhesion(one, row) for one, row in self.made if row.values["network"])
        of_each = {adhesion.organization_id: adhesion for adhesion in adhesions}
        ImportedOrganization.objects.bulk_create(
            ImportedOrganization(
                batch=self.batch, organization=one, updated_at=one.updated_at, adhesion=of_each.get(one.pk)
            )
            for one in made
        )
        self.counts["new"] += len(made)
        self.made.clear()


def _adhesion(one, row):
    since = row.values.get("adhesion_since") or today()
    return Adhesion(organization=one, network=row.values["network"], state=row.values["adhesion_state"], since=since)


@transaction.atomic
def bring_in(upload, by=None) -> dict[str, int]:
    """Store the good rows and keep the others as a sheet: {"new": …, "changed": …, "refused": …}. Twice is once."""
    upload = ListUpload.objects.select_for_update().get(pk=upload.pk)
    if upload.batch_id:
        return outcome(upload)
    batch = ImportBatch.objects.create(made_by=by, file_name=upload.file_name)
    bringing = Bringing(upload, batch)
    upload.refused = _refused_workbook(upload, bringing.refused_rows())
    upload.refused_count = bringing.counts["refused"]
    upload.batch = batch
    upload.save(update_fields=["refused", "refused_count", "batch"])
    return bringing.counts


def refused_sheet(upload) -> bytes:
    """The rows that would stay outside, before anything comes in."""
    return _refused_workbook(upload, (_refused_line(row) for row in Judge(upload).rows() if row.faults))


def _refused_workbook(upload, lines):
    headers = [header for header, _samples in headers_and_samples(upload, most=0)]
    return spreadsheets.workbook([str(_("Riga")), str(_("Motivo")), *headers], lines, str(_("Righe rimaste fuori")))


def _refused_line(row):
    return [row.number, " ".join(str(fault) for fault in row.faults), *(plain(cell) for cell in row.cells)]


def outcome(upload) -> dict[str, int]:
    """What an import that has happened did."""
    batch = upload.batch
    return {"new": batch.rows.count(), "changed": batch.updated.count(), "refused": upload.refused_count}


def change_organization(batch, pk, changes):
    """Write the changed fields of one organization that nobody has claimed, and what they were before."""
    one = Organization.objects.select_for_update(of=("self",)).get(pk=pk, status=Status.SHADOW)
    before = {name: _plain_value(one, name) for name in changes}
    updated_at = one.updated_at
    for name, (_before, after) in changes.items():
        setattr(one, name, after)
    one.version += 1
    one.save(update_fields=[*changes, "version", "updated_at"])
    after = {name: _plain_value(one, name) for name in changes}
    UpdatedOrganization.objects.create(batch=batch, organization=one, before=before, after=after, updated_at=updated_at)


def _plain_value(one, name):
    return getattr(one, Organization._meta.get_field(name).attname)


# Taking back ---------------------------------------------------------------------------------------------------------
class Edited(Exception):
    """An organization of the list has been worked on since: the list can no longer be taken back."""


def edited(batch):
    """The organizations of the list that are no longer as they came: saved, claimed, or named by any other row."""
    changed = ~Q(updated_at=F("imported__updated_at")) | ~Q(status=Status.SHADOW)
    for relation in Organization._meta.related_objects:
        model, name = relation.related_model, relation.field.name
        if model not in (ImportedOrganization, SearchDocument) and not model.__name__.endswith("Event"):
            rows = model._default_manager.filter(**{name: OuterRef("pk")})
            if model is Adhesion:  # the one that came along, if it still stands as it came
                rows = rows.exclude(pk=OuterRef("imported__adhesion"), until=None)
            changed |= Exists(rows)
    return Organization.objects.filter(changed, imported__batch=batch)


def changed_since(batch):
    """The organizations that the list changed and that no longer say what it made them say."""
    return [
        line.organization
        for line in batch.updated.select_related("organization")
        if line.organization.status != Status.SHADOW
        or any(_plain_value(line.organization, name) != value for name, value in line.after.items())
    ]


@transaction.atomic
def undo_import(batch) -> int:
    """Take the whole list back and say how many organizations it touched. Raises `Edited`, and then none goes."""
    ids = list(batch.rows.values_list("organization", flat=True))
    touched = [*ids, *batch.updated.values_list("organization", flat=True)]
    list(Organization.objects.select_for_update().filter(pk__in=touched).order_by("pk").values_list("pk"))
    if found := [*edited(batch)[:5], *changed_since(batch)[:5]]:
        raise Edited(", ".join(str(organization) for organization in found))
    for line in batch.updated.all():
        attributes = {Organization._meta.get_field(name).attname: value for name, value in line.before.items()}
        Organization.objects.filter(pk=line.organization_id).update(
            **attributes, updated_at=line.updated_at, version=F("version") + 1
        )
    Organization.objects.filter(pk__in=ids).delete()
    batch.delete()
    return len(touched)


def forget_uploads(now=None) -> int:
    """Files that came in long ago are not kept. Says how many went."""
    before = (now or timezone.now()) - timedelta(days=ListUpload.KEEP_DAYS)
    return ListUpload.objects.filter(made_at__lt=before).delete()[0]
