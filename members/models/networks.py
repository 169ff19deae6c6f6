from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .organizations import Organization


class Network(models.Model):
    """Gate 4.0 today, other districts tomorrow."""

    name = models.CharField(_("nome"), max_length=120, unique=True)
    slug = models.SlugField(max_length=120, unique=True)

    class Meta:
        verbose_name = _("rete")
        verbose_name_plural = _("reti")
        ordering = ["name"]

    def __str__(self):
        return self.name


class AdhesionQuerySet(models.QuerySet):
    def current(self):
        return self.filter(until=None)

    def members(self):
        return self.current().filter(state=Adhesion.State.MEMBER)

    def move(self, organization, network, state, on=None):
        """Bring the organization to `state` in the network from day `on`: the open row closes, a new one opens.

        Asked twice for the same state it adds nothing. Gives the row that is open now.
        """
        on = on or timezone.localdate()
        with transaction.atomic():
            Organization.objects.select_for_update().get(pk=organization.pk)  # one step at a time
            standing = self.current().filter(organization=organization, network=network).first()
            if standing and standing.state == state:
                return standing
            if standing:
                standing.until = max(on, standing.since)
                standing.save(update_fields=["until"])
            return self.create(organization=organization, network=network, state=state, since=on)


class Adhesion(models.Model):
    """A dated step of an organization towards a network. The open one (no `until`) says where it stands today."""

    class State(models.TextChoices):
        CONTACTED = "contacted", _("Contattata")
        INTERESTED = "interested", _("Interessata")
        APPLIED = "applied", _("Domanda presentata")
        MEMBER = "member", _("Aderente")
        LEFT = "left", _("Uscita")

    organization = models.ForeignKey(
        Organization, models.CASCADE, related_name="adhesions", verbose_name=_("organizzazione")
    )
    network = models.ForeignKey(Network, models.PROTECT, related_name="adhesions", verbose_name=_("rete"))
    state = models.CharField(_("stato"), max_length=12, choices=State)
    since = models.DateField(_("dal"), default=timezone.localdate)
    until = models.DateField(_("al"), null=True, blank=True)

    objects = AdhesionQuerySet.as_manager()

    class Meta:
        verbose_name = _("adesione")
        verbose_name_plural = _("adesioni")
        ordering = ["-since", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "network"], condition=Q(until=None), name="one_current_adhesion_per_network"
            ),
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gte=models.F("since")), name="adhesion_ends_after_it_begins"
            ),
        ]

    def __str__(self):
        return f"{self.organization} · {self.network}: {self.get_state_display()}"
