"""Form fields of the house: what a firm can type on a phone becomes a checked value, or a sentence at the field."""

import re

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from ..models import EconomicActivity, Municipality
from . import logos


class MunicipalityField(forms.CharField):
    """A comune by its name, "Carrara" or "Carrara (MS)": a list of eight thousand does not fit on a phone."""

    def __init__(self, **kwargs):
        super().__init__(max_length=80, **kwargs)
        self.widget.attrs.update(list="comuni", autocomplete="off")

    def prepare_value(self, value):
        if isinstance(value, int):
            value = Municipality.objects.select_related("province").filter(pk=value).first()
        return str(value) if value else ""

    def clean(self, value):
        text = super().clean(value)
        return self._found(*re.fullmatch(r"(.*?)(?:\s*\((\w\w)\))?\s*", text, re.DOTALL).groups()) if text else None

    def _found(self, name, province):
        found = Municipality.objects.select_related("province").filter(name__iexact=name)
        found = list(found.filter(province_id=province.upper()) if province else found)
        if not found:
            raise ValidationError(_("Non conosciamo nessun comune «%(name)s».") % {"name": name[:60]})
        if len(found) > 1:
            raise ValidationError(
                _("Ci sono più comuni con questo nome: aggiungi la sigla, per esempio «%(example)s».")
                % {"example": found[0]}
            )
        return found[0]


class ActivitiesField(forms.CharField):
    """ATECO codes, with commas or blanks between them."""

    def __init__(self, **kwargs):
        super().__init__(max_length=400, **kwargs)
        self.widget.attrs.update(autocomplete="off", inputmode="decimal")

    def prepare_value(self, value):
        if isinstance(value, str) or value is None:
            return value or ""
        return ", ".join(getattr(one, "code", str(one)) for one in value)

    def clean(self, value):
        codes = [code for code in re.split(r"[,;\s]+", super().clean(value)) if code]
        found = {one.code: one for one in EconomicActivity.objects.filter(code__in=codes)}
        for code in codes:
            if code not in found:
                raise ValidationError(
                    _("Il codice ATECO «%(code)s» non esiste: un esempio giusto è 23.70.") % {"code": code[:20]}
                )
        return [found[code] for code in dict.fromkeys(codes)]

    def has_changed(self, initial, data):
        return self.prepare_value(initial) != (data or "")


class LogoField(forms.FileField):
    """A logo, made clean by `members.profiles.logos`."""

    def __init__(self, **kwargs):
        super().__init__(required=False, **kwargs)
        self.widget.attrs["accept"] = "image/png,image/jpeg,image/webp"

    def clean(self, data, initial=None):
        file = super().clean(data, initial)
        return logos.cleaned(file) if file and file is not initial else file
