"""What comes back: which address, for what reason, and of which delivery. Reads bytes, knows no database.

Only a report is judged: a standard one, or a notice of a mail system. What people write and what their machines answer
for them is never searched for words: an answer that mentions a colleague condemns nobody.

Of the bounces that carry a 5xx code more than half are not permanent (policy, full mailboxes, reputation), so an
address is judged by the reason that the words and codes give, not by the first digit.
"""

import base64
import binascii
import email
import hashlib
import hmac
import re
from contextlib import suppress
from dataclasses import dataclass, field
from email.header import decode_header, make_header
from email.message import Message
from email.utils import getaddresses
from html import unescape
from xml.etree import ElementTree

PERMANENT, TEMPORARY, POLICY, FULL, FEEDBACK = "permanent", "temporary", "policy", "full", "feedback"
LONGEST = 1_000_000  # bytes that are looked at: the report comes first, the returned message after it
ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[A-Za-z0-9][A-Za-z0-9.-]{0,252}[A-Za-z0-9]", re.ASCII)
STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
CODE = re.compile(r"(?<![\d.])([45]\d\d)(?![\d.])")
TOKEN = re.compile(r"<([0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})@", re.IGNORECASE)
VERP = re.compile(r"\+([a-z2-7]{20})@", re.IGNORECASE)


@dataclass(frozen=True)
class Complaint:
    """What a message says about one address. `is_positive`: a receipt, it has arrived. `is_delay`: not yet, no more."""

    address: str
    reason: str
    status: str = ""
    code: int = 0
    text: str = ""
    is_positive: bool = False
    is_delay: bool = False

    @property
    def is_permanent(self):
        return self.reason == PERMANENT


@dataclass
class Report:
    """What came back: its complaints, and whatever names the delivery it is about.

    `kind`: "dsn", "pec", "feedback" (reports), "auto" (a machine answers for a person) or "letter" (a person writes).
    `is_standard`: its complaints are fields of a format, not words. `sender`: who it says wrote it.
    """

    kind: str
    complaints: list = field(default_factory=list)
    tokens: list = field(default_factory=list)
    verp: str = ""
    sender: str = ""
    is_standard: bool = False


# Which delivery: an address that nobody can forge ---------------------------------------------------------------------
def verp(mailbox, number, key) -> str:
    """`rimbalzi@x` and 42 become `rimbalzi+<20 characters>@x`: six bytes of number, six of signature."""
    local, _at, domain = mailbox.rpartition("@")
    label = number.to_bytes(6, "big")
    return f"{local}+{base64.b32encode(label + _sign(label, key)).decode().rstrip('=').lower()}@{domain}"


def number_of(label, key) -> int | None:
    """The delivery that a label names; None when it is forged."""
    with suppress(binascii.Error):
        raw = base64.b32decode(label.upper() + "=" * (-len(label) % 8))
        if len(raw) == 12 and hmac.compare_digest(raw[6:], _sign(raw[:6], key)):
            return int.from_bytes(raw[:6], "big")
    return None


def _sign(label, key):
    return hmac.digest(key.encode(), b"verp" + label, hashlib.sha256)[:6]


# For what reason ------------------------------------------------------------------------------------------------------
def _words(text):
    """Phrases, parted by bars, as one pattern."""
    return re.compile("|".join(phrase.strip() for phrase in re.split(r"\n| \| ", text.strip())), re.IGNORECASE)


