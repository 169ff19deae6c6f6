"""The funnel: how far the firms of a province have come on a day, from facts dated up to that day.

A stage is a condition on the firm; a firm stands at a stage when it meets its condition and all those before it, so
that stages never increase downwards. Firms are counted, whatever their users. One query gives the whole funnel.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import BooleanField, Case, Count, Exists, OuterRef, Q, Value, When
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.models import Adhesion, Need, Network, Offer, Organization, Representative
from news.models import Consent, Delivery, Subscription

from .answers import answers, outcomes
from .models import First, KeptFact


@dataclass(frozen=True)
class Moment:
    """The end of a day in Italy, for one network: facts before it count."""

    day: date
    network: Network

    @property
    def before(self) -> datetime:
        return timezone.make_aware(datetime.combine(self.day + timedelta(days=1), time.min))


@dataclass(frozen=True)
class Stage:
    """`reached` gives, for a moment, the querysets of ids of whoever meets the condition."""

    key: str
    label: str
    definition: str
    reached: Callable[[Moment], list]

    def condition(self, moment) -> Q:
        """Whoever meets it by what stands in the portal, or by what was kept of whoever was deleted."""
        met = Q(pgh_obj_id__in=_kept(self.key, moment))
        for ids in self.reached(moment):
            met |= Q(pgh_obj_id__in=ids)
        return met


@dataclass(frozen=True)
class Row:
    """`count` firms stand at the stage, having passed all before it; `alone` meet its own condition."""

    stage: Stage
    count: int
    alone: int


def compute_funnel(moment: Moment, province: str, place=None) -> list[Row]:
    """Every stage on that day, of the province or of one comune (`place`). One query, in the database; what comes back
    is a row for each pattern of stages."""
    keys = [stage.key for stage in STAGES]
    firms = _marked(moment, province, place)
    patterns = [(row[:-1], row[-1]) for row in firms.values_list(*keys).annotate(n=Count("pgh_obj_id")).order_by()]
    return [
        Row(
            stage,
            count=sum(n for marks, n in patterns if all(marks[: place + 1])),
            alone=sum(n for marks, n in patterns if marks[place]),
        )
        for place, stage in enumerate(STAGES)
    ]


def course(key: str, experiment, province: str, most=12) -> list[tuple[date, int]]:
    """(last day, count) of a stage at the end of each of the last months of an experiment, and today."""
    today, days = experiment.last_day, []
    first = today.replace(day=1)
    while len(days) < most - 1 and first > experiment.starts_on:
        days.append(first - timedelta(days=1))
        first = days[-1].replace(day=1)
    days = [today, *days]
    found = []
    for day in reversed(days):
        rows = compute_funnel(Moment(day, experiment.network), province)
        found.append((day, next(row.count for row in rows if row.stage.key == key)))
    return found


def firms_at(key: str, moment: Moment, province: str, place=None):
    """The firms behind a figure: those that stand at the stage and are still in the portal."""
    through = {stage.key: True for stage in STAGES[: [stage.key for stage in STAGES].index(key) + 1]}
    return Organization.objects.filter(pk__in=_marked(moment, province, place).filter(**through).values("pgh_obj_id"))


def _marked(moment, province, place=None):
    """The firms of the province on that day, as their history tells, each with a mark for every stage."""
    marks = {
        stage.key: Case(When(stage.condition(moment), then=True), default=False, output_field=BooleanField())
        for stage in STAGES[1:]
    }
    return _zone(moment, province, place).annotate(zone=Value(True), **marks)


def _standing(model, moment):
    """The rows of a kept model as they were at the moment: the last event of each, unless it is its end."""
    events = model.pgh_event_model.objects
    last = events.filter(pgh_created_at__lt=moment.before).order_by("pgh_obj_id", "-pgh_created_at", "-pgh_id")
    return events.filter(pgh_id__in=last.distinct("pgh_obj_id").values("pgh_id")).exclude(pgh_label="delete")


def _zone(moment, province, place=None):
    firms = _standing(Organization, moment).filter(kind=Organization.Kind.FIRM)
    return firms.filter(municipality=place) if place else firms.filter(municipality__province=province)


def _kept(key, moment):
    """See `keeping.py`."""
    standing = KeptFact.objects.filter(Q(until=None) | Q(until__gte=moment.before), kind=key, since__lt=moment.before)
    return standing.filter(Q(network_id=None) | Q(network_id=moment.network.pk)).values("organization_id")


# The conditions -------------------------------------------------------------------------------------------------------
def _informed(moment):
    """A mail of the portal arrived at an address of theirs, and had not come back by that day."""
    arrived = Delivery.objects.filter(
        Q(bounced_at=None) | Q(bounced_at__gte=moment.before), sent_at__lt=moment.before
    ).alias(to=Lower("address"))
    at = {"contact_email": Organization, "email": Subscription, "user__email": Representative}
    return [
        model.objects.annotate(at=Lower(field))
        .filter(Exists(arrived.filter(to=OuterRef("at"))))
        .values("pk" if model is Organization else "organization")
        for field, model in at.items()
    ]


def _consented(moment):
    """The last word of one of their subscriptions to digest or newsletter, on that day, is a yes."""
    purposes = [Subscription.Purpose.DIGEST, Subscription.Purpose.NEWSLETTER]
    words = Consent.objects.filter(
        at__lt=moment.before, purpose__in=purposes, act__in=[Consent.Act.CONFIRMED, Consent.Act.WITHDRAWN]
    )
    last = words.order_by("subscription_id", "-at", "-pk").distinct("subscription_id").values("pk")
    yes = Consent.objects.filter(pk__in=last, act=Consent.Act.CONFIRMED)
    return [Subscription.objects.filter(pk__in=yes.values("subscription_id")).values("organization")]


def _complete(moment):
    """Published, with a description, an offer and a need, all of it on that day."""
    described = _standing(Organization, moment).filter(status=Organization.Status.PUBLISHED).exclude(description="")
    offering = _standing(Offer, moment).values("organization_id")
    needing = _standing(Need, moment).values("organization_id")
    complete = described.filter(pgh_obj_id__in=offering).filter(pgh_obj_id__in=needing)
    return [complete.values("pgh_obj_id")]


def members(moment):
    """Who belongs to the network on that day."""
    begun = Adhesion.objects.filter(network=moment.network, state=Adhesion.State.MEMBER, since__lte=moment.day)
    return begun.filter(Q(until=None) | Q(until__gt=moment.day))


def _adhesion(moment):
    return [members(moment).values("organization")]


def _matched(moment):
    return [First.objects.filter(kind=First.Kind.MATCH, at__lt=moment.before).values("organization_id")]


def _answered(moment):
    return [_known(ids) for ids in answers(moment.before)]


def _outcome(moment):
    return [_known(ids) for ids in outcomes(moment.before)]


def _known(ids):
    """Without the empty ones, where nobody stands on that side."""
    [name] = ids.query.values_select
    return ids.exclude(**{name: None})


STAGES = [
    Stage(
        "zone",
        _("Imprese della zona"),
        _("Imprese nel portale, di qualunque stato, con sede nella provincia in quel giorno."),
        lambda moment: [],
    ),
    Stage(
        "informed",
        _("Informate"),
        _(
            "Almeno un messaggio del portale consegnato a un loro indirizzo (contatto, iscrizione o referente) e non "
            "tornato indietro entro quel giorno."
        ),
        _informed,
    ),
    Stage(
        "consented",
        _("Hanno acconsentito"),
        _(
            "Almeno un'iscrizione a riepilogo o newsletter la cui ultima parola nel registro dei consensi, entro quel "
            "giorno, è una conferma. Chi revoca esce."
        ),
        _consented,
    ),
    Stage(
        "complete",
        _("Profilo completo"),
        _("In quel giorno il profilo era pubblicato, con una descrizione, una competenza offerta e una cercata."),
        _complete,
    ),
    Stage("adhesion", _("Hanno aderito"), _("In quel giorno aderivano alla rete. Chi ne esce esce."), _adhesion),
    Stage(
        "matched",
        _("Primo abbinamento"),
        _("Entro quel giorno il portale ha trovato loro almeno un partner, anche se poi è cambiato."),
        _matched,
    ),
    Stage(
        "answered",
        _("Prima risposta"),
        _(
            "Entro quel giorno hanno dato o ricevuto almeno una risposta: a un'opportunità, a una richiesta di "
            "collaborazione o a un invito."
        ),
        _answered,
    ),
    Stage(
        "outcome",
        _("Esito"),
        _("Entro quel giorno almeno una risposta, data o ricevuta, è arrivata a «si procede» o a un esito dichiarato."),
        _outcome,
    ),
]
# Where each figure is read, for whoever of the staff must defend it.
SOURCES = {
    "zone": _("Storia delle organizzazioni: l'ultima riga di ognuna entro il giorno, se è un'impresa con sede qui."),
    "informed": _("Registro degli invii: righe con data d'invio entro il giorno, senza ritorno entro il giorno."),
    "consented": _("Registro dei consensi: per ogni iscrizione l'ultima conferma o revoca entro il giorno."),
    "complete": _("Storie di organizzazioni, competenze offerte e cercate: com'erano a fine giornata."),
    "adhesion": _("Adesioni alla rete: cominciate entro il giorno e non ancora finite."),
    "matched": _("Registro delle prime volte: il primo abbinamento trovato entro il giorno."),
    "answered": _("Passi degli interessi e risposte agli inviti: il primo entro il giorno, da una parte o dall'altra."),
    "outcome": _("Passi degli interessi arrivati a «si procede» ed esiti dichiarati nelle stanze, entro il giorno."),
}
COUNTED = _(
    "Ogni tappa conta le imprese che hanno superato anche tutte le precedenti, una volta ciascuna, con i soli fatti "
    "avvenuti entro la data."
)
