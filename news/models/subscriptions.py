import secrets
from functools import cache

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.models import Organization, Representative, User

from ..parsers.pec import is_pec


def is_no_pec(address):
    if is_pec(address):
        raise ValidationError(_("È un indirizzo PEC, per comunicazioni con valore legale: usatene uno ordinario."))


def new_token():
    """128 random bits: whoever holds the link is the addressee."""
    return secrets.token_urlsafe(16)


def link(page, token) -> str:
    """The address of a page that a token opens."""
    before, after = _path(page)
    return f"{settings.PORTAL_BASE_URL}{before}{token}{after}"


@cache
def _path(page):
    """What stands before and after the token: resolving a URL costs more than sending a mail to it."""
    mark = "TOKEN"
    before, _mark, after = reverse(page, args=[mark]).partition(mark)
    return before, after


def _holds(user):
    """The account that `user` leads to has the address of the outer subscription, as its own or as a confirmed one."""
    its_own = "email__iexact" if user == "pk" else f"{user}__email__iexact"
    confirmed = EmailAddress.objects.filter(user=OuterRef(user), verified=True)
    return Q(**{its_own: OuterRef("email")}) | Exists(confirmed.filter(email__iexact=OuterRef(OuterRef("email"))))


class SubscriptionQuerySet(models.QuerySet):
    def active(self):
        """Those to whom something may be sent now. The sender asks this in its very last look."""
        return self.wanted().standing()

    def wanted(self):
        """Those whose holder said yes and not no, whether or not anything may be sent there now."""
        return self.filter(confirmed_at__isnull=False, ended_at=None)

    def standing(self):
        """What is told of an organization goes to whoever speaks for it now, at an address of their account: a digest
        and a notice hold what only its people read. A newsletter says what everybody may read."""
        speaking = Representative.objects.standing().filter(_holds("user"), organization=OuterRef("organization"))
        signed_up = User.objects.filter(_holds("pk"), is_active=True)
        is_public = Q(purpose=Subscription.Purpose.NEWSLETTER)
        return self.filter(is_public | Exists(speaking) | Q(organization=None) & Exists(signed_up))

    def digests(self):
        return self.filter(purpose=Subscription.Purpose.DIGEST)

    def newsletters(self):
        return self.filter(purpose=Subscription.Purpose.NEWSLETTER)

    def of_address(self, address):
        return self.filter(email__iexact=address.strip())

    def of_province(self, code):
        """Of published organizations whose seat is in the province today."""
        return self.filter(
            organization__municipality__province=code, organization__status=Organization.Status.PUBLISHED
        )

    def of_home(self):
        return self.of_province(settings.PORTAL["home_province"])


class Subscription(models.Model):
    """An address that wants one kind of mail, for itself or for an organization; unconfirmed it hears nothing.

    What its holder asked, confirmed and withdrew stands in the `Consent` ledger; this row is how things stand today.
    """

    class Purpose(models.TextChoices):
        DIGEST = "digest", _("Riepilogo periodico")
        NEWSLETTER = "newsletter", _("Newsletter del Consorzio")
        SERVICE = "service", _("Avvisi di servizio")

    class Frequency(models.TextChoices):
        WEEKLY = "weekly", _("ogni settimana")
        MONTHLY = "monthly", _("ogni mese")
        DEADLINES = "deadlines", _("solo le scadenze")
        NEVER = "never", _("mai")

    email = models.EmailField(_("e-mail"), validators=[is_no_pec])
    organization = models.ForeignKey(
        Organization,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="subscriptions",
        verbose_name=_("organizzazione"),
    )
    purpose = models.CharField(_("che cosa riceve"), max_length=12, choices=Purpose, default=Purpose.DIGEST)
    frequency = models.CharField(
        _("quanto spesso"),
        max_length=10,
        choices=Frequency,
        default=Frequency.WEEKLY,
        help_text=_("Solo per il riepilogo."),
    )
    token = models.CharField(max_length=32, unique=True, default=new_token, editable=False)
    created_at = models.DateTimeField(_("chiesta il"), default=timezone.now, editable=False)
    confirmed_at = models.DateTimeField(_("confermata il"), null=True, blank=True)
    ended_at = models.DateTimeField(_("terminata il"), null=True, blank=True)

    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        verbose_name = _("iscrizione")
        verbose_name_plural = _("iscrizioni")
        ordering = ["email", "pk"]
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                "organization",
                "purpose",
                name="one_subscription_per_address_and_purpose",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=~models.Q(purpose="digest", organization=None), name="digest_is_about_an_organization"
            ),
        ]

    def __str__(self):
        return f"{self.email}: {self.get_purpose_display()}"

    @property
    def is_active(self):
        return self.confirmed_at is not None and self.ended_at is None

    @property
    def wording(self):
        """What its holder reads before saying yes: word for word what the ledger keeps."""
        return WORDING[self.purpose]

    @property
    def preferences_url(self):
        return link("news:preferences", self.token)

    @property
    def unsubscribe_url(self):
        return link("news:unsubscribe", self.token)

    def stop(self):
        """Nothing more of this kind. Says whether that is news; `ledger.withdraw_consent` also writes it there."""
        is_news = bool(type(self).objects.filter(pk=self.pk, ended_at=None).update(ended_at=timezone.now()))
        self.refresh_from_db(fields=["ended_at"])
        return is_news

    def resume(self):
        """The addressee, who holds the link, wants it again. Says whether that is news."""
        gone = type(self).objects.filter(pk=self.pk).exclude(confirmed_at__isnull=False, ended_at=None)
        is_news = bool(gone.update(ended_at=None, confirmed_at=timezone.now()))
        self.refresh_from_db(fields=["ended_at", "confirmed_at"])
        return is_news


WORDING = {  # kept in Italian, word for word as the page shows it: it is the proof
    Subscription.Purpose.NEWSLETTER: (
        "Chiedo di ricevere per e-mail la newsletter del Consorzio: annunci, eventi e opportunità per le imprese. "
        "Posso smettere quando voglio, con un clic."
    ),
    Subscription.Purpose.DIGEST: (
        "Chiedo di ricevere per e-mail il riepilogo di ciò che è nuovo e adatto alla mia organizzazione: partner, "
        "bandi e annunci, con il perché. Posso smettere quando voglio, con un clic."
    ),
    Subscription.Purpose.SERVICE: (
        "Avvisi che riguardano richieste e scadenze della mia organizzazione. Non hanno bisogno di consenso; posso "
        "spegnerli, tranne quelli sulla sicurezza dell'account."
    ),
}
