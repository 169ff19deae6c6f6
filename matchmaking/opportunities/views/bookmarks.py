"""What a person follows: bookmarks, saved searches, and their calendar."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from members.guards import organization_or_404, public, signed_in

from ...models import Bookmark, Interest, Opportunity, Registration, SavedSearch
from .. import bookmarks, calendars, saved_searches


@signed_in("opportunities.mine")
def mine(request):
    organization = organization_or_404(request)
    context = {
        "organization": organization,
        "bookmarks": Bookmark.objects.of(request.user)
        .filter(organization=organization)
        .select_related("opportunity")
        .defer("opportunity__search", "opportunity__text"),
        "searches": SavedSearch.objects.of(request.user).filter(organization=organization),
        "proposals": Opportunity.objects.filter(proposed_by=organization).prefetch_related("history"),
        "interests": Interest.objects.filter(organization=organization)
        .select_related("opportunity")
        .defer("opportunity__search", "opportunity__text"),
        "registrations": Registration.objects.standing().filter(user=request.user).select_related("event"),
        "calendar": calendars.calendar_token(request.user),
    }
    return render(request, "matchmaking/mine.html", {**context, "reminder_days": Bookmark.reminder_days()})


@require_POST
def _follow(request, slug):
    organization = organization_or_404(request)
    opportunity = get_object_or_404(Opportunity.objects.visible_to(request.user), slug=slug)
    if "stop" in request.POST:
        bookmarks.unfollow_opportunity(request.user, organization, opportunity)
        messages.success(request, _("Non la segui più: niente promemoria."))
    else:
        bookmarks.follow_opportunity(request.user, organization, opportunity)
        messages.success(
            request,
            _("La segui: un promemoria %(days)s giorni prima della scadenza, e un avviso se la scadenza cambia.")
            % {"days": Bookmark.reminder_days()},
        )
    return redirect(opportunity)


follow = signed_in("opportunity.follow")(_follow)


@require_POST
def _save_search(request):
    organization = organization_or_404(request)
    if search := saved_searches.save_search(request.user, organization, request.POST.get("query", "")):
        messages.success(request, _("Ricerca salvata: «%(name)s».") % {"name": search.name})
    else:
        messages.error(request, _("Scegli almeno un filtro prima di salvare la ricerca."))
    return redirect("matchmaking:mine")


save_search = signed_in("opportunities.mine")(_save_search)


@require_POST
def _change_search(request, search):
    mine = SavedSearch.objects.of(request.user).filter(pk=search)
    get_object_or_404(mine)
    if "delete" in request.POST:
        mine.delete()
    else:
        mine.update(is_mailed="mailed" in request.POST)
    return redirect("matchmaking:mine")


change_search = signed_in("opportunities.search")(_change_search)


@require_POST
def _renew_calendar(request):
    organization_or_404(request)
    calendars.renew_calendar(request.user)
    messages.success(request, _("L'indirizzo di prima non si apre più: aggiungi al tuo programma quello nuovo."))
    return redirect("matchmaking:mine")


renew_calendar = signed_in("opportunities.mine")(_renew_calendar)


@public("opportunities.calendar")
def calendar(request, calendar):
    """Whoever holds the address reads the deadlines that its owner follows, and the owner's events."""
    owner = calendars.owner_of(calendar)
    if owner is None:
        raise Http404
    followed = Opportunity.objects.published().filter(bookmarks__user=owner)
    going = Opportunity.objects.published().filter(registrations__in=owner.registrations.with_place())
    return ical(calendars.calendar((followed | going).distinct()))


@public("opportunity")
def event_ics(request, slug):
    found = get_object_or_404(Opportunity.objects.visible_to(request.user), slug=slug)
    return ical(calendars.calendar([found]))


def ical(content):
    return HttpResponse(
        content,
        content_type="text/calendar; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="gate40.ics"'},
    )


calls_feed = public("opportunities")(calendars.CallsFeed())
