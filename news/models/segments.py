from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from members.models import (
    Adhesion,
    Competence,
    EconomicActivity,
    FirmDetails,
    Municipality,
    Network,
    Offer,
    Organization,
    Province,
)


class Segment(models.Model):
    """A saved rule that says which organizations a newsletter is for. Never a list: whoever moves away falls out.

    What is left empty does not restrict; what is filled must all hold. Only published organizations count.
    """

    name = models.CharField(_("nome"), max_length=120, unique=True)
    kind = models.CharField(
        _("tipo"), max_length=20, choices=Organization.Kind, blank=True, help_text=_("Vuoto: tutti.")
    )
    provinces = models.ManyToManyField(Province, blank=True, verbose_name=_("province"))
    municipalities = models.ManyToManyField(Municipality, blank=True, verbose_name=_("comuni"))
    networks = models.ManyToManyField(Network, blank=True, verbose_name=_("reti a cui aderisce"))
    competences = models.ManyToManyField(
        Competence,
        blank=True,
        verbose_name=_("competenze offerte"),
        help_text=_("Un ramo vale per tutto ciò che contiene; ne basta una."),
    )
    activities = models.ManyToManyField(
        EconomicActivity,
        blank=True,
        verbose_name=_("settori (ATECO)"),
        help_text=_("Per esempio 23.7, pietre. Un settore vale per tutto ciò che contiene; ne basta uno."),
    )
    with_readers = models.BooleanField(
        _("anche i lettori senza organizzazione"),
        default=False,
        help_text=_("Chi si è iscritto dal sito senza rappresentare un'organizzazione."),
    )

    class Meta:
        verbose_name = _("destinatari")
        verbose_name_plural = _("gruppi di destinatari")
        ordering = ["name"]

    def __str__(self):
        return self.name

    def organizations(self):
        """The organizations that the rule finds today."""
        found = Organization.objects.published()
        if self.kind:
            found = found.of_kind(self.kind)
        if provinces := list(self.provinces.all()):
            found = found.filter(municipality__province__in=provinces)
        if municipalities := list(self.municipalities.all()):
            found = found.filter(municipality__in=municipalities)
        if networks := list(self.networks.all()):
            found = found.filter(adhesions__in=_memberships(networks))
        if codes := [competence.code for competence in self.competences.all()]:
            found = found.filter(offers__in=_offers(codes))
        if activities := list(self.activities.all()):
            found = found.filter(firm_details__in=_firms_in(activities))
        return Organization.objects.filter(pk__in=found.values("pk"))

    def addressees(self):
        """(Which subscriptions the rule reaches, consent or not): a condition on `Subscription`."""
        reached = Q(organization__in=self.organizations())
        return reached | Q(organization=None) if self.with_readers else reached

    def rule(self):
        """The rule in words, for people and for the fingerprint of what was approved."""
        parts = [self.get_kind_display() if self.kind else ""]
        for field in ("provinces", "municipalities", "networks", "competences", "activities"):
            names = sorted(str(each) for each in getattr(self, field).all())
            parts.append(f"{self._meta.get_field(field).verbose_name}: {', '.join(names)}" if names else "")
        parts.append(str(self._meta.get_field("with_readers").verbose_name) if self.with_readers else "")
        return " · ".join(filter(None, map(str, parts))) or str(_("tutte le organizzazioni pubblicate"))


def _memberships(networks):
    return Adhesion.objects.members().filter(network__in=networks)


def _firms_in(activities):
    """The firms registered for one of the activities or for something inside it; a section holds its divisions."""
    codes = {activity.code for activity in activities}
    codes |= set(EconomicActivity.objects.filter(parent_code__in=codes).values_list("code", flat=True))
    within = Q()
    for code in codes:
        within |= Q(code__startswith=code)
    return FirmDetails.objects.filter(activities__in=EconomicActivity.objects.filter(within))


def _offers(codes):
    wanted = Q()
    for code in codes:
        wanted |= Q(competence__code=code) | Q(competence__code__startswith=f"{code}.")
    return Offer.objects.filter(wanted)
