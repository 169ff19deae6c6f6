"""Rooms, introductions, services and notices of the demo: what a firm, a centre and the staff have to do today."""

from datetime import timedelta

from django.utils import timezone

from matchmaking.models import Introduction, Message, Outcome, Room, Service, ServiceRequest, ServiceStep
from matchmaking.services import services
from news.models import Notification

TALK = [  # days after the opening, who speaks (0: the firm), what
    (
        0,
        0,
        "Buongiorno, lavoriamo lastre fino a tre metri e le fratture si vedono solo dopo il taglio. Da dove partiamo?",
    ),
    (
        1,
        1,
        "Da dieci campioni, con il numero di blocco. Con la tomografia in una settimana sappiamo se il metodo regge.",
    ),
    (2, 0, "Li portiamo noi giovedì. Servono permessi particolari per entrare?"),
    (2, 1, "Solo un documento. Vi mandiamo la scheda di sicurezza."),
]


def build(firm, center, second_center, people) -> None:
    """A room with a past, an introduction to answer, a service in hand. `people` are the demo's logins by address."""
    opened = timezone.now() - timedelta(days=40)
    broker, owner = people["consorzio@demo.example"], people["impresa@demo.example"]
    made = _introduction(broker, firm, center, "Vedere le fratture prima del taglio", opened, "agreed")
    _room(made, {firm: owner, center: people["centro@demo.example"]}, opened)
    waiting = _introduction(broker, firm, second_center, "Robot per la movimentazione delle lastre", timezone.now(), "")
    _service(firm, owner, broker)
    _notice(owner, firm, "service", f"Vi presentiamo {second_center.name}?", waiting.get_absolute_url())
    room = made.room
    _notice(owner, firm, "room", f"{center.name} vi ha scritto · {room.title}", room.get_absolute_url())
    _notice(people["centro@demo.example"], center, "room", f"{firm.name} vi ha scritto", room.get_absolute_url())


def _introduction(broker, one, other, title, at, state):
    text = "Vi conosciamo tutti e due: uno ha il problema, l'altro gli strumenti. Una telefonata basta per capirlo."
    made = Introduction.objects.create(broker=broker, title=title, text=text, made_at=at)
    for organization in (one, other):
        answer = {"state": state, "at": at} if state else {}
        made.sides.create(organization=organization, **answer)
    return made


def _room(introduction, voices, opened):
    firm, center = voices
    plan = {"next_step": "Prova su dieci campioni", "next_step_on": timezone.localdate() + timedelta(days=9)}
    told = {"asker": firm, "answerer": center, "title": introduction.title, "opened_at": opened, **plan}
    room = Room.objects.create(introduction=introduction, **told)
    Message.objects.bulk_create(
        Message(room=room, **_voice(voices, who), text=text, at=opened + timedelta(days=days, minutes=at))
        for at, (days, who, text) in enumerate(TALK)
    )
    for organization, answer in ((firm, Outcome.Answer.PROJECT), (center, Outcome.Answer.TALKING)):
        at = opened + timedelta(days=31)
        Outcome.objects.create(room=room, organization=organization, days=30, answer=answer, at=at)


def _voice(voices, who):
    organization = list(voices)[who]
    return {"organization": organization, "author": voices[organization]}


def _service(firm, owner, broker):
    services.make_ready()
    service = Service.objects.get(slug="check-up-4-0")
    told = {"service": service, "organization": firm, "by": owner, "assigned_to": broker, "state": "assigned"}
    asked = ServiceRequest.objects.create(**told, text="Una linea di taglio del 2009: conviene raccogliere i dati?")
    ServiceStep.objects.create(request=asked, by=owner, after="asked")
    ServiceStep.objects.create(request=asked, by=broker, before="asked", after="assigned", note=str(broker))


def _notice(user, organization, kind, title, link):
    told = {"kind": kind, "title": title[:200], "link": link, "occasion": f"demo:{kind}"}
    Notification.objects.create(user=user, organization=organization, **told)
