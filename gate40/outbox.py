"""The outbox of the embedded run: mails become files that a page shows. Nothing leaves the machine."""

import email
import email.policy
import itertools
import os
import time
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path

from django.conf import settings
from django.core.mail.backends.base import BaseEmailBackend

from .boot import close_to_others

_count = itertools.count()


class OutboxBackend(BaseEmailBackend):
    """Writes each message as an `.eml` file in `EMAIL_OUTBOX_DIR`; a file appears whole or not at all."""

    def send_messages(self, messages):
        folder = Path(settings.EMAIL_OUTBOX_DIR)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        close_to_others(folder)
        for message in messages:
            name = f"{time.time_ns():020d}-{os.getpid()}-{next(_count)}"
            draft = folder / f"{name}.draft"
            draft.touch(mode=0o600)
            draft.write_bytes(message.message().as_bytes())
            draft.rename(folder / f"{name}.eml")
        return len(messages)


@dataclass(frozen=True)
class Mail:
    """One mail of the outbox, read from its file."""

    name: str
    message: EmailMessage

    @property
    def subject(self) -> str:
        return self.message["Subject"] or ""

    @property
    def to(self) -> str:
        return self.message["To"] or ""

    @property
    def date(self) -> datetime:
        return parsedate_to_datetime(self.message["Date"])

    @property
    def headers(self) -> list[tuple[str, str]]:
        return list(self.message.items())

    @property
    def text(self) -> str:
        return self._body("plain")

    @property
    def html(self) -> str:
        return self._body("html")

    def _body(self, subtype: str) -> str:
        part = self.message.get_body(preferencelist=(subtype,))
        return part.get_content() if part else ""


def _read(path: Path) -> Mail:
    return Mail(path.stem, email.message_from_bytes(path.read_bytes(), policy=email.policy.default))


def mails() -> list[Mail]:
    """Every mail of the outbox, the latest first."""
    return [_read(path) for path in sorted(Path(settings.EMAIL_OUTBOX_DIR).glob("*.eml"), reverse=True)]


def mail(name: str) -> Mail | None:
    """The mail with this name; the name comes from a URL, so it is looked up, never joined to a path."""
    return next((found for found in mails() if found.name == name), None)
