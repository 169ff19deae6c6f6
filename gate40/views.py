"""The portal's own pages: home, health, information, and the outbox of the embedded run."""

from django.conf import settings
from django.db import connection
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from matchmaking.matching.reasons import explain
from matchmaking.models import Match, Opportunity
from matchmaking.opportunities import ranking
from members.guards import acting_organization, current_organization, public
from members.models import Organization
from news.models import Announcement

from . import outbox

# A mail carries its css inline and may run and fetch nothing; only our own page frames it.
MAIL_CSP = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox"


@public("home")
def home(request):
    organization = current_organization(request)
    context = {
        "figures": figures(),
        "closing": Opportunity.objects.open().exclude(deadline=None).with_requirements()[:3],
        "announcements": Announcement.objects.published()[:3],
    }
    if organization:
        context["opportunities"] = ranking.best(organization, 3)
    if member := acting_organization(request):
        matches = Match.objects.for_seeker(member).with_partners().best_first()[:3]
        context["matches"] = explain(list(matches))
    return render(request, "home.html", context)


def figures():
    """How many published organizations of each kind there are, how many at home, and how many open opportunities."""
    published = Organization.objects.published()
    kinds = published.values_list("kind", flat=True)
    counted = {kind: list(kinds).count(kind) for kind in Organization.Kind.values}
    return {
        "firms": counted["firm"],
        "research_centers": counted["research_center"],
        "financiers": counted["financier"],
        "opportunities": Opportunity.objects.open().count(),
        "massa_carrara": published.in_province(settings.PORTAL["home_province"]).count(),
    }


@public("health")
def health(request):
    """200 when the database answers; whoever watches the portal asks here. No cache, no session."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"stato": "bene"})


def information(policy, template, context=dict):
    """A page that only says something; `context` gives what it says that settings decide."""

    @public(policy)
    def page(request):
        return render(request, template, context())

    return page


def _periods():
    """How long things are kept, as the nightly jobs apply it: (what, days)."""
    periods = [
        (_("Iscrizioni chieste e mai confermate, con le loro righe nel registro"), settings.KEEP_UNCONFIRMED_DAYS),
        (_("Account con l'indirizzo mai confermato"), settings.KEEP_UNVERIFIED_DAYS),
        (_("Iscrizioni terminate"), settings.KEEP_ENDED_DAYS),
        (_("Elenco delle mail spedite, poi soltanto numeri"), settings.KEEP_DELIVERIES_DAYS),
        (_("Risposte arrivate all'indirizzo dei rimbalzi"), settings.KEEP_SET_ASIDE_DAYS),
        (_("Registro di ciò che fa il personale"), settings.KEEP_LOG_DAYS),
    ]
    return {"periods": periods}


privacy = information("info.privacy", "info/privacy.html", _periods)
accessibility = information("info.accessibility", "info/accessibility.html")
legal = information("info.legal", "info/legal.html")


def embedded_only(view):
    """The outbox exists only where mail does not leave the machine."""

    def page(request, *args, **kwargs):
        if not settings.IS_EMBEDDED:
            raise Http404
        return view(request, *args, **kwargs)

    return public("outbox")(page)


@embedded_only
def posta(request):
    return render(request, "outbox.html", {"mails": outbox.mails()})


@embedded_only
def posta_message(request, name):
    return render(request, "outbox_message.html", {"mail": _mail_or_404(name)})


@embedded_only
def posta_html(request, name):
    """The html part as a mail client would show it: alone in a frame of ours, running nothing."""
    response = HttpResponse(_mail_or_404(name).html)
    response.xframe_options_exempt = True
    response["Content-Security-Policy"] = MAIL_CSP
    return response


def _mail_or_404(name):
    if found := outbox.mail(name):
        return found
    raise Http404
