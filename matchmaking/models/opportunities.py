from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from members.models import Competence


class OpportunityQuerySet(models.QuerySet):
    def published(self):
        return self.filter(status=Opportunity.Status.PUBLISHED)

    def open(self, today=None):
        """Published and not past its deadline. `today` is a date in Italy."""
        today = today or timezone.localdate()
        return self.published().filter(Q(deadline=None) | Q(deadline__gte=today))

    def visible_to(self, user):
        return self if user.is_authenticated and user.is_staff else self.published()

    def of_kind(self, kind):
        return self.filter(kind=kind)

    def requiring(self, code):
        below = Q(competence__code=code) | Q(competence__code__startswith=f"{code}.")
        return self.filter(models.Exists(Requirement.objects.filter(below, opportunity=models.OuterRef("pk"))))

    def worded_like(self, text):
        return self.filter(Q(title__icontains=text) | Q(text__icontains=text))

    def with_requirements(self):
        return self.prefetch_related("requirements__competence")


class Opportunity(models.Model):
    """What a member can browse and take part in: a call, a technology offer, a collaboration, an event."""

    class Kind(models.TextChoices):
        CALL = "call", _("Bando")
        TECHNOLOGY_OFFER = "technology_offer", _("Offerta tecnologica")
        COLLABORATION = "collaboration", _("Richiesta di collaborazione")
        EVENT = "event", _("Evento")

    class Status(models.TextChoices):
        DRAFT = "draft", _("Bozza")
        PUBLISHED = "published", _("Pubblicata")

    kind = models.CharField(_("tipo"), max_length=20, choices=Kind, default=Kind.CALL)
    status = models.CharField(_("stato"), max_length=12, choices=Status, default=Status.DRAFT)
    title = models.CharField(_("titolo"), max_length=300)
    slug = models.SlugField(_("indirizzo della pagina"), max_length=120, unique=True)
    text = models.TextField(_("testo"), max_length=60_000)
    language = models.CharField(
        _("lingua del testo"), max_length=2, choices=[("it", "Italiano"), ("en", "English")], default="it"
    )
    issuer = models.CharField(_("chi la pubblica"), max_length=200, blank=True)
    deadline = models.DateField(_("scadenza"), null=True, blank=True)
    source = models.CharField(_("provenienza"), max_length=40, blank=True, editable=False)
    source_id = models.CharField(_("codice di provenienza"), max_length=80, blank=True, editable=False)
    source_url = models.URLField(_("pagina ufficiale"), max_length=400, blank=True)
    published_at = models.DateTimeField(_("pubblicata il"), null=True, blank=True)
    competences = models.ManyToManyField(Competence, through="Requirement", verbose_name=_("competenze richieste"))

    objects = OpportunityQuerySet.as_manager()

    class Meta:
        verbose_name = _("opportunità")
        verbose_name_plural = _("opportunità")
        ordering = [models.F("deadline").asc(nulls_last=True), "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "source_id"], condition=~Q(source=""), name="one_opportunity_per_source_and_code"
            ),
            models.CheckConstraint(
                condition=~Q(status="published") | Q(published_at__isnull=False),
                name="published_opportunity_has_its_moment",
            ),
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("matchmaking:opportunity", args=[self.slug])

    def save(self, *args, **kwargs):
        if self.status == self.Status.PUBLISHED and self.published_at is None:
            self.published_at = timezone.now()
        super().save(*args, **kwargs)

    @property
    def is_open(self):
        return self.deadline is None or self.deadline >= timezone.localdate()

    @property
    def summary(self):
        return Truncator(self.text).chars(220)

    @cached_property
    def competences_shown(self):
        """Up to three competences for a card: the heaviest first. Uses what `with_requirements` brought."""
        heaviest = sorted(self.requirements.all(), key=lambda asked: (-asked.weight, asked.competence.code))
        return [asked.competence for asked in heaviest[:3]]


class Requirement(models.Model):
    """A competence that an opportunity asks for, and how much it matters."""

    class Weight(models.IntegerChoices):
        USEFUL = 1, _("Utile")
        IMPORTANT = 2, _("Importante")
        ESSENTIAL = 3, _("Indispensabile")

    opportunity = models.ForeignKey(
        Opportunity, models.CASCADE, related_name="requirements", verbose_name=_("opportunità")
    )
    competence = models.ForeignKey(
        Competence, models.PROTECT, related_name="requirements", verbose_name=_("competenza")
    )
    weight = models.PositiveSmallIntegerField(_("peso"), choices=Weight, default=Weight.IMPORTANT)
    is_suggested = models.BooleanField(_("suggerita dal testo"), default=False)

    class Meta:
        verbose_name = _("competenza richiesta")
        verbose_name_plural = _("competenze richieste")
        ordering = ["-weight", "competence__code"]
        constraints = [
            models.UniqueConstraint(fields=["opportunity", "competence"], name="one_requirement_per_competence"),
            models.CheckConstraint(condition=Q(weight__range=(1, 3)), name="requirement_weight_from_1_to_3"),
        ]

    def __str__(self):
        return f"{self.opportunity}: {self.competence}"
