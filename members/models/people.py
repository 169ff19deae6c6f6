import secrets
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .history import kept
from .organizations import Organization

INVITATION_LASTS = timedelta(days=14)


class RepresentativeQuerySet(models.QuerySet):
    def standing(self):
        """Those that speak for their organization at this moment: whose account is active."""
        return self.filter(user__is_active=True)

    def owners(self):
        return self.filter(role=Representative.Role.OWNER)


@kept()
class Representative(models.Model):
    """A person who speaks for an organization."""

    class Role(models.TextChoices):
        OWNER = "owner", _("Titolare")
        EDITOR = "editor", _("Redattore")
        READER = "reader", _("Lettore")

    EDITORS = (Role.OWNER, Role.EDITOR)

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="representations", verbose_name=_("persona")
    )
    organization = models.ForeignKey(
        Organization, models.CASCADE, related_name="representatives", verbose_name=_("organizzazione")
    )
    role = models.CharField(_("ruolo"), max_length=10, choices=Role, default=Role.EDITOR)

    objects = RepresentativeQuerySet.as_manager()

    class Meta:
        verbose_name = _("referente")
        verbose_name_plural = _("referenti")
        constraints = [
            models.UniqueConstraint(fields=["user", "organization"], name="one_role_per_person_and_organization")
        ]

    def __str__(self):
        return f"{self.user} · {self.organization}"


def new_token():
    return secrets.token_urlsafe(24)


class RepresentativeInvitationQuerySet(models.QuerySet):
    def open(self, now=None):
        return self.filter(accepted_at=None, created_at__gt=(now or timezone.now()) - INVITATION_LASTS)


class RepresentativeInvitation(models.Model):
    """A colleague asked by mail to speak for the organization too. The link works once, for fourteen days."""

    organization = models.ForeignKey(
        Organization, models.CASCADE, related_name="representative_invitations", verbose_name=_("organizzazione")
    )
    email = models.EmailField(_("e-mail"), max_length=254)
    role = models.CharField(_("ruolo"), max_length=10, choices=Representative.Role, default=Representative.Role.EDITOR)
    token = models.CharField(max_length=64, unique=True, default=new_token, editable=False)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("invitato da")
    )
    created_at = models.DateTimeField(_("invitato il"), default=timezone.now)
    accepted_at = models.DateTimeField(_("accettato il"), null=True, blank=True)

    objects = RepresentativeInvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invito a un collega")
        verbose_name_plural = _("inviti ai colleghi")
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                "organization",
                Lower("email"),
                condition=Q(accepted_at=None),
                name="one_waiting_invitation_per_address",
            )
        ]

    def __str__(self):
        return f"{self.email} · {self.organization}"


class ClaimQuerySet(models.QuerySet):
    def waiting(self):
        return self.filter(state=Claim.State.WAITING).order_by("created_at")


class Claim(models.Model):
    """A person says: this pre-loaded organization is ours. Staff decide; until then nothing changes."""

    class State(models.TextChoices):
        WAITING = "waiting", _("In attesa")
        APPROVED = "approved", _("Accolta")
        REFUSED = "refused", _("Respinta")

    organization = models.ForeignKey(
        Organization, models.CASCADE, related_name="claims", verbose_name=_("organizzazione")
    )
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="claims", verbose_name=_("persona"))
    note = models.TextField(_("chi sei in azienda"), max_length=1000, blank=True)
    state = models.CharField(_("stato"), max_length=10, choices=State, default=State.WAITING)
    created_at = models.DateTimeField(_("chiesta il"), auto_now_add=True)
    decided_at = models.DateTimeField(_("decisa il"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("decisa da")
    )

    objects = ClaimQuerySet.as_manager()

    class Meta:
        verbose_name = _("rivendicazione")
        verbose_name_plural = _("rivendicazioni")
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization"], condition=Q(state="waiting"), name="one_waiting_claim_per_organization"
            )
        ]

    def __str__(self):
        return f"{self.user} · {self.organization}"
