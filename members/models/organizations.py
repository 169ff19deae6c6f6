import secrets
from datetime import timedelta

from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from ..rules import identifiers, visibility
from .history import kept
from .users import acts_as_staff

AGES = timedelta(days=180)
DIGITS = r"^[0-9]{11}$"
WRONG = {
    ("vat_number", "length"): _("Una partita IVA ha 11 cifre: controlla se ne manca o ne avanza una."),
    ("vat_number", "checksum"): _("Questa partita IVA non torna: l'ultima cifra non corrisponde alle altre."),
    ("vat_number", "format"): _("Questa non è una partita IVA italiana: servono 11 cifre, anche con «IT» davanti."),
    ("tax_code", "length"): _("Un codice fiscale ha 16 caratteri, o 11 cifre se è di una società."),
    ("tax_code", "checksum"): _("Questo codice fiscale non torna: l'ultimo carattere non corrisponde agli altri."),
    ("tax_code", "format"): _("Questo non è un codice fiscale: 16 lettere e cifre, o 11 cifre se è di una società."),
}


class LegalForm(models.Model):
    """A legal form, as ISTAT codes it: "1.3.20" is a limited company. Loaded by `load_legal_forms`."""

    code = models.CharField(_("codice"), max_length=10, unique=True)
    name = models.CharField(_("nome"), max_length=160)

    class Meta:
        verbose_name = _("forma giuridica")
        verbose_name_plural = _("forme giuridiche")
        ordering = ["code"]

    def __str__(self):
        return self.name


class OrganizationQuerySet(models.QuerySet):
    def published(self):
        return self.filter(status=Organization.Status.PUBLISHED)

    def visible_to(self, user):
        """Published profiles for everybody; one's own whatever its state; all of them for the staff."""
        if acts_as_staff(user):
            return self
        visible = Q(status=Organization.Status.PUBLISHED)
        if user.is_authenticated:
            visible |= Exists(_speaking(user))
        return self.filter(visible)

    def spoken_for_by(self, user, *roles):
        """The organizations that the person represents, in one of the roles when any are named."""
        speaking = _speaking(user)
        return self.filter(Exists(speaking.filter(role__in=roles) if roles else speaking))

    def acting_through(self, user, *roles):
        """The organizations in whose name the person has a member's rights: those that staff have published. Of a
        draft its people only complete the profile (`spoken_for_by`)."""
        return self.spoken_for_by(user, *roles).published()

    def shadows(self):
        """Organizations that staff loaded and that nobody speaks for yet."""
        return self.filter(status=Organization.Status.SHADOW)

    def stale(self):
        """Published profiles that nobody has looked over for half a year."""
        return self.published().filter(reviewed_on__lt=timezone.localdate() - AGES)

    def visible_to_financiers(self):
        """Firms that agreed to be suggested to financiers; research centres and financiers need not agree."""
        return self.exclude(kind=Organization.Kind.FIRM, is_visible_to_financiers=False)

    def in_province(self, code):
        return self.filter(municipality__province=code)

    def of_kind(self, kind):
        return self.filter(kind=kind)

    def offering(self, code):
        """Whoever offers the competence, or anything below it in the taxonomy."""
        return self.filter(self.offers_any(code))

    def in_network(self, network):
        """Whoever is a member of the network today."""
        return self.filter(self.is_member_of(network))

    def offers_any(self, code):
        """`offering` as a condition."""
        return Exists(_claims("Offer", code))

    def is_member_of(self, network):
        """`in_network` as a condition."""
        return Exists(_rows("Adhesion").members().filter(organization=OuterRef("pk"), network=network))

    def needing(self, code):
        """Whoever openly needs the competence or anything below it: a blind need is never found by a search."""
        return self.filter(Exists(_claims("Need", code).filter(is_blind=False)))

    def answering(self, reading):
        """Whoever the words lead to (a `Reading` of them), the best answer first."""
        words = "search_document__words"
        return self.filter(reading.is_met_by(words)).order_by(reading.rank(words).desc(), "name", "pk")

    def with_places(self):
        return self.select_related("municipality__province")

    def for_cards(self):
        """Only what a card shows; `bring_offers` adds the competences."""
        shown = ("kind", "name", "slug", "description", "municipality__name", "municipality__province__name")
        return self.with_places().only(*shown)


