import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.models import Organization
from members.models.users import STAFF, acts_as_staff


class ServiceQuerySet(models.QuerySet):
    def offered(self):
        return self.filter(is_active=True)


class Service(models.Model):
    """Something that the Consorzio does for one organization at a time: a check-up, scouting, a grant desk."""

    name = models.CharField(_("nome"), max_length=120)
    slug = models.SlugField(_("indirizzo della pagina"), max_length=120, unique=True)
    summary = models.CharField(_("in una riga"), max_length=200)
    text = models.TextField(_("che cosa comprende"), max_length=8000)
    is_active = models.BooleanField(_("offerto adesso"), default=True)
    position = models.PositiveSmallIntegerField(_("posto nell'elenco"), default=100)

    objects = ServiceQuerySet.as_manager()

    class Meta:
        verbose_name = _("servizio")
        verbose_name_plural = _("servizi su misura")
        ordering = ["position", "name"]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("matchmaking:ask_service", args=[self.slug])


class ServiceRequestQuerySet(models.QuerySet):
    def visible_to(self, user):
        """One's organizations' own; all of them for the staff."""
        if acts_as_staff(user):
            return self
        return self.filter(organization__in=Organization.objects.acting_through(user))

    def open(self):
        return self.filter(state__in=ServiceRequest.OPEN)


class ServiceRequest(models.Model):
    """An organization asks for a service: asked → assigned → done, or declined, or withdrawn."""

    class State(models.TextChoices):
        ASKED = "asked", _("Chiesto")
        ASSIGNED = "assigned", _("In carico")
        DONE = "done", _("Concluso")
        DECLINED = "declined", _("Non accolto")
        WITHDRAWN = "withdrawn", _("Ritirato")

    OPEN = [State.ASKED, State.ASSIGNED]

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    service = models.ForeignKey(Service, models.PROTECT, related_name="requests", verbose_name=_("servizio"))
    organization = models.ForeignKey(
        Organization, models.CASCADE, related_name="service_requests", verbose_name=_("organizzazione")
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("chiesto da")
    )
    text = models.TextField(_("che cosa ti serve"), max_length=4000)
    state = models.CharField(_("stato"), max_length=10, choices=State, default=State.ASKED)
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        limit_choices_to=STAFF,
        related_name="services_in_charge",
        verbose_name=_("in carico a"),
    )
    asked_at = models.DateTimeField(_("chiesto il"), default=timezone.now)

    objects = ServiceRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("richiesta di servizio")
        verbose_name_plural = _("richieste di servizio")
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(state="asked") | Q(assigned_to=None), name="asked_service_is_nobodys")
        ]

    def __str__(self):
        return f"{self.service} · {self.organization}"

    def get_absolute_url(self):
        return reverse("matchmaking:service_request", args=[self.code])

    @property
    def is_open(self):
        return self.state in self.OPEN


class ServiceStep(models.Model):
    """What happened to a request for a service: who, when, from, to, and what was said. Only ever added to."""

    request = models.ForeignKey(ServiceRequest, models.CASCADE, related_name="steps", verbose_name=_("richiesta"))
    at = models.DateTimeField(_("quando"), default=timezone.now, editable=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("chi")
    )
    before = models.CharField(_("da"), max_length=10, choices=ServiceRequest.State, blank=True)
    after = models.CharField(_("a"), max_length=10, choices=ServiceRequest.State)
    note = models.TextField(_("che cosa si è detto"), max_length=4000, blank=True)

    class Meta:
        verbose_name = _("passo di un servizio")
        verbose_name_plural = _("storia dei servizi")
        ordering = ["at", "pk"]

    def __str__(self):
        return f"{self.get_before_display()} → {self.get_after_display()}"
