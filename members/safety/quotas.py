"""What one account, and one network address, may do in a day. Counted on the shared cache: every process sees it."""

from dataclasses import dataclass

from allauth.account.adapter import get_adapter
from django.core.cache import cache
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .events import Kind, note_event

PREFIX = "quota"
DAY = 24 * 60 * 60


@dataclass(frozen=True)
class Quota:
    """How often in a day; an address is shared by an office, so it may do more."""

    label: str
    account: int
    address: int


QUOTAS = {
    "colleagues": Quota(gettext_lazy("inviti ai colleghi"), 10, 30),
    "requests": Quota(gettext_lazy("inviti a collaborare"), 60, 180),
    "proposals": Quota(gettext_lazy("proposte"), 10, 30),
    "claims": Quota(gettext_lazy("richieste di rappresentare un'organizzazione"), 3, 15),
    "organizations": Quota(gettext_lazy("organizzazioni nuove"), 3, 15),
    "services": Quota(gettext_lazy("richieste di servizi"), 20, 60),
    "messages": Quota(gettext_lazy("messaggi"), 200, 600),
    "answers": Quota(gettext_lazy("risposte"), 100, 300),
    "searches": Quota(gettext_lazy("ricerche"), 600, 3000),
    "forms": Quota(gettext_lazy("moduli inviati"), 2000, 10000),  # whatever has no measure of its own
}


class TooManyToday(Exception):
    """The day's measure is full: the message says so."""


def spend_quota(what: str, request, amount: int = 1) -> None:
    """Count it, or refuse it before anything is written. Raises `TooManyToday`, and the staff find it noted."""
    quota, user = QUOTAS[what], request.user
    counters = [(f"address:{get_adapter().get_client_ip(request)}", quota.address)]
    if user.is_authenticated:
        counters.append((f"account:{user.pk}", quota.account))
    for whose, most in counters:
        if _count(what, whose, amount) > most:
            if _count(what, f"told:{whose}", 1) == 1:  # once a day: a hammer does not fill the list
                note_event(Kind.LIMIT, user if user.is_authenticated else None, f"{what}: {most}")
            raise TooManyToday(
                _("Oggi da qui sono già partite tante %(what)s: si riprende domani. Se serve prima, scrivici.")
                % {"what": quota.label}
                if whose.startswith("address")
                else _("Per oggi hai raggiunto il limite (%(what)s: %(most)d al giorno). Si riprende domani.")
                % {"what": quota.label, "most": most}
            )


def count_today(what: str, whose: str) -> int:
    """How often it has happened today, this time included: for what is not refused but need not fill a list."""
    return _count(what, whose, 1)


def _count(what, whose, amount):
    key = f"{PREFIX}:{timezone.localdate()}:{what}:{whose}"
    cache.add(key, 0, DAY)
    try:
        return cache.incr(key, amount)
    except ValueError:  # it went away in between
        cache.set(key, amount, DAY)
        return amount