# In this order: what is said in words first, the most specific first.
WORDS = {
    FEEDBACK: _words(r"""
    feedback[- ]type | abuse report | complaint about
    """),
    FULL: _words(r"""
    mailbox (is |size )?(full|exceed) | over ?quota | quota (is )?(full|exceed)
    exceed\w*.{0,30}(quota|storage) | insufficient (disk )?(space|storage) | storage (limit|quota)
    disk (is )?full | full mailbox | mailbox limit | mail ?box.{0,20} full | no space left | overquota
    casella.{0,20}piena | not enough (storage|disk)
    """),
    POLICY: _words(r"""
    spam | blacklist | block ?list | blocked | black ?listed | \brbl\b | dnsbl | reputation | spf | dkim | dmarc
    \bptr\b | reverse dns | virus | malware | policy | poli- | banned | prohibit | content | not allowed
    not permitted | not authori[sz]ed | unauthori[sz]ed | access denied | accessdenied | relay | denied
    too large | too big | size limit | message size | exceeds.{0,20}size | authenticat | rejected by
    refused by | administrative prohibition | unsolicited | greylist | graylist | bulk | suspicious
    rfc ?\d{3,4} | header | helo | ehlo | sender | from address | mail from | your (ip|server|host|message|mail)
    this message | restricted | permission | not accept(ed|ing)? (mail|message)s? from | duplicate
    """),
    TEMPORARY: _words(r"""
    suspend | disabled | inactive | deactivated | locked | try (again )?later | temporar | timed? ?out | timeout
    deferred | delayed | connection (refused|reset|lost) | too many (connections|sessions|concurrent|recip)
    rate limit | too fast | throttl | expired | retry | loop | hop count | too many hops | resources
    not (yet )?(been )?delivered | still trying | queue | greeting | could not be reached | unreachable
    no route | system error | local error | service (not |un)available | busy | frozen | command (failed|died)
    mailer error | non-zero | syntax error | protocol error | 5\.5\.0 host
    """),
    PERMANENT: _words(r"""
    user (is )?unknown | unknown (user|address|recipient|mailbox|local|account|login)
    no such (user|mailbox|address|recipient|person|account|domain|host) | does(n't| not) exist | do not exist
    non esiste | not exist | invalid (recipient|mailbox|user|address)
    recipient (address )?(is )?(invalid|unknown|not found)
    (user|mailbox|address|recipient|account|domain|host|name|directory)\b.{0,30}not (be )?found | no mailbox
    mailbox unavailable | mailbox not found | unrouteable | unroutable | unknown (host|domain) | host unknown
    domain (not found|does) | has moved | no longer | not a (valid|known) | bad (address|destination|user)
    not (our|a) (customer|user) | indirizzo non valido | utente sconosciuto | not listed in | isn't in my
    no account | nonexist | non-exist | undeliverable address | not local | not known | not recogni[sz]ed
    invalid final delivery | adresse | does not accept mail | null mx | nullmx | no mx | illegal user
    not a mailbox | mailbox is unknown | address unknown | cannot route | unknown
    """),
}  # fmt: skip
# RFC 3463: subject and detail of an enhanced status.
STATUSES = {
    "1.0": PERMANENT, "1.1": PERMANENT, "1.2": PERMANENT, "1.3": PERMANENT, "1.4": PERMANENT, "1.6": PERMANENT,
    "1.7": POLICY, "1.8": POLICY, "1.9": POLICY, "1.10": PERMANENT, "2.1": TEMPORARY, "2.2": FULL, "2.3": POLICY,
    "2.4": PERMANENT, "3.1": FULL, "3.4": POLICY, "4.4": PERMANENT, "6": POLICY, "7": POLICY,
}  # fmt: skip
# The address itself is wrong, whatever else is said.
CERTAIN = _words(r"""
    user (is )?unknown | unknown (user|recipient|mailbox) | no such (user|mailbox|recipient|account|domain|host)
    (user|recipient|mailbox|account|address)\b.{0,20}(does(n't| not) exist|not found|is unknown) | null mx
    no mailbox | (domain|host)\b.{0,40}(not found|unknown) | unknown (host|domain)
    (doesn't|does not) have an? .{0,40}account
    (account|user|mailbox|domain) may not exist | couldn't find (any|a) (host|mail exchanger) | no mx\b
    mx or srv record | not listed in | unrouteable | does not like recipient
    address(?! \(es\)).{0,12}couldn't be found | rejected: access denied | address rejected\. | valid recipients
    invalid final delivery | user was not found | address is correct | inactive email address | has moved
    recipient.{0,9}unknown
""")
# The server let the address pass, or means somebody else.
UNCERTAIN = _words(r"""
    (?<!not found\. )name service error | preferences | domain of sender | end of data | banned | black ?list
    dnsbl
""")
# It speaks of the client, of the sender or of its own rules for them: whatever else it says, it says nothing of the
# addressee.
ABOUT_US = _words(r"""
    client (host|address|ip).{0,60}(reject|block|denied) | (helo|ehlo)\b.{0,80}(reject|denied|invalid|not found|unknown)
    (?<!does not like recipient\. )sender.{0,60}(reject|denied|verif|refused|invalid|unknown|not found|not exist)
    (reject|denied|invalid|unknown|unverified|bad) (the )?sender | sender verif | domain of sender | callout
    (return[- ]path|envelope[- ]from|mail from|from (address|domain|header)).{0,60}(reject|denied|not|invalid|unknown)
    relay(ing)? (access )?(is )?(denied|not (permitted|allowed)|prohibited|attempt)
    (unable|not allowed|refus\w+) to relay
    not (permitted|allowed|authori[sz]ed) to (relay|send) | rcpthosts | we do not relay | open relay
    unauthenticated | authentication (is )?(required|failed|needed) | must (authenticate|be authenticated|issue)
    (sending|daily|hourly|outgoing|outbound|message|rate|submission|recipients?).{0,24}(limit|quota).{0,24}(exceed|reach|over)
    (limit|quota) (for|on|of) (sending|outgoing|outbound|messages) | (exceed|reach)\w*.{0,40}sending (limit|quota)
    \bspf\b | \bdkim\b | \bdmarc\b | reverse dns | \bptr\b | \brdns\b | forward[- ]confirmed
    your (ip|host|server|domain|network|reputation|sender)\b.{0,60}(block|reject|list|refus|denied|spam)
    poor reputation | bad reputation | mittente.{0,60}(rifiut|non|sconosciut) | \[S\d{4}\]
""")
OF_THE_ADDRESSEE = _words(r"recipient address rejected | recipient rejected")


