import uuid

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.models import Organization
from members.models.users import acts_as_staff


class IntroductionQuerySet(models.QuerySet):
    def of_people(self, user, *roles):
        """Those that concern an organization of the person, in one of the roles when any are named."""
        mine = Organization.objects.acting_through(user, *roles)
        return self.filter(Exists(IntroductionSide.objects.filter(introduction=OuterRef("pk"), organization__in=mine)))

    def visible_to(self, user):
        return self if acts_as_staff(user) else self.of_people(user)


class Introduction(models.Model):
    """A member of staff thinks that two organizations should talk. A room opens when both have said yes; until then
    neither sees how to reach the other."""

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    broker = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="introductions", verbose_name=_("mediatore")
    )
    title = models.CharField(_("di che cosa"), max_length=200)
    text = models.TextField(_("perché presentarli: lo leggono tutti e due"), max_length=4000)
    made_at = models.DateTimeField(_("quando"), default=timezone.now)

    objects = IntroductionQuerySet.as_manager()

    class Meta:
        verbose_name = _("presentazione")
        verbose_name_plural = _("presentazioni")
        ordering = ["-made_at", "-pk"]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("matchmaking:introduction", args=[self.code])


class IntroductionSide(models.Model):
    """One of the two, and what it has said."""

    class State(models.TextChoices):
        ASKED = "asked", _("In attesa")
        AGREED = "agreed", _("D'accordo")
        DECLINED = "declined", _("No, grazie")

    introduction = models.ForeignKey(
        Introduction, models.CASCADE, related_name="sides", verbose_name=_("presentazione")
    )
    organization = models.ForeignKey(
        Organization, models.CASCADE, related_name="introductions", verbose_name=_("organizzazione")
    )
    state = models.CharField(_("risposta"), max_length=10, choices=State, default=State.ASKED)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("di chi")
    )
    at = models.DateTimeField(_("quando"), null=True, blank=True)

    class Meta:
        verbose_name = _("parte di una presentazione")
        verbose_name_plural = _("parti delle presentazioni")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["introduction", "organization"], name="introduced_once"),
            models.CheckConstraint(
                condition=models.Q(state="asked") | models.Q(at__isnull=False), name="consent_has_its_moment"
            ),
        ]

    def __str__(self):
        return f"{self.organization}: {self.get_state_display()}"
