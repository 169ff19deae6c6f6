"""Pages about who is in the network."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from .forms import DirectoryForm, NeedFormSet, OfferFormSet, ProfileForm, competence_choices
from .guards import editor_required, public
from .models import Need, Organization, Representative
from .signals import announce_profile

PER_PAGE = 20


@public("directory")
def directory(request):
    form = DirectoryForm(request.GET)
    found = form.found().with_places().prefetch_related("offers__competence")
    organizations = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context = {"form": form, "organizations": organizations, "count": organizations.paginator.count}
    return render(request, "members/directory.html", context)


@public("profile")
def profile(request, slug):
    visible = Organization.objects.visible_to(request.user).with_places()
    organization = get_object_or_404(visible, slug=slug)
    context = {
        "organization": organization,
        "offers": organization.offers.select_related("competence"),
        "needs": Need.objects.visible_to(request.user).filter(organization=organization).select_related("competence"),
        "adhesions": organization.adhesions.current().select_related("network"),
        "may_edit": may_edit(request.user, organization),
    }
    return render(request, "members/profile.html", context)


def may_edit(user, organization):
    return (
        user.is_authenticated
        and organization.representatives.filter(user=user, role__in=Representative.EDITORS).exists()
    )


@editor_required("profile.edit")
@transaction.atomic
def edit(request, organization):
    data, choices = request.POST or None, competence_choices()
    form = ProfileForm(data, instance=organization)
    offers = OfferFormSet(data, instance=organization, prefix="offers", choices=choices)
    needs = NeedFormSet(data, instance=organization, prefix="needs", choices=choices)
    if all([form.is_valid(), offers.is_valid(), needs.is_valid()]):
        form.instance.reviewed_on = timezone.localdate()
        for part in (form, offers, needs):
            part.save()
        announce_profile(organization)
        messages.success(request, _("Profilo aggiornato. Gli abbinamenti si ricalcolano in pochi secondi."))
        return redirect(organization)
    context = {"organization": organization, "form": form, "offers": offers, "needs": needs}
    return render(request, "members/edit.html", context)