def is_about_us(text) -> bool:
    """Whether a refusal speaks about whoever sends, and not about whoever should receive."""
    return bool(ABOUT_US.search(text)) and not OF_THE_ADDRESSEE.search(text)


# Of the enhanced codes only these say that the address does not exist (RFC 3463, and 5.1.10 of RFC 7505).
NO_SUCH_ADDRESS = {"5.1.1", "5.1.3", "5.1.10"}
DIRECTORY_BLOCK = _words(r"5\.4\.1\b.{0,20}recipient address rejected: access denied")


def condemns_address(code, text) -> bool:
    """Whether an answer in the middle of a conversation says that the addressee does not exist.

    Judged more narrowly than a report, for here many answers are about us: by a code of that meaning, or without any
    code by words that leave no doubt; never when the answer speaks of the sender or of a policy.
    """
    if code < 500 or is_about_us(text):
        return False
    status, words = _status(text), ADDRESS.sub(" ", text)
    if status and not status.endswith(".0.0"):
        return status in NO_SUCH_ADDRESS or bool(DIRECTORY_BLOCK.search(words))
    return bool(CERTAIN.search(words)) and reason_of(code, words) == PERMANENT


def reason_of(code, text) -> str:
    """Why a server refused, from its reply code and its words (which hold the enhanced status, if it gave one)."""
    status = _status(text)
    by_words = next((reason for reason, words in WORDS.items() if words.search(text)), None)
    if (code and code < 500) or status.startswith("4."):
        return FULL if by_words == FULL else TEMPORARY
    by_status = STATUSES.get(status[2:], STATUSES.get(status[2:3])) if status else None
    if is_about_us(text):
        return POLICY
    if by_words and by_words in (FEEDBACK, FULL):
        return by_words
    if by_status and status in ("5.2.2", "5.1.8", "5.1.7"):
        return by_status
    if UNCERTAIN.search(text) or status == "5.2.0":
        return by_words if by_words and by_words != PERMANENT else TEMPORARY
    if CERTAIN.search(text) or status in CERTAIN_STATUSES or code == 521:
        return PERMANENT
    return by_words or by_status or TEMPORARY


CERTAIN_STATUSES = {"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"}


