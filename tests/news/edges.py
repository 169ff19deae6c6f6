"""What stands at the edge of the portal, played by scripts: a mail server with moods, a mailbox, a certificate."""

import contextlib
import ipaddress
import re
import socket
import ssl
import threading
from datetime import datetime, timedelta, timezone

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


class Server:
    """A thread that talks to one client after the other on a port of this machine."""

    def __init__(self, tls=None):
        self.tls, self.connections, self.is_over = tls, 0, threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.serve)

    def serve(self):
        while not self.is_over.is_set():
            with contextlib.suppress(OSError):
                client, _address = self.listener.accept()
                self.connections += 1
                with client, contextlib.suppress(ConnectionError, EOFError):
                    if self.tls:
                        client = self.tls.wrap_socket(client, server_side=True)
                    with client, client.makefile("rb") as lines:
                        self.converse(client, lines)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.is_over.set()
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        self.thread.join()
        self.listener.close()


class Relay(Server):
    """A mail server with pipelining.

    `refuse`: a part of a command → the answer it gets. `hangs_at`: "greeting" or "dot"; "drop" hangs up after the dot.
    `dot_takes`: seconds that its filters look at a mail. `waits_for_nobody`: it says 354 even when it has refused every
    recipient, as RFC 2920 allows.
    """

    def __init__(self, refuse=(), hangs_at="", waits_for_nobody=False, dot_takes=0):
        super().__init__()
        self.refuse, self.hangs_at, self.waits_for_nobody = dict(refuse), hangs_at, waits_for_nobody
        self.dot_takes = dot_takes
        self.accepted, self.commands = [], []

    def converse(self, client, lines):
        if self.hangs_at == "greeting":
            return self.is_over.wait()
        client.sendall(b"220 relay\r\n")
        recipient = None
        while line := lines.readline().decode().strip():
            self.commands.append(line)
            command = line[:4].upper()
            answer = next((said for part, said in self.refuse.items() if part in line), "250 ok")
            if command == "EHLO":
                answer = "250-relay\r\n250 PIPELINING"
            elif command == "MAIL":
                recipient = None
            elif command == "RCPT" and answer.startswith("25"):
                recipient = re.search("<(.*)>", line)[1]
            elif command == "DATA":
                answer = "354 go on" if recipient or self.waits_for_nobody else "554 no valid recipients"
            client.sendall(f"{answer}\r\n".encode())
            if answer.startswith("354") and not self.take_body(client, lines, recipient):
                return None
        return None

    def take_body(self, client, lines, recipient):
        body = b""
        while (line := lines.readline()) not in (b".\r\n", b""):
            body += line
        if not line:
            return False
        if self.hangs_at == "drop":
            return False
        if self.hangs_at == "dot":
            self.is_over.wait()
        elif recipient:
            self.is_over.wait(self.dot_takes)
            self.accepted.append((recipient, body))
        client.sendall(b"250 taken\r\n" if recipient else b"554 no valid recipients\r\n")
        return True


class Mailbox(Server):
    """An IMAP server with one folder of messages, and what its client has marked as read."""

    def __init__(self, messages, password, tls):
        super().__init__(tls)
        self.messages, self.password, self.seen = messages, password, set()

    def converse(self, client, lines):
        client.sendall(b"* OK IMAP4rev1\r\n")
        while line := lines.readline().decode().strip():
            tag, command, *rest = line.split(" ")
            client.sendall(self.answer(command.upper(), rest) + f"{tag} {self.verdict(command, rest)}\r\n".encode())

    def verdict(self, command, rest):
        return "NO wrong" if command.upper() == "LOGIN" and rest[1] != f'"{self.password}"' else "OK done"

    def answer(self, command, rest):
        if command == "CAPABILITY":
            return b"* CAPABILITY IMAP4rev1\r\n"
        if command == "SELECT":
            return f"* {len(self.messages)} EXISTS\r\n".encode()
        if command == "SEARCH":
            unseen = [str(n) for n in range(1, len(self.messages) + 1) if n not in self.seen]
            return f"* SEARCH {' '.join(unseen)}\r\n".encode()
        if command == "FETCH":
            message = self.messages[int(rest[0]) - 1]
            return b"* %s FETCH (BODY[] {%d}\r\n%s)\r\n" % (rest[0].encode(), len(message), message)
        if command == "STORE":
            self.seen.add(int(rest[0]))
        return b"* BYE\r\n" if command == "LOGOUT" else b""


def certificate(folder):
    """A self-made certificate for this machine: its file, and the context of a server that shows it."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "prova")])
    now = datetime.now(timezone.utc)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    public, private = folder / "cert.pem", folder / "key.pem"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    private.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, private)
    return public, context
