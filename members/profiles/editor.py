"""A profile is edited as a whole: every part is right and all are stored, or none is.

Two people who edit at once lose nothing: whoever saves second is shown both versions before choosing.
"""

from django.db import transaction
from django.utils import timezone

from ..models import FinancierTerms, FirmDetails, Organization
from ..signals import announce_profile
from .forms import (
    FacilityFormSet,
    FinancierForm,
    FirmForm,
    NeedFormSet,
    OfferFormSet,
    ProfileForm,
    VisibilityForm,
    competence_choices,
)

DETAILS = {"firm": (FirmForm, FirmDetails), "financier": (FinancierForm, FinancierTerms)}


class Editor:
    """The forms of one profile, as `form`, `details`, `offers`, `needs`, `facilities`, `visibility`."""

    def __init__(self, organization, data=None, files=None):
        self.organization, choices = organization, competence_choices()
        rows = {"instance": organization, "choices": choices}
        self.form = ProfileForm(data, files, instance=organization)
        self.offers = OfferFormSet(data, prefix="offers", **rows)
        self.needs = NeedFormSet(data, prefix="needs", **rows)
        self.facilities = self._facilities(data, rows)
        self.details = self._details(data)
        self.visibility = VisibilityForm(data, prefix="visibility", organization=organization)

    def _details(self, data):
        if self.organization.kind not in DETAILS:
            return None
        form, model = DETAILS[self.organization.kind]
        found = model.objects.filter(organization=self.organization).first()
        return form(data, prefix="details", instance=found or model(organization=self.organization))

    def _facilities(self, data, rows):
        if self.organization.kind != Organization.Kind.RESEARCH_CENTER:
            return None
        return FacilityFormSet(data, prefix="facilities", **rows)

    @property
    def parts(self):
        parts = self.form, self.details, self.offers, self.needs, self.facilities, self.visibility
        return [part for part in parts if part is not None]

    @property
    def has_errors(self):
        return any(
            part.total_error_count() if hasattr(part, "total_error_count") else part.errors for part in self.parts
        )

    def is_valid(self):
        return False not in [part.is_valid() for part in self.parts]  # every part says what is wrong with it

    def has_moved(self) -> bool:
        """Did somebody else save since this form was opened?"""
        looked_at = self.form["version"].value()
        return str(looked_at) != str(self.organization.version)

    def save(self):
        """Store every part; the caller holds the lock on the organization (see `locked`)."""
        organization, old_logo = self.organization, self.form.initial.get("logo")
        organization.reviewed_on = timezone.localdate()
        organization.version += 1
        organization.visibility = {**organization.visibility, **self.visibility.chosen()}
        for part in self.parts:
            if part is not self.visibility:
                part.save()
        if old_logo and organization.logo != old_logo:
            transaction.on_commit(lambda: organization.logo.storage.delete(str(old_logo)), robust=True)
        announce_profile(organization)


def locked(organization):
    """The organization as it is stored now; whoever else saves it waits for the end of this transaction."""
    return Organization.objects.select_for_update().get(pk=organization.pk)


def rebased(data, organization) -> dict:
    """What I sent, laid over what is stored now: my rows win, rows that only the other version has stay."""
    rebased = data.copy()
    rebased["version"] = organization.version
    for prefix, rows, key, fields in (
        ("offers", organization.offers, "competence", ["level", "trl", "evidence"]),
        ("needs", organization.needs, "competence", ["priority", "trl", "is_blind"]),
        (
            "facilities",
            organization.facilities,
            "name",
            ["kind", "competence", "availability", "description", "is_open_to_third_parties"],
        ),
    ):
        if f"{prefix}-TOTAL_FORMS" in data:
            _rebase_rows(rebased, prefix, list(rows.all()), key, fields)
    return rebased


def _rebase_rows(data, prefix, stored, key, fields):
    mine = {}
    for index in range(100):
        if value := data.get(f"{prefix}-{index}-{key}"):
            mine[value] = {field: data.get(f"{prefix}-{index}-{field}") for field in [*fields, "DELETE"]}
    for name in [name for name in data if name.startswith(f"{prefix}-") and name.split("-")[1].isdigit()]:
        del data[name]
    rows = [(row.pk, _key(row, key), mine.pop(_key(row, key), None) or _values(row, fields)) for row in stored]
    rows += [("", value, values) for value, values in mine.items()]
    for index, (pk, value, values) in enumerate(rows):
        data.update({f"{prefix}-{index}-id": pk, f"{prefix}-{index}-{key}": value})
        for field in [field for field in values if values[field] not in (None, "", False)]:
            data[f"{prefix}-{index}-{field}"] = values[field]
    data[f"{prefix}-TOTAL_FORMS"], data[f"{prefix}-INITIAL_FORMS"] = len(rows), len(stored)


def _key(row, key):
    return str(row.competence_id if key == "competence" else row.name)


def _values(row, fields):
    return {field: row.competence_id if field == "competence" else getattr(row, field) for field in fields}


def differences(stored: Editor, mine: Editor) -> list[tuple[str, str, str]]:
    """(label, stored, mine) of every simple field that differs between the two versions."""
    found = []
    for theirs, ours in zip((stored.form, stored.details), (mine.form, mine.details), strict=True):
        for field in ours or []:
            before, now = _shown(theirs[field.name]), _shown(field)
            if field.name not in ("version", "logo") and before != now:
                found.append((field.label, before, now))
    return found


def _shown(field):
    """What a person would read in the field."""
    value = field.value()
    choices = {str(key): str(label) for key, label in getattr(field.field, "choices", [])}
    if isinstance(value, (list, tuple)):
        return ", ".join(choices.get(str(getattr(one, "pk", one)), str(one)) for one in value)
    return choices.get(str(value), "" if value in (None, False) else "✓" if value is True else str(value))
