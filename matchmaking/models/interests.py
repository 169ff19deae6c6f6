from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from members.models import Organization

from .opportunities import Opportunity


class InterestQuerySet(models.QuerySet):
    def sent(self):
        """Whatever left the hands of the firm: a draft is nobody else's business."""
        return self.exclude(status=Interest.Status.DRAFT)

    def answering(self, opportunity):
        return self.filter(opportunity=opportunity).select_related("organization")


class Interest(models.Model):
    """A firm answers an opportunity: draft → sent → go or no-go, or withdrawn. Each step stands in its history."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("Bozza")
        SENT = "sent", _("Inviata")
        GO = "go", _("Si procede")
        NO_GO = "no_go", _("Non si procede")
        WITHDRAWN = "withdrawn", _("Ritirata")

    class Ip(models.TextChoices):
        OPEN = "open", _("Condividiamo i risultati")
        JOINT = "joint", _("Proprietà comune dei risultati")
        OWN = "own", _("Ognuno tiene il suo")
        TO_AGREE = "to_agree", _("Da concordare")

    class Reason(models.TextChoices):
        FIT = "fit", _("Adatta e pronta")
        TIME = "time", _("Tempi troppo stretti")
        RESOURCES = "resources", _("Mancano persone o risorse")
        PARTNERS = "partners", _("Mancano partner")
        REQUIREMENTS = "requirements", _("Mancano requisiti")
        CONVENIENCE = "convenience", _("Non conviene")
        OTHER = "other", _("Altro")

    opportunity = models.ForeignKey(
        Opportunity, models.CASCADE, related_name="interests", verbose_name=_("opportunità")
    )
    organization = models.ForeignKey(
        Organization, models.CASCADE, related_name="interests", verbose_name=_("organizzazione")
    )
    status = models.CharField(_("stato"), max_length=12, choices=Status, default=Status.DRAFT)
    brings = models.TextField(_("che cosa portate"), max_length=4000, blank=True)
    needs = models.TextField(_("che cosa vi serve"), max_length=4000, blank=True)
    earliest_start = models.DateField(_("quando potete cominciare"), null=True, blank=True)
    ip = models.CharField(_("proprietà dei risultati"), max_length=10, choices=Ip, blank=True)
    reason = models.CharField(_("ragione"), max_length=14, choices=Reason, blank=True)
    sent_at = models.DateTimeField(_("inviata il"), null=True, blank=True)
    updated_at = models.DateTimeField(_("modificata il"), auto_now=True)

    objects = InterestQuerySet.as_manager()

    class Meta:
        verbose_name = _("manifestazione d'interesse")
        verbose_name_plural = _("manifestazioni d'interesse")
        ordering = ["-sent_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["opportunity", "organization"], name="one_interest_per_organization_and_opportunity"
            ),
            models.CheckConstraint(
                condition=models.Q(status="draft") | models.Q(sent_at__isnull=False),
                name="interest_that_left_has_its_moment",
            ),
        ]

    def __str__(self):
        return f"{self.organization} · {self.opportunity}"

    def get_absolute_url(self):
        return reverse("matchmaking:interest", args=[self.opportunity.slug])

    @property
    def is_editable(self):
        return self.status in (self.Status.DRAFT, self.Status.WITHDRAWN)
