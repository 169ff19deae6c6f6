"""The catalogue of tailored services: asked by members, followed by the staff."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from members.guards import object_required, public, signed_in, staff_required
from members.models import Organization, Representative
from members.models.users import acts_as_staff
from members.safety.quotas import spend_quota

from ..models import Service, ServiceRequest
from . import guards
from .forms import AssignForm, ServiceNoteForm, ServiceRequestForm
from .services import ask_service as ask
from .services import assign_service, decline_service, finish_service, staff_by_load
from .services import withdraw_service as withdraw


@public("services")
def services(request):
    return render(request, "matchmaking/services.html", {"services": Service.objects.offered()})


@object_required("service.ask", guards.member_asking)
@require_http_methods(["GET", "HEAD", "POST"])
def ask_service(request, organization, service):
    form = ServiceRequestForm(request.POST or None)
    if form.is_valid():
        spend_quota("services", request)
        ask(service, organization, request.user, form.cleaned_data["text"], form.cleaned_data["key"])
        messages.success(request, _("Richiesta inviata: ti diciamo chi la prende in carico."))
        return redirect("matchmaking:service_requests")
    return render(
        request, "matchmaking/ask_service.html", {"form": form, "service": service, "organization": organization}
    )


@signed_in("service.requests")
def service_requests(request):
    """One's organizations' own; for the staff everybody's, with who has what in hand."""
    found = ServiceRequest.objects.visible_to(request.user).select_related("service", "organization", "assigned_to")
    for_staff = acts_as_staff(request.user)
    if for_staff and request.GET.get("vedi") != "tutte":
        found = found.open()
    if request.GET.get("vedi") == "mie":
        found = found.filter(assigned_to=request.user)
    context = {"requests": found[:200], "load": staff_by_load() if for_staff else []}
    return render(request, "matchmaking/service_requests.html", context)


@object_required("service.request", guards.request_seen)
def service_request(request, found):
    return _page(request, found)


def _page(request, found, assign_form=None, note_form=None):
    writing = Organization.objects.acting_through(request.user, *Representative.EDITORS)
    context = {
        "asked": found,
        "steps": found.steps.select_related("by"),
        "may_withdraw": found.is_open and writing.filter(pk=found.organization_id).exists(),
        "assign_form": assign_form or AssignForm(initial={"person": found.assigned_to_id}),
        "note_form": note_form or ServiceNoteForm(),
    }
    return render(request, "matchmaking/service_request.html", context)


@object_required("service.withdraw", guards.request_to_withdraw)
@require_POST
def withdraw_service(request, found):
    if withdraw(found, request.user):
        messages.success(request, _("Richiesta ritirata."))
    return redirect(found)


@require_POST
def _handle(request, service_request):
    """The staff take a request in hand, or bring it to an end with a word to the member."""
    found = get_object_or_404(ServiceRequest, code=service_request)
    return _assigned(request, found) if "assign" in request.POST else _ended(request, found)


def _assigned(request, found):
    form = AssignForm(request.POST)
    if not form.is_valid():
        return _page(request, found, assign_form=form)
    if assign_service(found, request.user, form.cleaned_data["person"]):
        messages.success(request, _("In carico a %(name)s.") % {"name": form.cleaned_data["person"].get_full_name()})
    return redirect(found)


def _ended(request, found):
    form = ServiceNoteForm(request.POST)
    if not form.is_valid():
        return _page(request, found, note_form=form)
    end = decline_service if "decline" in request.POST else finish_service
    if end(found, request.user, form.cleaned_data["note"]):
        messages.success(request, _("Registrato: chi l'ha chiesto riceve un avviso."))
    else:
        messages.error(request, _("Prima va presa in carico, o è già finita."))
    return redirect(found)


handle_service = staff_required("service.handle")(_handle)