def _status(text) -> str:
    """The most telling of the enhanced statuses: "5.0.0" says nothing when another stands beside it."""
    found = [match[0] for match in STATUS.finditer(text)]
    return next((status for status in found if not status.endswith(".0.0")), found[0] if found else "")


# What came back -------------------------------------------------------------------------------------------------------
def read(raw: bytes) -> Report:
    """Read one message that came back. What is no report has no complaints; what cannot be read raises Unreadable."""
    try:
        return _read(raw)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise Unreadable(f"{type(error).__name__}: {error}") from error


class Unreadable(Exception):
    """Not even the parser of the standard library makes sense of it: somebody must look."""


def _read(raw):
    message = email.message_from_bytes(raw[:LONGEST])
    report = Report(_kind(message), tokens=_tokens(raw), verp=_verp(message))
    report.sender = _address(_header(message, "From")).lower()
    report.is_standard = report.kind in ("pec", "feedback") or _is_standard(message)
    reader = {"pec": _read_pec, "feedback": _read_feedback, "dsn": _read_dsn}.get(report.kind, lambda message: [])
    report.complaints = list({complaint.address.lower(): complaint for complaint in reader(message)}.values())
    return report


DAEMON = re.compile(
    r"mailer[- ]?daemon|post[-_]?master|mail(er)? ?delivery|delivery (sub)?system|\bndr\b|daemon@", re.I
)
AUTO_SUBJECT = re.compile(
    r"^\W*(auto(matic|matische|mated)?[- ]?(reply|response|answer|antwort)|out of (the )?office|away|vacation|absence"
    r"|risposta automatica|fuori (ufficio|sede)|assen[zt]|in ferie|ferie|abwesen|r[ée]ponse automatique)",
    re.I,
)
FAILURE = re.compile(r"fail|undeliver|return|non.?deliver|not deliver|rejected|mancat|impossibile", re.I)


def _kind(message) -> str:
    if _header(message, "X-Ricevuta"):
        return "pec"
    types = {part.get_content_type() for part in message.walk()}
    if "message/feedback-report" in types or _is_old_complaint(message, types):
        return "feedback" if "message/feedback-report" in types else "dsn"
    if _is_standard(message) or _is_notice(message, types):
        return "dsn"
    return "auto" if _is_automatic(message) else "letter"


def _is_standard(message):
    """RFC 3464, Exim's header, or the notices that one large provider writes as JSON."""
    is_report = any(part.get_content_type() == "message/delivery-status" for part in message.walk())
    return is_report or bool(_header(message, "X-Failed-Recipients")) or "notificationType" in _start(message)


def _start(message):
    return "" if message.is_multipart() else str(message.get_payload())[:2000]


def _is_notice(message, types):
    """A mail system writes in words of its own: it says who it is, or it has no return path and says what failed."""
    if DAEMON.search(_header(message, "From")):
        return not _is_answer(message)
    if _header(message, "Return-Path") != "<>" or _is_automatic(message):
        return False
    return "message/rfc822" in types or bool(FAILURE.search(_header(message, "Subject")))


def _is_old_complaint(message, types):
    return "message/rfc822" in types and _header(message, "Subject").lower().startswith("complaint about message from")


def _is_automatic(message):
    """RFC 3834, and what answering machines said before it and beside it, in whatever case."""
    said = _header(message, "Auto-Submitted").lower()
    return said.startswith("auto") or _is_answer(message) or bool(AUTO_SUBJECT.match(_subject(message)))


def _is_answer(message):
    """The marks of a machine that answers for a person."""
    names = ("X-Autoreply", "X-Autorespond", "X-Autoresponder", "X-Auto-Response-Suppress", "X-Mail-Autoreply")
    precedence = _header(message, "Precedence").lower()
    return any(_header(message, name) for name in names) or precedence.startswith(("auto_reply", "auto-reply"))


def _subject(message):
    return str(make_header(decode_header(_header(message, "Subject"))))


def _tokens(raw) -> list:
    """Message-IDs of ours, in the headers that were returned to us."""
    return list(dict.fromkeys(found.lower() for found in TOKEN.findall(raw[:LONGEST].decode("ascii", "replace"))))


