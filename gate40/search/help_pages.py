"""The portal's own pages that a search may lead to: what each is called, and the words that people look for it by."""

from django.utils.translation import gettext_lazy as _

from members.rules import wording

# Address → (title, other words).
PAGES = {
    "matchmaking:about_the_score": (
        _("Come si calcola il punteggio"),
        "punteggio abbinamento abbinamenti algoritmo score ragioni compatibilità matching come funziona aiuto guida",
    ),
    "matchmaking:services": (
        _("Servizi su misura"),
        "servizi consulenza assistenza sportello consorzio audit accompagnamento aiuto",
    ),
    "news:subscribe": (
        _("Iscriviti alla newsletter"),
        "newsletter iscrizione iscriversi mail email riepilogo avvisi aggiornamenti lettera",
    ),
    "privacy": (_("Privacy"), "privacy dati personali trattamento gdpr cookie informativa riservatezza cancellazione"),
    "accessibility": (_("Accessibilità"), "accessibilità dichiarazione disabilità lettore schermo segnalazione"),
    "legal": (_("Note legali"), "note legali licenza condizioni uso responsabilità contatti"),
    "observatory:open_data": (_("Dati aperti"), "dati aperti open data csv api statistiche licenza riuso"),
    "account_signup": (_("Registrati"), "registrazione registrarsi account profilo aderire adesione entrare iscrivere"),
    "account_login": (_("Accedi"), "accesso accedere login entrare password dimenticata passkey"),
}


def answering(reading) -> list[str]:
    """The addresses of the pages that the words of a `Reading` lead to, in the order above."""
    return [name for name, (title, words) in PAGES.items() if _is_met(reading, wording.words(f"{title} {words}"))]


def _is_met(reading, words):
    hits = sum(any(_is_alike(asked, word, reading.is_begun) for word in words) for asked in reading.words)
    return hits >= reading.least and not set(reading.unwanted) & set(words)


def _is_alike(asked, word, is_begun):
    """The same but for its ending ("punteggi", "punteggio"); or the beginning of it."""
    return word == asked or word[:-1] == asked[:-1] or (is_begun and len(asked) > 2 and word.startswith(asked))
