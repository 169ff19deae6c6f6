"""Partita IVA and codice fiscale: whatever was pasted becomes the one form that is stored, or an error says why not."""

import unicodedata

from stdnum.exceptions import InvalidChecksum, InvalidLength, ValidationError
from stdnum.it import codicefiscale, iva


class Wrong(ValueError):
    """Not a valid number. `code` is "length", "checksum" or "format"."""

    def __init__(self, code):
        super().__init__(code)
        self.code = code


def vat_number(text: str) -> str:
    """Eleven ASCII digits. "IT", blanks, dashes, line ends and full-width digits are understood. Raises `Wrong`."""
    return _valid(iva, text)


def tax_code(text: str) -> str:
    """Sixteen capital letters and digits for a person, eleven digits for a company. Raises `Wrong`."""
    return _valid(codicefiscale, text)


def _valid(kind, text):
    plain = "".join(unicodedata.normalize("NFKC", text).upper().split())
    try:
        found = kind.validate(plain)
    except InvalidLength as error:
        raise Wrong("length") from error
    except InvalidChecksum as error:
        raise Wrong("checksum") from error
    except ValidationError as error:
        raise Wrong("format") from error
    if not (found.isascii() and found.isalnum()):
        raise Wrong("format")
    return found