def _verp(message) -> str:
    headers = ("To", "Delivered-To", "X-Original-To", "Envelope-To")
    found = VERP.search(" ".join(_header(message, name) for name in headers))
    return found[1].lower() if found else ""


# RFC 3464, and whatever else mail servers write
def _read_dsn(message):
    groups = [group for part in _parts(message, "message/delivery-status") for group in _groups(part)]
    text = _text(message)
    if not groups and message.get_content_type() == "multipart/report":  # its parts are lost: a boundary is broken
        groups = [email.message_from_string(group) for group in FIELDS_OF_ONE.findall(message.as_string())]
    found = [complaint for group in groups for complaint in _from_group(group, text)]
    return found or list(_from_words(message, text))


FIELDS_OF_ONE = re.compile(
    r"^(?:Original-Recipient|Final-Recipient|Action):.*\n(?:[\w-]+:.*\n|[ \t]+\S.*\n)+", re.M | re.I
)


def _groups(part):
    """The groups of fields of a delivery report: the parser gives them as messages, or leaves them as text."""
    payload = part.get_payload()
    if isinstance(payload, list):
        return payload
    return [email.message_from_string(group) for group in re.split(r"\r?\n\r?\n", str(payload))]


def _from_group(group, text):
    names = ("Final-Recipient", "Original-Recipient", "X-Actual-Recipient")
    address = next(filter(None, (_address(_header(group, name).rpartition(";")[2]) for name in names)), "")
    if not address:
        return
    action = _header(group, "Action").lower()
    words = " ".join([_header(group, "Status"), _header(group, "Diagnostic-Code"), action])
    is_positive = action.startswith(("delivered", "relayed", "expanded"))
    words = words if _says_why(words) else f"{words} {_near(text, address)}"
    yield _complaint(address, words, is_positive, is_delay=action.startswith("delayed"))


def _says_why(words):
    return len(re.sub(r"[\d.\s]|failed|smtp|x-\w+|;", "", words)) > 8


def _complaint(address, words, is_positive=False, is_delay=False):
    words = " ".join(unescape(words).split())
    status, code = STATUS.search(words), CODE.search(words)
    number = int(code[1]) if code else 0
    reason = reason_of(number, ADDRESS.sub(" ", words))
    return Complaint(address, reason, status[0] if status else "", number, words[:300], is_positive, is_delay)


def _from_words(message, text):
    """Not a standard report: the addresses that the header or the words before the returned message name."""
    named = [_address(item) for item in _header(message, "X-Failed-Recipients").split(",")]
    named = [address for address in named if address] or _named_in(message, text) or _returned_to(message, text)
    is_delay = bool(DELAY.search(f"{_subject(message)}\n{_before_original(text)}"))
    for address in named:
        yield _complaint(address, f"{_near(text, address)} {_header(message, 'Subject')}", is_delay=is_delay)


DELAY = _words(r"""
    do(es)? not need to (re-?send|send it again) | warning message only | this is (only )?a warning | still trying
    will (keep|continue)( on)? (trying|attempting|to (try|be attempted|retry)) | delivery attempts will continue
    delivery status notification \(delay\) | warning: (message|could not send message) .{0,40}(delayed|past|undelivered)
    will be (re)?tried (for|until) | keep trying | we keep | non (è|e') (ancora )?stato (ancora )?consegnato
    non (è|e') necessario (rispedir|inviarlo di nuovo|rimandar) | continuer(à|a') a (provare|tentare) | in ritardo
""")


def _named_in(message, text):
    ours = {address.lower() for _name, address in getaddresses(_all(message, "To", "From", "Delivered-To"))}
    found = [address for address in ADDRESS.findall(_before_original(text)) if address.lower() not in ours]
    return [
        address for address in dict.fromkeys(found) if not re.match(r"postmaster|mailer-daemon|abuse|help", address)
    ]


def _returned_to(message, text):
    """The addressee of the message that was returned with the notice."""
    for part in _parts(message, "message/rfc822", "text/rfc822-headers"):
        original = part.get_payload()
        original = original[0] if isinstance(original, list) else email.message_from_string(str(original))
        if found := [address for _name, address in getaddresses(_all(original, "To")) if ADDRESS.fullmatch(address)]:
            return found
    return ADDRESS.findall(" ".join(re.findall(r"^(?:To|RCPT TO|Recipient):(.*)$", text, re.M | re.I)))[:1]


