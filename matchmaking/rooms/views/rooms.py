"""The room: the two sides see it and nobody else does, the staff included; its files too."""

from django.contrib import messages
from django.http import FileResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from members.guards import member_required, object_required, public, staff_required
from members.models import Organization, Representative
from members.safety.quotas import spend_quota

from ...models import Outcome, Room
from .. import guards, outcomes, rooms
from ..forms import MessageForm, NextStepForm, OutcomeForm

FILE_CSP = "default-src 'none'; sandbox"
LATEST = 200  # lines shown of a thread


@member_required("rooms")
def all_rooms(request, organization):
    found = Room.objects.of_people(request.user).with_sides()
    mine = set(Organization.objects.acting_through(request.user).values_list("pk", flat=True))
    rows = [(room, room.other(room.asker if room.asker_id in mine else room.answerer)) for room in found[:LATEST]]
    return render(request, "matchmaking/rooms.html", {"rows": rows})


@object_required("room", guards.party_of_room)
def room(request, room):
    return _page(request, room)


def _page(request, room, message_form=None, step_form=None):
    side = guards.side_of(request, room)
    thread = room.messages.select_related("author", "organization").prefetch_related("files")
    context = {
        "room": room,
        "side": side,
        "other": room.other(side),
        "thread": reversed(thread.order_by("-at", "-pk")[:LATEST]),
        "may_write": Organization.objects.acting_through(request.user, *Representative.EDITORS)
        .filter(pk=side.pk)
        .exists(),
        "message_form": message_form or MessageForm(room=room),
        "step_form": step_form or NextStepForm(initial={"step": room.next_step, "on": room.next_step_on}),
        "said": room.outcomes.filter(organization=side).order_by("-days").first(),
        "answers": Outcome.Answer.choices,
        "endings": [(value, Outcome.Answer(value).label) for value in Outcome.FINAL],
    }
    return render(request, "matchmaking/room.html", context)


def writing(view):
    """A POST by whoever may write for a side: the view gets the room and that side."""

    return object_required("room.write", guards.writer_in_room)(require_POST(view))


@writing
def write(request, room, side):
    form = MessageForm(request.POST, request.FILES, room=room)
    if not form.is_valid():
        return _page(request, room, message_form=form)
    spend_quota("messages", request)
    sent = form.cleaned_data
    try:
        rooms.write_message(room, request.user, side, sent["text"], sent["file"], sent["key"])
    except OSError:
        form.add_error("file", _("Il file non si è potuto conservare: riprova più tardi. Il messaggio non è partito."))
        return _page(request, room, message_form=form)
    return redirect(room)


@writing
def plan(request, room, side):
    form = NextStepForm(request.POST)
    if not form.is_valid():
        return _page(request, room, step_form=form)
    spend_quota("messages", request)
    rooms.plan_next_step(room, request.user, side, form.cleaned_data["step"], form.cleaned_data["on"])
    return redirect(room)


@writing
def tell_outcome(request, room, side):
    """How it went, from the room itself; with "close" the room is over."""
    form = OutcomeForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Scegli una risposta."))
    elif "close" in request.POST and form.cleaned_data["answer"] in Outcome.FINAL:
        rooms.close_room(room, request.user, side, form.cleaned_data["answer"])
        messages.success(request, _("Stanza chiusa: resta da leggere per tutti e due."))
    else:
        outcomes.record_outcome(room, side, form.cleaned_data["answer"], by=request.user)
        messages.success(request, _("Grazie: la risposta la leggete voi e il Consorzio."))
    return redirect(room)


@object_required("room", guards.file_of_party)
def file(request, found):
    """Forced down as an attachment of no type: the browser neither shows nor runs it, and keeps no copy."""
    response = FileResponse(
        found.file.open("rb"), as_attachment=True, filename=found.name, content_type="application/octet-stream"
    )
    response["Content-Security-Policy"] = FILE_CSP
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store, private"
    return response


# How it went ----------------------------------------------------------------------------------------------------------
@public("outcome.link")
def outcome(request, outcome):
    """The link of the mail: opening it records nothing, for scanners open links too; a button does."""
    asked = outcomes.question(outcome)
    if asked is None:
        return render(request, "matchmaking/outcome_gone.html", status=404)
    form = OutcomeForm(request.POST)
    if request.method == "POST" and form.is_valid():
        outcomes.record_outcome(asked.room, asked.organization, form.cleaned_data["answer"], asked.days, asked.person)
        return render(request, "matchmaking/outcome_said.html", {"asked": asked})
    said = asked.room.outcomes.filter(organization=asked.organization, days=asked.days).first()
    context = {"asked": asked, "other": asked.room.other(asked.organization), "answers": Outcome.Answer.choices}
    return render(request, "matchmaking/outcome.html", {**context, "said": said})


@staff_required("outcomes")
def all_outcomes(request):
    """What the two sides say, side by side; what differs is shown as differing."""
    found = Room.objects.with_sides().prefetch_related("outcomes").filter(outcomes__isnull=False).distinct()
    rows = [(room, pair) for room in found for pair in outcomes.pairs(room)]
    differing = sum(pair.differs for _room, pair in rows)
    if request.GET.get("vedi") == "diverse":
        rows = [(room, pair) for room, pair in rows if pair.differs]
    context = {"rows": rows, "differing": differing, "first_days": Outcome.DAYS[0]}
    return render(request, "matchmaking/outcomes.html", context)
