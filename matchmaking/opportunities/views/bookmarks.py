"""What a person follows: bookmarks, saved searches, and their calendar."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from members.guards import member_required, object_required, public

from ...models import Bookmark, Interest, Opportunity, Registration, SavedSearch
from ...models.bookmarks import is_standing
from .. import bookmarks, calendars, guards, saved_searches


@member_required("opportunities.mine")
def mine(request, organization):
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


@object_required("opportunity.follow", guards.member_looking)
@require_POST
def follow(request, organization, opportunity):
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


@member_required("opportunities.mine")
@require_POST
def save_search(request, organization):
    if search := saved_searches.save_search(request.user, organization, request.POST.get("query", "")):
        messages.success(request, _("Ricerca salvata: «%(name)s».") % {"name": search.name})
    else:
        messages.error(request, _("Scegli almeno un filtro prima di salvare la ricerca."))
    return redirect("matchmaking:mine")


@object_required("opportunities.search", guards.own_search)
@require_POST
def change_search(request, search):
    if "delete" in request.POST:
        search.delete()
    else:
        SavedSearch.objects.filter(pk=search.pk).update(is_mailed="mailed" in request.POST)
    return redirect("matchmaking:mine")


@member_required("opportunities.mine")
@require_POST
def renew_calendar(request, organization):
    calendars.renew_calendar(request.user)
    messages.success(request, _("L'indirizzo di prima non si apre più: aggiungi al tuo programma quello nuovo."))
    return redirect("matchmaking:mine")


@public("opportunities.calendar")
def calendar(request, calendar):
    """Whoever holds the address reads the deadlines that its owner follows, and the owner's events."""
    owner = calendars.owner_of(calendar)
    if owner is None:
        raise Http404
    followed = Opportunity.objects.published().filter(bookmarks__in=owner.bookmarks.standing())
    booked = owner.registrations.with_place().filter(is_standing())
    going = Opportunity.objects.published().filter(registrations__in=booked)
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