def _before_original(text):
    cut = re.search(
        r"^(-{2,}.{0,40}(original|returned|copy|header|message).*|(Received|Return-Path): .*)$", text, re.M | re.I
    )
    return text[: cut.start()] if cut else text


REPLY_LINE = re.compile(r"^\W*[45]\d\d[ -][45]\.\d{1,3}\.\d{1,3}\b.*", re.M)


def _near(text, address):
    """What is said of an address: the only reply that is quoted; or its line and what follows, up to the next address;
    else all that was written.
    """
    text = _before_original(text)
    if len(quoted := set(REPLY_LINE.findall(text))) == 1:
        return quoted.pop()
    for found in re.finditer(re.escape(address), text):
        begin = text.rfind("\n", 0, found.start()) + 1
        words = re.split(r"\n\s*\n\s*<?[\w.+-]+@|\n<", text[begin : found.end() + 600])[0]
        if _says_why(words.replace(address, "")):
            return words
    place = max(text.find(address), 0)
    return text[max(0, place - 250) : place + 900]


# RFC 5965: somebody pressed "spam"
def _read_feedback(message):
    for part in _parts(message, "message/feedback-report"):
        for group in _groups(part):
            for name in ("Original-Rcpt-To", "Removal-Recipient"):
                if address := _address(_header(group, name)):
                    yield Complaint(address, FEEDBACK, text=_header(group, "Feedback-Type"))
    for address in _returned_to(message, _text(message)):
        yield Complaint(address, FEEDBACK)


# Posta elettronica certificata
def _read_pec(message):
    """Receipts are told by `X-Ricevuta`, their details by the attachment daticert.xml (DPCM 2 November 2005)."""
    kind = _header(message, "X-Ricevuta")
    is_positive = kind in {"accettazione", "avvenuta-consegna", "presa-in-carico"}
    xml = [part for part in message.walk() if "xml" in f"{part.get_content_type()} {part.get_filename('')}"]
    for part in xml:
        with suppress(ElementTree.ParseError):  # cut off; but an encoding that nobody knows is for somebody to look at
            yield from _from_daticert(part.get_payload(decode=True), is_positive)


def _from_daticert(xml, is_positive):
    if b"<!ENTITY" in xml or b"<!DOCTYPE" in xml:  # no receipt has one; a bomb does
        return
    root = ElementTree.fromstring(xml)
    error = root.get("errore", "nessuno")
    words = root.findtext("dati/errore-esteso") or ""
    reason = {"no-dest": PERMANENT, "no-dominio": PERMANENT, "virus": POLICY}.get(error) or reason_of(0, words)
    delivered_to = root.findall("dati/consegna") or root.findall("intestazione/destinatari")
    for element in delivered_to:
        if address := _address(element.text or ""):
            yield Complaint(address, "" if is_positive else reason, text=words[:300], is_positive=is_positive)


# Small things
def _parts(message, *types):
    return [part for part in message.walk() if part.get_content_type() in types]


def _text(message):
    if plain := _parts(message, "text/plain"):
        return "\n".join(_decoded(part) for part in plain)
    if message.get_content_maintype() == "multipart" and not message.is_multipart():  # a broken boundary: all of it
        return str(message.get_payload())
    html = "\n".join(_decoded(part) for part in _parts(message, "text/html"))
    return re.sub(r"<(/?[a-z][^>@]*)>", " ", html)


def _decoded(part):
    raw = part.get_payload(decode=True) or b""
    try:
        return raw.decode(part.get_content_charset() or "utf-8", "replace")
    except LookupError:
        return raw.decode("latin-1")


def _header(message, name):
    return " ".join(str(message.get(name, "") or "").split()) if isinstance(message, Message) else ""


def _all(message, *names):
    return [str(value) for name in names for value in message.get_all(name, [])]


def _address(text):
    found = ADDRESS.search(text)
    return found[0] if found else ""
