"""From a text to the bytes of a mail: compiled once, filled in for each addressee.

Serialising a message costs milliseconds; joining byte strings costs microseconds. So the text is cut at its merge
fields, each piece is encoded once, and a mail is the pieces with its own values in between. A value stands on lines of
its own, joined by quoted-printable's soft line breaks, so that no line grows too long whatever the value is.
"""

import re
import time
from binascii import b2a_qp
from dataclasses import dataclass
from email.utils import formatdate, parseaddr
from functools import cache, lru_cache
from html import escape

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from ..models.campaigns import Purpose
from ..models.subscriptions import link
from ..parsers import bounces
from .headers import header, mailbox
from .smtp import Letter

FIELDS = {"organization", "preferences_url", "unsubscribe_url"}
PLACEHOLDER = re.compile(r"\{\{\s*(\w+)\s*\}\}")
SOFT = b"=\r\n"


def one_line(text) -> str:
    """Text without control characters, for a header: whatever a title holds, it cannot forge another header."""
    text = str(text)
    if not text.isprintable():
        text = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(text.split())


def complaints(*parts) -> list[str]:
    """What is wrong with the merge fields of a text, in words for staff; empty when all is well."""
    text = "\n".join(parts)
    unknown = sorted(set(PLACEHOLDER.findall(text)) - FIELDS)
    found = [_("Il campo {{ %(name)s }} non esiste.") % {"name": name} for name in unknown]
    rest = PLACEHOLDER.sub("", text)
    if "{{" in rest or "}}" in rest:
        found.append(_("C'è un campo scritto a metà: le doppie graffe vanno aperte e chiuse, con un nome dentro."))
    return found


def clean_address(address) -> str:
    """The address as it goes on the envelope; a ValidationError when it is none that a server could take."""
    local, _at, domain = address.strip().rpartition("@")
    try:
        clean = f"{local}@{domain.encode('idna').decode()}" if not domain.isascii() else address.strip()
    except UnicodeError as error:
        raise ValidationError(_("Inserire un indirizzo e-mail valido.")) from error
    validate_email(clean)
    if not clean.isascii() or len(clean) > 254:
        raise ValidationError(_("Inserire un indirizzo e-mail valido."))
    return clean


@dataclass(frozen=True)
class Compiled:
    """A text ready for many: its headers, and its bodies as pieces of bytes with names of fields in between.

    `subject` is empty when it is the same for all: then the headers hold it.
    """

    head: bytes
    subject: str
    text: list
    html: list

    def letter(self, delivery, values) -> Letter:
        """The mail of one addressee: of a Delivery, or of what the engine reads of one. A ValidationError when the
        address is none.
        """
        recipient = clean_address(delivery.address)
        boundary = b"gate40-" + delivery.token.hex.encode()
        raw = b"".join(
            [
                self.head,
                self._own_headers(delivery, recipient, values).encode(),
                b'Content-Type: multipart/alternative;\r\n boundary="%s"\r\n' % boundary,
                header("Subject", _filled(self.subject, values)) if self.subject else b"",
                b"\r\n",
                *_part(b"plain", self.text, values, boundary),
                *_part(b"html", self.html, {name: escape(value) for name, value in values.items()}, boundary),
                b"--%s--\r\n" % boundary,
            ]
        )
        return Letter(return_path(delivery), recipient, raw)

    def _own_headers(self, delivery, recipient, values) -> str:
        own = f"To: {recipient}\r\nMessage-ID: {message_id(delivery)}\r\nDate: {_date(int(time.time()))}\r\n"
        if answer_to := delivery.reply_to or settings.MAIL_REPLY_TO:
            own += f"Reply-To: {clean_address(answer_to)}\r\n"
        if "unsubscribe_url" in values:  # RFC 8058: one POST. One line each: folding broke signatures at a relay
            own += f"List-Unsubscribe: <{values['unsubscribe_url']}>\r\n"
            own += "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
        return own


def compiled(content, purpose, has_fields) -> Compiled:
    """Compile anything with a subject, a text and an html. Without `has_fields`, braces are only braces."""
    subject = one_line(content.subject)
    if has_fields and PLACEHOLDER.search(subject):
        return Compiled(_head(purpose), subject, _cut(content.text), _cut(content.html))
    head = _head(purpose) + header("Subject", subject)
    cut = _cut if has_fields else lambda text: [_quoted(text)]
    return Compiled(head, "", cut(content.text), cut(content.html))


def values_for(key, organization) -> dict:
    """The merge fields of the addressee whose subscription has this token; none for a mail without a subscription."""
    if not key:
        return {}
    return {
        "organization": one_line(organization or ""),
        "preferences_url": link("news:preferences", key),
        "unsubscribe_url": link("news:unsubscribe", key),
    }


def message_id(delivery) -> str:
    """Always the same for a delivery: a repeat can be recognised as one, and a bounce finds its way home."""
    return f"<{delivery.token}@{mail_domain()}>"


def return_path(delivery) -> str:
    """Where a bounce of this one mail comes back to."""
    if settings.MAIL_BOUNCES_TO:
        return bounces.verp(settings.MAIL_BOUNCES_TO, delivery.pk, settings.MAIL_LINK_KEY)
    return _address(settings.DEFAULT_FROM_EMAIL)


def mail_domain() -> str:
    return _address(settings.DEFAULT_FROM_EMAIL).rpartition("@")[2]


@cache
def _address(sender) -> str:
    return parseaddr(sender)[1]


@lru_cache(maxsize=1)
def _date(second) -> str:
    return formatdate(second)


def _head(purpose) -> bytes:
    """The headers that are the same for all."""
    name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    head = f"From: {mailbox(one_line(name), address)}\r\nMIME-Version: 1.0\r\n".encode("ascii")
    # Nobody's machine answers us; of the reports only those about a delivery are welcome.
    head += b"Auto-Submitted: auto-generated\r\nX-Auto-Response-Suppress: DR, RN, NRN, OOF, AutoReply\r\n"
    if purpose != Purpose.ACCOUNT:
        head += f"List-Id: <{purpose}.{mail_domain()}>\r\nPrecedence: bulk\r\n".encode()
    return head


def _filled(text, values) -> str:
    return one_line(PLACEHOLDER.sub(lambda found: values[found[1]], text))


def _part(subtype, pieces, values, boundary):
    yield b'--%s\r\nContent-Type: text/%s; charset="utf-8"\r\n' % (boundary, subtype)
    yield b"Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    for piece in pieces:
        yield piece if isinstance(piece, bytes) else SOFT + _quoted(values[piece]) + SOFT
    yield b"\r\n"


def _cut(text) -> list:
    """Encoded pieces and names of fields, in turn."""
    parts = PLACEHOLDER.split(text)
    return [part if place % 2 else _quoted(part) for place, part in enumerate(parts)]


def _quoted(text) -> bytes:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace")
    return b2a_qp(lines, istext=True).replace(b"\n", b"\r\n")
