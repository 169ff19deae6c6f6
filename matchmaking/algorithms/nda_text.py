"""The terms under which a blind request is read, and their fingerprint. Pure: no Django.

The text is Italian, word for word as the page shows it: what was accepted can be shown again years later.
"""

import hashlib

STANDARD = (
    "Chi accetta conosce chi ha fatto la richiesta solo per valutare questa collaborazione. Si impegna a non rivelare "
    "a terzi l'identità di chi chiede, il contenuto della richiesta e i documenti che riceve, e a non usarli per altri "
    "scopi, anche se la collaborazione non comincia. L'impegno dura due anni dal giorno in cui accetta."
)


def fingerprint(text: str) -> str:
    """The SHA-256 of a text, or nothing of none. Ends of lines and outer blanks do not count."""
    plain = "\n".join(line.rstrip() for line in text.strip().splitlines())
    return hashlib.sha256(plain.encode()).hexdigest() if plain else ""