def _rows(model):
    """The rows of a model that points at organizations: asked of the registry, for its module imports this one."""
    return apps.get_model("members", model).objects


def _speaking(user):
    return _rows("Representative").filter(organization=OuterRef("pk"), user=user)


def _claims(model, code):
    below = Q(competence__code=code) | Q(competence__code__startswith=f"{code}.")
    return _rows(model).filter(below, organization=OuterRef("pk"))


def logo_path(organization, filename):
    """A random name: neither the organization nor what was uploaded can be told from it."""
    return f"loghi/{secrets.token_hex(16)}.png"


POSTAL = ["street", "postal_code", "locality", "pec", "addressee"]


@kept(exclude=["private_notes", "phone", "contact_email", "updated_at", *POSTAL])
class Organization(models.Model):
    """A firm, a research centre or a financier: whoever keeps a profile."""

    class Kind(models.TextChoices):
        FIRM = "firm", _("Impresa")
        RESEARCH_CENTER = "research_center", _("Centro di ricerca")
        FINANCIER = "financier", _("Operatore finanziario")

    class Status(models.TextChoices):
        SHADOW = "shadow", _("Precaricata")
        DRAFT = "draft", _("Bozza")
        PUBLISHED = "published", _("Pubblicata")

    class Size(models.TextChoices):
        MICRO = "micro", _("Micro (meno di 10 addetti)")
        SMALL = "small", _("Piccola (meno di 50)")
        MEDIUM = "medium", _("Media (meno di 250)")
        LARGE = "large", _("Grande")

    kind = models.CharField(_("tipo"), max_length=20, choices=Kind)
    name = models.CharField(_("denominazione"), max_length=160)
    slug = models.SlugField(_("indirizzo della pagina"), max_length=180, unique=True)
    status = models.CharField(_("stato"), max_length=12, choices=Status, default=Status.DRAFT)
    municipality = models.ForeignKey(
        "members.Municipality",
        models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("comune"),
        related_name="organizations",
    )
    description = models.TextField(_("che cosa fa"), max_length=4000, blank=True)
    vat_number = models.CharField(_("partita IVA"), max_length=11, blank=True)
    tax_code = models.CharField(_("codice fiscale"), max_length=16, blank=True)
    legal_form = models.ForeignKey(
        LegalForm, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("forma giuridica")
    )
    founded_on = models.DateField(_("costituita il"), null=True, blank=True)
    size_class = models.CharField(_("dimensione"), max_length=8, choices=Size, blank=True)
    workers = models.PositiveIntegerField(_("addetti"), null=True, blank=True)
    website = models.URLField(_("sito"), blank=True)
    phone = models.CharField(_("telefono"), max_length=40, blank=True)
    contact_email = models.EmailField(_("e-mail per i contatti"), max_length=254, blank=True)
    street = models.CharField(_("via e numero"), max_length=160, blank=True, default="", db_default="")
    postal_code = models.CharField(
        _("CAP"),
        max_length=5,
        blank=True,
        default="",
        db_default="",
        validators=[RegexValidator(r"^\d{5}$", _("Un CAP ha 5 cifre."))],
    )
    locality = models.CharField(
        _("località"),
        max_length=80,
        blank=True,
        default="",
        db_default="",
        help_text=_("Se nell'indirizzo postale non c'è il comune: «Marina di Carrara»."),
    )
    pec = models.EmailField(
        _("PEC"),
        max_length=254,
        blank=True,
        default="",
        db_default="",
        help_text=_("Si stampa e basta: il portale non le scrive mai."),
    )
    addressee = models.CharField(_("all'attenzione di"), max_length=120, blank=True, default="", db_default="")
    logo = models.ImageField(_("logo"), upload_to=logo_path, blank=True)
    visibility = models.JSONField(_("chi vede che cosa"), default=dict, blank=True)
    is_visible_to_financiers = models.BooleanField(_("visibile agli operatori finanziari"), default=False)
    visible_to_financiers_since = models.DateTimeField(_("consenso dato il"), null=True, blank=True)
    private_notes = models.TextField(
        _("appunti riservati"),
        max_length=4000,
        blank=True,
        help_text=_("Li vedono solo i referenti dell'organizzazione e il Consorzio."),
    )
    reviewed_on = models.DateField(_("profilo rivisto il"), default=timezone.localdate)
    created_at = models.DateTimeField(_("creata il"), auto_now_add=True)
    updated_at = models.DateTimeField(_("modificata il"), auto_now=True)
    version = models.PositiveIntegerField(_("versione"), default=1, editable=False)

    objects = OrganizationQuerySet.as_manager()

    class Meta:
        verbose_name = _("organizzazione")
        verbose_name_plural = _("organizzazioni")
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["vat_number"],
                condition=~Q(vat_number=""),
                name="one_organization_per_vat_number",
                violation_error_message=_("C'è già un'organizzazione con questa partita IVA."),
            ),
            models.CheckConstraint(
                condition=Q(vat_number="") | Q(vat_number__regex=DIGITS), name="vat_number_of_eleven_digits"
            ),
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("members:profile", args=[self.slug])

    def clean(self):
        """Store partita IVA and codice fiscale in their one form; say at the field what is wrong with them."""
        for field, kind in (("vat_number", identifiers.vat_number), ("tax_code", identifiers.tax_code)):
            if text := getattr(self, field):
                try:
                    setattr(self, field, kind(text))
                except identifiers.Wrong as error:
                    raise ValidationError({field: WRONG[field, error.code]}) from error

    @property
    def is_published(self):
        return self.status == self.Status.PUBLISHED

    @property
    def is_shadow(self):
        return self.status == self.Status.SHADOW

    @property
    def is_aged(self):
        """Time to ask whether the profile still holds."""
        return timezone.localdate() - self.reviewed_on > AGES

    @property
    def reviewed_in_words(self):
        """How long ago somebody looked the profile over, in words."""
        days = (timezone.localdate() - self.reviewed_on).days
        if days < 1:
            return _("rivisto oggi")
        if days < 31:
            return ngettext("rivisto ieri", "rivisto %(days)d giorni fa", days) % {"days": days}
        if days < 365:
            months = days // 30
            return ngettext("rivisto un mese fa", "rivisto %(months)d mesi fa", months) % {"months": months}
        return _("rivisto più di un anno fa")

    @property
    def months_to_age(self):
        """After how many months a profile that nobody looks over is asked about."""
        return AGES.days // 30

    def shows(self, field, viewer) -> bool:
        """May this viewer (`visibility.Viewer`) see this field?"""
        return visibility.may_see(self.visibility, field, viewer)

    @property
    def province(self):
        return self.municipality.province if self.municipality else None

    @property
    def postal_lines(self):
        """What stands on an envelope below the name, line by line; fewer lines where less is known."""
        town = self.locality or (self.municipality.name if self.municipality else "")
        province = f"({self.municipality.province_id})" if self.municipality else ""
        where = " ".join(part for part in (self.postal_code, town, province) if part)
        person = _("Alla c.a. di %(name)s") % {"name": self.addressee} if self.addressee else ""
        return [line for line in (person, self.street, where) if line]

    @property
    def place_name(self):
        """ "Carrara, Massa-Carrara"; the province alone goes without saying for its own chief town."""
        if not self.municipality:
            return ""
        town, province = self.municipality.name, self.municipality.province.name
        return town if town == province else f"{town}, {province}"

    @cached_property
    def offers_shown(self):
        """The names of up to four competences for a card: the strongest first."""
        return _rows("Offer").names_shown([self])[self.pk]
