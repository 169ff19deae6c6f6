"""Comuni as people write them: any capitals and accents, "Massa (MS)", "54033 Carrara", "S. Giuliano Terme"."""

import re

from django.utils.translation import gettext as _

from ..models import ListWord, Municipality, Province
from ..rules.spreadsheets import fold, plain

SAINTS = ("san", "santa", "santo", "sant")


class Unknown(ValueError):
    """No comune of the register. `suggestion` is one that the words hold, if any."""

    def __init__(self, message, suggestion=None):
        super().__init__(message)
        self.suggestion = suggestion


class Places:
    """The register in memory: a list of ten thousand rows asks the database three times."""

    def __init__(self):
        self.comuni, self.provinces = {}, {}
        for code, name in Province.objects.values_list("code", "name"):
            self.provinces[fold(code)] = self.provinces[fold(name)] = code
        for found in Municipality.objects.all():
            for name in {found.name, *found.name.split("/")}:  # "Bolzano/Bozen" is found by either
                self.comuni.setdefault(fold(name), {})[found.province_id] = found
        said = ListWord.objects.filter(sort=ListWord.Sort.PLACE).select_related("municipality")
        self.remembered = {line.word: line.municipality for line in said}

    def find(self, text, province="") -> Municipality:
        """Raises `Unknown`, which says why; a place that somebody has once explained is understood."""
        text = plain(text)
        if not text:
            raise Unknown(_("Manca il comune."))
        name, written = self._apart(text)
        code = self._code(province) or written
        found = self._named(name)
        if not found and fold(text) in self.remembered:
            return self.remembered[fold(text)]
        if not found:
            raise Unknown(
                _("«%(name)s» non è un comune dell'elenco ISTAT.") % {"name": text[:60]}, self._within(name, code)
            )
        if code in found:
            return found[code]
        if code or plain(province):
            where = ", ".join(sorted(found))
            raise Unknown(
                _("«%(name)s» è in provincia di %(where)s, non di %(code)s.")
                % {"name": name[:60], "where": where, "code": code or plain(province)[:20]},
                next(iter(found.values())) if len(found) == 1 else None,
            )
        if len(found) > 1:
            raise Unknown(_("Ci sono più comuni «%(name)s»: indica la provincia.") % {"name": name[:60]})
        return next(iter(found.values()))

    def is_elsewhere(self, text) -> bool:
        """Is it a place that is no comune, known only because somebody has explained it?"""
        return not self._named(self._apart(plain(text))[0])

    def _apart(self, text):
        """ "54033 Carrara (MS)" → "Carrara", "MS"."""
        text = re.sub(r"^(?:I-)?\d{5}\s+", "", text)
        found = re.fullmatch(r"(.+?)[\s,(/\-\[]+([A-Za-z]{2})[)\].]*", text)
        if found and fold(text) not in self.comuni and fold(found[2]) in self.provinces:
            return found[1].rstrip(" ,(-/"), self.provinces[fold(found[2])]
        return text, ""

    def _code(self, province):
        bare = re.sub(r"(?i)^prov(?:incia|\.)?\s*(?:di|:)?\s+", "", plain(province)).strip("() ")
        return self.provinces.get(fold(bare), "")

    def _named(self, name):
        if found := self.comuni.get(fold(name)):
            return found
        spelled = {fold(re.sub(r"(?i)\bS\.\s*(?=\w)", word, name)) for word in SAINTS}
        hits = [self.comuni[word] for word in spelled if word in self.comuni]
        return hits[0] if len(hits) == 1 else {}

    def _within(self, name, code):
        """The comune that a hamlet's name ends or begins with, in its province: "Marina di Carrara" → Carrara."""
        words = name.split()
        parts = [words[at:] for at in range(1, len(words))] + [words[:-at] for at in range(1, len(words))]
        for part in parts:
            found = self.comuni.get(fold(" ".join(part)), {})
            if code in found or (not code and len(found) == 1):
                return found.get(code) or next(iter(found.values()))
        return None
