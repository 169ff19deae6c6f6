"""The Consorzio's tailored services: asked by a member, taken by somebody of the staff, brought to an end."""

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Count, Q

from members.transitions import move_state

from ..models import Service, ServiceRequest, ServiceStep
from ..signals import announce, service_moved

State = ServiceRequest.State

READY = [  # there from the first day; the staff change them in the admin
    {
        "slug": "check-up-4-0",
        "name": "Check-up 4.0",
        "summary": "Una mezza giornata in azienda: che cosa c'è, che cosa manca, da dove cominciare.",
        "text": (
            "Una persona del Consorzio visita l'azienda, guarda macchine, dati e competenze con chi ci lavora e "
            "lascia una relazione di due pagine: tre priorità, chi in rete può aiutare, quanto può costare."
        ),
    },
    {
        "slug": "scouting-partner",
        "name": "Ricerca di partner e tecnologie",
        "summary": "Cerchiamo noi chi vi completa, anche fuori dalla rete.",
        "text": (
            "Partiamo da un bisogno scritto insieme. Cerchiamo tra imprese, centri di ricerca e reti europee, "
            "verifichiamo l'interesse e vi presentiamo chi è d'accordo."
        ),
    },
    {
        "slug": "sportello-bandi",
        "name": "Sportello bandi",
        "summary": "Quale bando, con chi, entro quando: una persona che vi segue.",
        "text": (
            "Leggiamo con voi i bandi che vi riguardano, controlliamo i requisiti, troviamo i partner che mancano "
            "e vi accompagniamo fino alla domanda. La domanda resta vostra."
        ),
    },
]


def make_ready(**kwargs):
    """The services that the district has promised. Runs after every migration; what staff changed stays changed."""
    for position, service in enumerate(READY, start=1):
        Service.objects.get_or_create(slug=service["slug"], defaults={**service, "position": position})


def staff_by_load():
    """Who can take a request, whoever has the fewest in hand first."""
    in_hand = Count("services_in_charge", filter=Q(services_in_charge__state=State.ASSIGNED))
    people = get_user_model().objects.staff()
    return people.annotate(in_hand=in_hand).order_by("in_hand", "full_name", "pk")


@transaction.atomic
def ask_service(service, organization, by, text, key) -> ServiceRequest | None:
    """Ask for a service; sent twice with one key, it is asked once. None when it was there already."""
    told = {"service": service, "organization": organization, "by": by, "text": text}
    request, is_new = ServiceRequest.objects.get_or_create(key=key, defaults=told)
    if not is_new:
        return None
    _note(request, by, "", State.ASKED, text)
    return request


def assign_service(request, by, person) -> bool:
    """Give it to somebody of the staff; it may go to somebody else later."""
    if not get_user_model().objects.staff().filter(pk=person.pk).exists():
        raise ValueError("only the staff take requests in hand")
    others = ~Q(assigned_to=person) | Q(assigned_to=None)
    return _move(request, by, [State.ASKED, State.ASSIGNED], State.ASSIGNED, str(person), others, assigned_to=person)


def finish_service(request, by, note) -> bool:
    """It is done: the member reads what came of it."""
    return _move(request, by, [State.ASSIGNED], State.DONE, note)


def decline_service(request, by, note) -> bool:
    return _move(request, by, [State.ASKED, State.ASSIGNED], State.DECLINED, note)


def withdraw_service(request, by, note="") -> bool:
    """The member no longer needs it."""
    return _move(request, by, [State.ASKED, State.ASSIGNED], State.WITHDRAWN, note)


def _move(request, by, states, state, note, only=None, **values) -> bool:
    def trace(before):
        _note(request, by, before, state, note)

    return move_state(request, states, state, only=only, trace=trace, **values)


def _note(request, by, before, after, note):
    step = ServiceStep.objects.create(request=request, by=by, before=before, after=after, note=note.strip()[:4000])
    announce(service_moved, ServiceRequest, step_id=step.pk)
