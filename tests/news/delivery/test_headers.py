"""Subjects and names arrive to the letter, whatever they hold and whoever reads them."""

import email
import email.policy
import random
import re
from email.header import decode_header, make_header

import pytest

from news.delivery.headers import header, mailbox

WORDS = (
    "una richiesta per voi: cerchiamo chi può fare già è però perché città «qualità» – l'officina dell’acciaio più "
    'E\' € 27,64 (15/12/2026) & Ù ÀÈÌ 🙂 _ = ? =? ?= =?utf-8?q?finta?= x=20y "tra virgolette" a,b; 100% '
    "precipitevolissimevolmentecontinuandosenzamaifermarsiperchénessunoglihadettodifarlo " + "a" * 90
).split()
WORD = re.compile(r"=\?utf-8\?[qb]\?[^?\s]*\?=")


def subjects(count, seed):
    chance = random.Random(seed)
    for _number in range(count):
        yield " ".join(chance.choices(WORDS, k=chance.randint(1, 24)))


def read(raw):
    """As the standard library reads an old message: no word of our own helps it."""
    folded = email.message_from_bytes(raw + b"\r\n")["Subject"]
    return str(make_header(decode_header(folded.replace("\r\n", "").replace("\n", ""))))


def faults(raw, text):
    lines = raw.decode("ascii").removesuffix("\r\n").split("\r\n")
    words = WORD.findall(raw.decode())
    return {
        "lost or doubled": read(raw) != text,
        "line too long": max(map(len, lines)) > 76,
        "word too long": any(len(word) > 75 for word in words),
        "glued": bool(re.search(r"\?==\?", raw.decode())) or any(len(WORD.findall(line)) > 1 for line in lines),
        "line that begins with no blank": any(not line.startswith(" ") for line in lines[1:]),
    }


def test_twenty_thousand_italian_subjects_come_back_to_the_letter():
    for text in subjects(20_000, seed=4):
        raw = header("Subject", text)
        assert not any(faults(raw, text).values()), (text, raw)


def test_the_new_parser_of_the_standard_library_reads_the_same():
    for text in subjects(500, seed=5):
        parsed = email.message_from_bytes(header("Subject", text) + b"\r\n", policy=email.policy.default)
        assert parsed["Subject"] == text


@pytest.mark.parametrize(
    ("raw", "fault"),
    [
        (b"Subject: =?utf-8?q?citt=C3=A0_?==?utf-8?q?alta?=\r\n", "glued"),
        (b"Subject: =?utf-8?q?citt=C3=A0?=\r\n =?utf-8?q?alta?=\r\n", "lost or doubled"),
        (b"Subject: =?utf-8?b?" + b"w6A=" * 20 + b"?=\r\n", "word too long"),
    ],
)
def test_the_check_sees_what_other_encoders_do(raw, fault):
    assert faults(raw, "città alta")[fault]


def test_the_bytes_are_ours_and_not_those_of_a_version_of_python():
    """Every Python from 3.10 on must write exactly these."""
    assert header("Subject", "Perché è così? Già, però…") == (
        b"Subject: =?utf-8?b?UGVyY2jDqSDDqCBjb3PDrD8gR2nDoCwgcGVyw7LigKY=?=\r\n"
    )
    assert header("Subject", "Novità della settimana").startswith(b"Subject: =?utf-8?q?Novit=C3=A0_della_settimana?=")
    assert header("Subject", "Prova") == b"Subject: Prova\r\n"


@pytest.mark.parametrize("name", ["Gate 4.0", 'Detto "Gate"', "Consorzio, ufficio", "Città è più", "x" * 60])
def test_a_name_comes_back_to_the_letter(name):
    raw = f"From: {mailbox(name, 'portale@gate40.example')}\r\n\r\n".encode()
    [address] = email.message_from_bytes(raw, policy=email.policy.default)["From"].addresses
    assert (address.display_name, address.addr_spec) == (name, "portale@gate40.example")
