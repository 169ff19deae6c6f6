"""The catalogue of tailored services: asked by members, followed by the staff."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from members.guards import editing_organization_or_404, public, signed_in, staff_required
from members.models import Organization, Representative
from members.safety.quotas import spend_quota

from ..models import Service, ServiceRequest
from .forms import AssignForm, ServiceNoteForm, ServiceRequestForm
from .services import ask_service as ask
from .services import assign_service, decline_service, finish_service, staff_by_load
from .services import withdraw_service as withdraw


@public("services")
def services(request):
    return render(request, "matchmaking/services.html", {"services": Service.objects.offered()})


@signed_in("service.ask")
@require_http_methods(["GET", "HEAD", "POST"])
def ask_service(request, slug):
    organization = editing_organization_or_404(request)
    service = get_object_or_404(Service.objects.offered(), slug=slug)
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
    if request.user.is_staff and request.GET.get("vedi") != "tutte":
        found = found.open()
    if request.GET.get("vedi") == "mie":
        found = found.filter(assigned_to=request.user)
    context = {"requests": found[:200], "load": staff_by_load() if request.user.is_staff else []}
    return render(request, "matchmaking/service_requests.html", context)


@signed_in("service.request")
def service_request(request, service_request):
    visible = ServiceRequest.objects.visible_to(request.user).select_related("service", "organization", "assigned_to")
    found = get_object_or_404(visible, code=service_request)
    return _page(request, found)


def _page(request, found, assign_form=None, note_form=None):
    writing = Organization.objects.spoken_for_by(request.user, *Representative.EDITORS)
    context = {
        "asked": found,
        "steps": found.steps.select_related("by"),
        "may_withdraw": found.is_open and writing.filter(pk=found.organization_id).exists(),
        "assign_form": assign_form or AssignForm(initial={"person": found.assigned_to_id}),
        "note_form": note_form or ServiceNoteForm(),
    }
    return render(request, "matchmaking/service_request.html", context)


@require_POST
def _withdraw(request, service_request):
    writing = Organization.objects.spoken_for_by(request.user, *Representative.EDITORS)
    found = get_object_or_404(ServiceRequest, code=service_request, organization__in=writing)
    if withdraw(found, request.user):
        messages.success(request, _("Richiesta ritirata."))
    return redirect(found)


withdraw_service = signed_in("service.withdraw")(_withdraw)


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
