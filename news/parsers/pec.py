"""PEC addresses: certified mail is for letters with legal value. Nobody subscribes one to a newsletter.

Domains of the Italian providers that hand out mailboxes, and the rule for an organization's own PEC domain, which by
custom says so in its name (`pec.impresa.it`, `impresapec.it`, `legalmail.impresa.it`). No list is complete: what slips
through is found by the receipts that PEC servers send back.
"""

import re

DOMAINS = frozenset(
    """
    actaliscertymail.it arubapec.it casellapec.com cert.legalmail.it cgn.legalmail.it gigapec.it ingpec.eu interpec.it
    legalmail.it lamiapec.it mypec.eu mypec.it namirialpec.it pec.aruba.it pec.it pec.net pec.libero.it pec.tim.it
    pecimprese.it pecprofessionisti.it poste-certificate.it postacert.it postacertificata.gov.it postecert.it
    registerpec.it sicurezzapostale.it spidmail.it ticertifica.it ticertifica.net trustpec.it twtcert.it
    """.split()  # noqa: SIM905 - a list to read
)
WORD = re.compile(r"(^|[.-])(pec|legalmail|postacert|postacertificata)([.-]|$)|pec\.(it|eu|com|net)$")


def is_pec(address: str) -> bool:
    """Does the address look like certified mail?"""
    domain = address.rpartition("@")[2].strip().rstrip(".").lower()
    return any(domain == known or domain.endswith(f".{known}") for known in DOMAINS) or bool(WORD.search(domain))
