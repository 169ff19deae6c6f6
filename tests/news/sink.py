"""A mail server that accepts everything and keeps only who got what: the same for every sender that is measured.

    python3 tests/news/sink.py LOG [--delay SECONDS] [--no-pipelining]

prints its port, then writes one line "recipient message-id" to LOG for each mail, before it answers 250. Standard
library only, one thread for each connection.
"""

import argparse
import os
import re
import socket
import sys
import threading
import time

RECIPIENT = re.compile(rb"RCPT TO:<([^>]*)>", re.IGNORECASE)
MESSAGE_ID = re.compile(rb"^Message-ID: *(<[^>]*>)", re.IGNORECASE | re.MULTILINE)
END = b"\r\n.\r\n"


class Sink:
    def __init__(self, log, delay=0.0, is_pipelining=True):
        self.log = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self.delay = delay
        self.greeting = b"250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n" if is_pipelining else b"250 sink\r\n"

    def serve(self, connection):
        try:
            with connection:
                self.converse(connection)
        except OSError:
            pass  # whoever was killed does not say goodbye

    def converse(self, connection):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(b"220 sink\r\n")
        waiting, recipient, is_body = b"", b"", False
        while chunk := connection.recv(1 << 18):
            waiting += chunk
            answers = []
            while True:
                if is_body:
                    body, end, rest = waiting.partition(END)
                    if not end:
                        break
                    self.note(recipient, body)
                    answers.append(b"250 accepted\r\n")
                    waiting, is_body = rest, False
                line, end, rest = waiting.partition(b"\r\n")
                if not end:
                    break
                waiting, command = rest, line[:4].upper()
                if command == b"RCPT":
                    recipient = RECIPIENT.match(line)[1]
                is_body = command == b"DATA"
                answers.append(
                    {b"DATA": b"354 go\r\n", b"EHLO": self.greeting, b"QUIT": b"221 bye\r\n"}.get(
                        command, b"250 ok\r\n"
                    )
                )
                if is_body:
                    waiting = b"\r\n" + waiting  # so that a body may end at its first line
            if answers:
                time.sleep(self.delay)
                connection.sendall(b"".join(answers))

    def note(self, recipient, body):
        found = MESSAGE_ID.search(body[:2000])
        os.write(self.log, recipient + b" " + (found[1] if found else b"-") + b"\n")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("log")
    parser.add_argument("--delay", type=float, default=0.0)
    parser.add_argument("--no-pipelining", action="store_true")
    options = parser.parse_args()
    sink = Sink(options.log, options.delay, not options.no_pipelining)
    with socket.create_server(("127.0.0.1", 0), backlog=100) as server:
        print(server.getsockname()[1], flush=True)
        while True:
            connection, _ = server.accept()
            threading.Thread(target=sink.serve, args=[connection], daemon=True).start()


if __name__ == "__main__":
    sys.exit(main())
