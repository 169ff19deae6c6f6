"""Headers as bytes, by one encoder of ours: RFC 2047 in words of at most 75 characters, each on a line of its own.

The standard library encodes the same subject differently from version to version, glues words together or loses a blank
between them; one large provider refuses glued words. Here a text that needs encoding is encoded whole, blanks included,
for between two words a reader drops the blank; so nothing is lost or doubled, whoever reads.
"""

import base64
import re

WORD = 75  # characters of an encoded word, RFC 2047 section 2
LINE = 76
BEFORE, AFTER = 10, 2  # =?utf-8?q? and ?=
ATOM = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*")
SAFE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/")  # in any place, section 5


def header(name, text) -> bytes:
    """A header line of printable text without line breaks, folded, with its line break at the end."""
    return f"{name}: {encoded(text, len(name) + 2)}\r\n".encode("ascii")


def mailbox(name, address) -> str:
    """A name and an address for From and the like; the name as it has to be written there."""
    if not name:
        return address
    if not _is_plain(name):
        return f"{encoded(name, len('From: '))}\r\n <{address}>"
    if not ATOM.fullmatch(name):
        name = '"' + re.sub(r'(["\\])', r"\\\1", name) + '"'
    return f"{name} <{address}>"


def encoded(text, begin=0) -> str:
    """A text as it stands in a header, folded: plain when it is plain, else as encoded words. `begin`: where on its
    line it starts.
    """
    return _folded(text, begin) if _is_plain(text) else "\r\n ".join(_words(text, begin))


def _is_plain(text):
    """ASCII that nobody takes for an encoded word, in pieces that a line can hold."""
    return text.isascii() and "=?" not in text and max(map(len, text.split(" "))) <= LINE - 16


def _folded(text, begin):
    """Broken only before a blank, which stays."""
    lines, room = [""], LINE - begin
    for piece in re.findall(r" *[^ ]+| +$", text):
        if lines[-1].strip() and len(lines[-1]) + len(piece) > room:
            lines.append("")
            room = LINE
        lines[-1] += piece
    return "\r\n".join(lines)


def _words(text, begin):
    """The text in encoded words, each of whole characters; quoted or base64, whichever is shorter for all of it."""
    quoted = [_quoted(char) for char in text]
    is_quoted = sum(map(len, quoted)) <= 4 * len(text.encode("utf-8", "replace")) / 3
    pieces = quoted if is_quoted else list(text)
    words, held, room = [], "", min(WORD, LINE - begin)
    for piece in pieces:
        if held and _length(held + piece, is_quoted) > room:
            words.append(held)
            held, room = "", WORD
        held += piece
    return [f"=?utf-8?q?{word}?=" if is_quoted else f"=?utf-8?b?{_based(word)}?=" for word in [*words, held]]


def _length(held, is_quoted):
    inside = len(held) if is_quoted else -(-len(held.encode("utf-8", "replace")) // 3) * 4
    return BEFORE + inside + AFTER


def _quoted(char):
    if char == " ":
        return "_"
    return "".join(chr(byte) if byte in SAFE else f"={byte:02X}" for byte in char.encode("utf-8", "replace"))


def _based(text):
    return base64.b64encode(text.encode("utf-8", "replace")).decode("ascii")
