"""Who may open the pages about partnerships: what a person sees of one, and for whom they speak in it."""

from django.shortcuts import get_object_or_404

from members.guards import acting_organization_or_404, current_organization, editing_organization_or_404
from members.models import Organization, Representative

from ..models import Consortium, Membership
from . import partnerships
from .partnerships import Call, Sheet


def member_before_call(request, slug):
    """(the member, a call that may be answered together): to look, and by POST, for whoever may write, to begin."""
    chosen = editing_organization_or_404 if request.method == "POST" else acting_organization_or_404
    organization = chosen(request)
    return organization, get_object_or_404(partnerships.calls(request.user), slug=slug)


def workspace(request, consortium):
    """The shared space, for its members and whoever is invited: the staff do not look in."""
    return Workspace(request, consortium)


def sheet_for_reader(request, consortium):
    """(the consortium, is it ours): for its members, and for the financiers to whom its sheet is open."""
    organization = acting_organization_or_404(request)
    is_ours = Consortium.objects.seen_by(request.user).filter(pk=consortium).exists()
    visible = Consortium.objects.all() if is_ours else open_to(organization)
    return get_object_or_404(visible.with_all(), pk=consortium), is_ours


def open_to(organization):
    """The consortia whose sheet a financier may read: opened by the lead, no firm of the group outside its limits."""
    if organization.kind != Organization.Kind.FINANCIER:
        return Consortium.objects.none()
    outside = organization.exclusions.values("firm")
    standing = Membership.objects.standing().filter(organization__in=outside).values("consortium")
    found = Consortium.objects.filter(is_open_to_financiers=True)
    return found.exclude(lead__in=outside).exclude(pk__in=standing)


def is_named(organization):
    return organization.kind != Organization.Kind.FIRM or organization.is_visible_to_financiers


class Workspace:
    """A consortium as one person sees it: for whom they speak in it, and what is theirs to see and to do."""

    def __init__(self, request, number):
        self.consortium = get_object_or_404(Consortium.objects.seen_by(request.user).with_all(), pk=number)
        memberships = self.consortium.memberships.with_organizations().prefetch_related("history")
        self.memberships = list(memberships)
        self.organization = self._organization(request)
        self.mine = next((each for each in self.memberships if each.organization_id == self.organization.pk), None)
        self.is_lead = self.organization.pk == self.consortium.lead_id
        self.is_in = self.is_lead or self.mine.state == Membership.State.ACCEPTED
        writing = Organization.objects.acting_through(request.user, *Representative.EDITORS)
        self.may_write = writing.filter(pk=self.organization.pk).exists()

    def _organization(self, request):
        standing = {each.organization_id for each in self.memberships if each.state in ("invited", "accepted")}
        standing.add(self.consortium.lead_id)
        current = current_organization(request)
        if current and current.pk in standing:
            return current
        return Organization.objects.acting_through(request.user).filter(pk__in=standing).first()

    @property
    def shown(self):
        """The lead and the partners see everybody; who is only invited sees who has accepted, and itself."""
        if self.is_lead:
            return self.memberships
        return [each for each in self.memberships if each == self.mine or self._sees(each)]

    def _sees(self, membership):
        """Whoever has accepted is seen; whoever has not yet, by the partners, and by a financier if it agrees."""
        if membership.state != Membership.State.INVITED:
            return membership.state == Membership.State.ACCEPTED
        is_financier = self.organization.kind == Organization.Kind.FINANCIER
        return self.is_in and (not is_financier or is_named(membership.organization))

    @property
    def sheet(self):
        """The coverage with those who stand: accepted and invited."""
        standing = [each.organization for each in self.shown if each.state in ("invited", "accepted")]
        call = Call(self.consortium.opportunity, self.consortium.threshold)
        return Sheet(call, partnerships.partners(call, [self.consortium.lead, *standing]))
