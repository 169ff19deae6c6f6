"""The sentences with which a request is refused. These pages need no database, no session and no signed-in person."""

from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

TITLES = {
    400: gettext_lazy("Questa richiesta non si legge"),
    409: gettext_lazy("Qualcuno ha fatto prima"),
    413: gettext_lazy("È troppo in una volta"),
    429: gettext_lazy("Basta per oggi"),
}


class Refused(Exception):
    """A request that goes no further: the answer's status and a sentence that says why and what to do."""

    def __init__(self, status, sentence):
        super().__init__(sentence)
        self.status, self.sentence = status, sentence


def unreadable() -> Refused:
    return Refused(400, _("Ci sono caratteri che non si possono leggere. Torna indietro, riscrivi il testo e riprova."))


def too_much() -> Refused:
    return Refused(413, _("Torna indietro e manda meno: un file più piccolo, un testo più corto, meno righe."))


def too_late() -> Refused:
    return Refused(409, _("La stessa cosa è appena stata scritta, da voi o da un collega. Torna indietro e ricarica."))


def refusal(refused: Refused) -> HttpResponse:
    """The page that says it."""
    context = {"status": refused.status, "title": TITLES[refused.status], "sentence": refused.sentence}
    response = HttpResponse(render_to_string("refused.html", context), status=refused.status)
    if refused.status == 413:
        response["Connection"] = "close"  # the rest of the body is not waited for
    return response


def too_many_today(error) -> Refused:
    return Refused(429, str(error))


def bad_request(request, exception=None) -> HttpResponse:
    """Django's own refusals (a host that is not ours, a form without end), in our words."""
    return refusal(
        Refused(400, _("L'indirizzo o il modulo non sono come li scrive il portale: ricomincia dalla home."))
    )
