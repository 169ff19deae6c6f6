"""How large a list may be once it is unpacked: judged before anything is read into memory."""

import re
import zipfile
import zlib

MOST_ROWS = 20_000
MOST_COLUMNS = 100
MOST_CELLS = 400_000
LARGEST_UNPACKED = 40_000_000  # bytes of a spreadsheet's parts together
MOST_PARTS = 200
CHUNK = 1 << 16
CELL = re.compile(rb"<(?:c |c>|c/|si)")


class TooLarge(ValueError):
    """More than a list of organizations can be: nothing of it was read."""


def judge_csv(content: bytes) -> None:
    """Raises `TooLarge` for more rows, columns or cells than a list has."""
    rows, cells = content.count(b"\n"), max(content.count(b","), content.count(b";"))
    head = content.partition(b"\n")[0]
    if rows > MOST_ROWS or max(head.count(b","), head.count(b";")) >= MOST_COLUMNS or cells > MOST_CELLS:
        raise TooLarge


def judge_list(file) -> None:
    """Before anything is unpacked into memory. Raises `TooLarge`; what is broken is told by whoever reads it."""
    try:
        if zipfile.is_zipfile(file):
            judge_xlsx(file)
        else:
            file.seek(0)
            judge_csv(file.read())
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError):
        pass  # no spreadsheet, or one with a password
    finally:
        file.seek(0)


def judge_xlsx(file) -> None:
    """Raises `TooLarge` by what the archive says of itself, then by the cells that its sheets hold.

    A part is never longer than it says: its reader stops there. What is no spreadsheet is zipfile's error.
    """
    with zipfile.ZipFile(file) as archive:
        parts = archive.infolist()
        if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > LARGEST_UNPACKED:
            raise TooLarge
        for part in parts:
            if re.fullmatch(r"xl/(worksheets/.+|sharedStrings)\.xml", part.filename):
                _judge_part(archive, part)


def _judge_part(archive, part):
    """Counts where rows and cells begin; the seam of two pieces may hide one: a limit, no sum."""
    rows = cells = 0
    with archive.open(part) as file:
        while text := file.read(CHUNK):
            rows += text.count(b"<row")
            cells += len(CELL.findall(text))
            if rows > MOST_ROWS or cells > MOST_CELLS:
                raise TooLarge
