"""Pages of one profile: as others see it, as its people edit it."""

from django import forms
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from ..guards import editor_required, public, representative_required
from ..models import Alias, Municipality, Organization, Province, Representative
from ..rules.visibility import Viewer
from ..signals import announce_profile
from . import visible_profile
from .editor import Editor, differences, locked, rebased
from .forms import TermForm


@public("profile")
def profile(request, slug):
    visible = Organization.objects.visible_to(request.user)
    organization = _with_all(visible).filter(slug=slug).first()
    if organization is None:
        return redirect(get_object_or_404(visible, former_addresses__slug=slug), permanent=True)
    context = visible_profile.shown(organization, visible_profile.viewer_of(request.user, organization))
    return render(request, "members/profile.html", {**context, **_own(request.user, organization)})


def _with_all(organizations):
    return organizations.with_places().select_related("legal_form", "firm_details")


def _own(user, organization):
    """What only the organization's own people find on its page."""
    mine = organization.representatives.filter(user=user).first() if user.is_authenticated else None
    may_edit = mine is not None and mine.role in Representative.EDITORS
    return {"representative": mine, "may_edit": may_edit, "private_notes": organization.private_notes if mine else ""}


@public("profile")
def logo(request, slug):
    organization = get_object_or_404(Organization.objects.visible_to(request.user), slug=slug)
    if not organization.logo:
        raise Http404
    try:
        return FileResponse(organization.logo.open(), content_type="image/png")
    except FileNotFoundError as error:
        raise Http404 from error


class PreviewForm(forms.Form):
    """As whom the organization looks at itself."""

    VIEWERS = {"pubblico": Viewer.PUBLIC, "membro": Viewer.MEMBER, "parte": Viewer.PARTY}
    LABELS = [
        ("pubblico", gettext_lazy("il pubblico")),
        ("membro", gettext_lazy("un membro della rete")),
        ("parte", gettext_lazy("chi ha con noi una richiesta accettata")),
    ]
    come = forms.ChoiceField(choices=LABELS)


@representative_required("profile.preview")
def preview(request, organization):
    form = PreviewForm(request.GET)
    chosen = form.cleaned_data["come"] if form.is_valid() else "pubblico"
    context = {"preview": chosen, "previews": PreviewForm.LABELS}
    return render(
        request, "members/profile.html", {**visible_profile.shown(organization, PreviewForm.VIEWERS[chosen]), **context}
    )


@editor_required("profile.edit")
@transaction.atomic
def edit(request, organization):
    if request.method != "POST":
        return _editor_page(request, organization, Editor(organization))
    organization = locked(organization)
    editor = Editor(organization, request.POST, request.FILES)
    if editor.has_moved():
        return _conflict_page(request, organization)
    if not editor.is_valid():
        return _editor_page(request, organization, editor)
    editor.save()
    messages.success(request, _("Profilo aggiornato. Gli abbinamenti si ricalcolano in pochi secondi."))
    return redirect(organization)


def _conflict_page(request, organization):
    """Somebody saved meanwhile: both versions side by side, mine ready to be corrected and saved."""
    stored = Editor(locked(organization))
    mine = Editor(organization, rebased(request.POST, organization), request.FILES)
    mine.is_valid()
    context = {"differences": differences(stored, mine), "is_conflict": True}
    return _editor_page(request, organization, mine, status=409, **context)


def _editor_page(request, organization, editor, status=200, **context):
    context |= {"organization": organization, "editor": editor, "aliases": _aliases(), "comuni": _comuni(organization)}
    return render(request, "members/edit.html", context, status=status)


def _aliases():
    """Competence → the workshop's words for it: what the picker searches beside the name."""
    words: dict[int, str] = {}
    for competence, term in Alias.objects.values_list("competence_id", "term"):
        words[competence] = f"{words.get(competence, '')} {term}"
    return words


def _comuni(organization):
    """Names to suggest: the comuni of the home region, whoever else writes the name in full."""
    home = Province.objects.filter(pk=settings.PORTAL["home_province"]).values("region")
    return Municipality.objects.filter(province__region__in=home)


@editor_required("profile.edit")
@require_POST
def confirm(request, organization):
    """«Il profilo è ancora giusto.»"""
    Organization.objects.filter(pk=organization.pk).update(reviewed_on=timezone.localdate())
    announce_profile(organization)
    messages.success(request, _("Grazie: il profilo risulta rivisto oggi."))
    return redirect(organization)


@editor_required("profile.edit")
def propose_term(request, organization):
    form = TermForm(request.POST or None)
    if form.is_valid():
        form.instance.organization = organization
        form.save()
        messages.success(request, _("Grazie: il Consorzio guarda la proposta e la aggiunge alle competenze."))
        return redirect("members:edit", organization.slug)
    return render(
        request, "members/propose_term.html", {"organization": organization, "form": form, "aliases": _aliases()}
    )
