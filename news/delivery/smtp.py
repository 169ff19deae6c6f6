"""The conversation with the mail server: what it answered, and how far we were when it stopped answering.

Before the final dot a mail has certainly not been accepted and may be sent again. After the dot, when the answer does
not come, nobody knows. smtplib raises the same exception in both cases; here the phase is told.

This is the only module that talks to a mail server; `news.delivery.sender` is the only one that calls it.
"""

import email
import email.policy
import smtplib
import socket
import ssl
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection

from .certificates import trusted

SMTP_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
GO_AHEAD, OK, CLOSING = 354, 250, 421
MORE_FOLLOWS = getattr(socket, "MSG_MORE", 0)  # Linux


@dataclass(frozen=True)
class Letter:
    """One mail as bytes, and its envelope."""

    sender: str
    recipient: str
    raw: bytes


@dataclass(frozen=True)
class Reply:
    """What the server said. `about` tells of what: "sender", "recipient" or "message"."""

    code: int
    text: str
    about: str = "message"

    @property
    def is_positive(self):
        """252 as well: "cannot verify, but will take it" (RFC 5321, 3.5.3)."""
        return 200 <= self.code < 300 or self.code == GO_AHEAD


class Lost(Exception):
    """The conversation broke. `is_ambiguous`: the final dot was on its way, so the mail may have been accepted."""

    def __init__(self, error, is_ambiguous=False):
        super().__init__(f"{type(error).__name__}: {error}")
        self.is_ambiguous = is_ambiguous


@contextmanager
def lost_when_broken(is_ambiguous=False):
    try:
        yield
    except (OSError, smtplib.SMTPException) as error:  # a timeout and a TLS error are OSErrors
        raise Lost(error, is_ambiguous) from error


def open_session():
    """A session with whatever the settings name: an SMTP server, or a Django backend (outbox, console, memory)."""
    return SmtpSession() if settings.EMAIL_BACKEND == SMTP_BACKEND else BackendSession()


class SmtpSession:
    """One connection. With pipelining a mail costs one round trip: its body travels with the next one's envelope."""

    def __init__(self):
        with lost_when_broken():
            self.server = _connected()
        self.is_pipelining = self.server.has_extn("pipelining")
        self.announced = None

    def announce(self, letter) -> None:
        """Send the envelope ahead of time, if the server takes it; once per letter."""
        if self.is_pipelining and letter:
            with lost_when_broken():
                self.server.send(_envelope(letter))
            self.announced = letter

    def invite(self, letter) -> Reply:
        """Offer a letter; a positive reply means that the server waits for the body."""
        if self.is_pipelining:
            if self.announced is not letter:
                self.announce(letter)
            return self._read_envelope()
        with lost_when_broken():
            return self._offer_slowly(letter)

    def deliver(self, letter, following=None) -> Reply:
        """Send the body, and the envelope of the letter that follows. Only now may the mail have been accepted."""
        raw = letter.raw.replace(b"\r\n.", b"\r\n..")
        with lost_when_broken():
            self._send_ahead(raw)
        with lost_when_broken(is_ambiguous=True):
            self.announced = following if self.is_pipelining else None
            self.server.send(b".\r\n" + (_envelope(following) if self.announced else b""))
            code, text = self._patient_reply()
        return Reply(code, text.decode("utf-8", "replace"))

    def _patient_reply(self):
        """The answer to the final dot has its own time: filters look at the mail before it comes, and whoever hangs up
        earlier sends it again (RFC 5321, 4.5.3.2.6).
        """
        self.server.sock.settimeout(settings.EMAIL_DOT_TIMEOUT)
        code, text = self.server.getreply()
        self.server.sock.settimeout(settings.EMAIL_TIMEOUT)
        return code, text

    def _send_ahead(self, raw):
        """Send what is not the end: the kernel may keep it until the dot comes, so that the server wakes up once."""
        if isinstance(self.server.sock, ssl.SSLSocket):
            self.server.send(raw)
        else:
            self.server.sock.sendall(raw, MORE_FOLLOWS)

    def drop(self) -> None:
        """Hang up without the dot: what was announced is not sent."""
        self.server.close()

    def close(self) -> None:
        with suppress(OSError, smtplib.SMTPException):
            if self.announced is None:
                self.server.quit()
        self.server.close()

    def _read(self, about) -> Reply:
        code, text = self.server.getreply()
        text = text.decode("utf-8", "replace")
        if code == CLOSING:
            raise smtplib.SMTPServerDisconnected(text)
        return Reply(code, text, about)

    def _read_envelope(self) -> Reply:
        with lost_when_broken():
            replies = [self._read(about) for about in ("sender", "recipient", "message")]
            self.announced = None
            *envelope, go_ahead = replies
            refused = next((reply for reply in envelope if not reply.is_positive), None)
            if refused and go_ahead.code == GO_AHEAD:  # RFC 2920: it waits for a body that will have no recipient
                self._end_empty(refused)
        return refused or go_ahead

    def _end_empty(self, refused):
        """The dot ends a mail without a recipient; when the answer leaves any doubt about that, hang up instead."""
        if refused.about == "recipient" and refused.code >= 400:
            self.server.send(b".\r\n")
            self._read("message")
        else:
            self.drop()

    def _offer_slowly(self, letter) -> Reply:
        for command, about in zip(_envelope(letter).splitlines(True), ("sender", "recipient", "message"), strict=True):
            self.server.send(command)
            reply = self._read(about)
            if not reply.is_positive:
                self.server.rset()
                break
        return reply


class BackendSession:
    """The same for a Django backend: no phases, so every failure counts as before the dot."""

    def __init__(self):
        self.connection = get_connection()

    def announce(self, letter):
        pass

    def invite(self, letter):
        return Reply(GO_AHEAD, "")

    def deliver(self, letter, following=None):
        with lost_when_broken():
            self.connection.send_messages([Readymade(letter)])
        return Reply(OK, "")

    def drop(self):
        self.connection.close()

    close = drop


class Readymade(EmailMultiAlternatives):
    """A letter for a Django backend: the same bytes, with the attributes that a test or a console looks at."""

    def __init__(self, letter):
        self.parsed = email.message_from_bytes(letter.raw, policy=email.policy.default)
        bodies = [self.parsed.get_body([kind]) for kind in ("plain", "html")]
        text, html = (body.get_content() if body else "" for body in bodies)
        super().__init__(str(self.parsed["Subject"]), text, str(self.parsed["From"]), [letter.recipient])
        self.attach_alternative(html, "text/html")
        self.extra_headers = {name: str(value) for name, value in self.parsed.items()}

    def message(self):
        return self.parsed


def _connected():
    """Greeted, encrypted and signed in as the settings say; never waits longer than EMAIL_TIMEOUT for an answer."""
    where = {"host": settings.EMAIL_HOST, "port": settings.EMAIL_PORT, "timeout": settings.EMAIL_TIMEOUT}
    server = smtplib.SMTP_SSL(**where, context=trusted()) if settings.EMAIL_USE_SSL else smtplib.SMTP(**where)
    try:
        # The dot is a small packet of its own: it must not wait for the other side to acknowledge the body.
        server.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        server.ehlo_or_helo_if_needed()
        if settings.EMAIL_USE_TLS:
            server.starttls(context=trusted())
            server.ehlo()
        if settings.EMAIL_HOST_USER:
            server.login(settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD)
    except BaseException:
        server.close()
        raise
    return server


def _envelope(letter) -> bytes:
    return f"MAIL FROM:<{letter.sender}>\r\nRCPT TO:<{letter.recipient}>\r\nDATA\r\n".encode("ascii")
