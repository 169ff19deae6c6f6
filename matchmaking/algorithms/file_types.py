"""Which files may be given to the other side of a room. A name alone is not believed: a file must begin
as its kind does. Pure: no Django."""

from pathlib import PurePosixPath

LARGEST = 10 * 1024 * 1024
ROOM_HOLDS = 200 * 1024 * 1024  # of all files of one room
HEAD = 16  # bytes that tell a kind

OFFICE = b"PK\x03\x04"
BEGINNINGS = {
    ".pdf": b"%PDF-",
    ".png": b"\x89PNG\r\n\x1a\n",
    ".jpg": b"\xff\xd8\xff",
    ".jpeg": b"\xff\xd8\xff",
    **dict.fromkeys([".docx", ".xlsx", ".pptx", ".odt", ".ods", ".odp"], OFFICE),
    ".step": b"ISO-10303-21",
    ".stp": b"ISO-10303-21",
    ".dwg": b"AC10",
    **dict.fromkeys([".txt", ".csv", ".dxf", ".stl"], b""),  # plain text, or too many ways to begin
}
PROGRAMS = (b"MZ", b"\x7fELF", b"#!", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe", b"PK", b"%PDF", b"<")


def is_allowed(name: str, head: bytes) -> bool:
    """Does the file end like one of the kinds, and begin like it?"""
    begins = BEGINNINGS.get(PurePosixPath(name.lower()).suffix)
    if begins is None:
        return False
    return head.startswith(begins) if begins else not head.lstrip().startswith(PROGRAMS)


def kinds() -> str:
    """For people: "pdf, png, …"."""
    return ", ".join(ending[1:] for ending in BEGINNINGS)
