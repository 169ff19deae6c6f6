from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from .history import kept


class CompetenceQuerySet(models.QuerySet):
    def selectable(self):
        """What an organization may offer or need: the leaves, without merged ones and the application fields."""
        leaves = self.filter(children=None, merged_into=None)
        return leaves.exclude(code__startswith=Competence.APPLICATION_FIELDS)

    def branches(self):
        return self.filter(parent=None).exclude(code__startswith=Competence.APPLICATION_FIELDS)

    def answering(self, reading):
        """Those whose names or aliases the words lead to (a `Reading`), the best answer first."""
        found = self.filter(reading.is_met_by("search_document__words"), merged_into=None)
        return found.order_by(reading.rank("search_document__words").desc(), "code")

    def application_fields(self):
        return self.filter(code__startswith=f"{Competence.APPLICATION_FIELDS}.")


@kept()
class Competence(models.Model):
    """A node of the taxonomy: branch "PRD", group "PRD.01", leaf "PRD.01.04". Loaded by `load_taxonomy`."""

    APPLICATION_FIELDS = "APP"  # a facet of opportunities and firms, never a competence to match

    code = models.CharField(_("codice"), max_length=16, unique=True)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("dentro")
    )
    name_it = models.CharField(_("nome"), max_length=120)
    name_en = models.CharField(_("nome inglese"), max_length=120)
    source = models.CharField(_("fonte"), max_length=255, blank=True)
    merged_into = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="merged",
        verbose_name=_("unita a"),
    )

    objects = CompetenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("competenza")
        verbose_name_plural = _("competenze")
        ordering = ["code"]

    def __str__(self):
        return self.name

    @property
    def name(self):
        return self.named(self.name_it, self.name_en)

    @staticmethod
    def named(name_it, name_en):
        """The one in the reader's language."""
        return name_en if (get_language() or "it").startswith("en") else name_it

    @property
    def branch_code(self):
        return self.code.partition(".")[0]


@kept()
class Alias(models.Model):
    """A word of the workshop for a competence: "filo diamantato" for stone cutting."""

    competence = models.ForeignKey(Competence, models.CASCADE, related_name="aliases", verbose_name=_("competenza"))
    term = models.CharField(_("termine"), max_length=80)
    source = models.CharField(_("da dove viene"), max_length=80, blank=True, default="", db_default="")
    is_reviewed = models.BooleanField(_("rivisto"), default=False, db_default=False)

    class Meta:
        verbose_name = _("sinonimo")
        verbose_name_plural = _("sinonimi")
        ordering = ["term"]
        constraints = [models.UniqueConstraint(fields=["competence", "term"], name="one_alias_per_term")]

    def __str__(self):
        return self.term


class Crosswalk(models.Model):
    """How a branch of ours is called in another classification: S3, RIS3, KET, Annex A of law 232/2016."""

    competence = models.ForeignKey(Competence, models.CASCADE, related_name="crosswalk", verbose_name=_("ramo"))
    scheme = models.CharField(_("classificazione"), max_length=40)
    term = models.CharField(_("voce"), max_length=200)
    confidence = models.CharField(_("attendibilità"), max_length=20, blank=True)

    class Meta:
        verbose_name = _("corrispondenza")
        verbose_name_plural = _("corrispondenze")
        ordering = ["competence__code", "scheme"]
        constraints = [models.UniqueConstraint(fields=["competence", "scheme"], name="one_term_per_scheme")]

    def __str__(self):
        return f"{self.scheme}: {self.term}"


class TermProposal(models.Model):
    """A member misses a word: staff answer by naming the competence it belongs to, or refuse."""

    class State(models.TextChoices):
        WAITING = "waiting", _("In attesa")
        ACCEPTED = "accepted", _("Accolta")
        REFUSED = "refused", _("Respinta")

    term = models.CharField(_("termine"), max_length=80)
    note = models.CharField(_("che cosa vuol dire"), max_length=300, blank=True)
    competence = models.ForeignKey(
        Competence,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="proposals",
        verbose_name=_("competenza più vicina"),
    )
    organization = models.ForeignKey(
        "members.Organization",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="term_proposals",
        verbose_name=_("proposta da"),
    )
    state = models.CharField(_("stato"), max_length=10, choices=State, default=State.WAITING)
    created_at = models.DateTimeField(_("proposta il"), auto_now_add=True)

    class Meta:
        verbose_name = _("termine proposto")
        verbose_name_plural = _("termini proposti")
        ordering = ["-created_at"]

    def __str__(self):
        return self.term


class Complement(models.Model):
    """An editorial judgement: who offers `giver` completes who needs `taker`. Staff write and answer for it."""

    giver = models.ForeignKey(Competence, models.CASCADE, related_name="completes", verbose_name=_("chi offre"))
    taker = models.ForeignKey(
        Competence, models.CASCADE, related_name="completed_by", verbose_name=_("completa chi cerca")
    )
    weight = models.PositiveSmallIntegerField(_("peso"), choices=[(1, _("debole")), (2, _("medio")), (3, _("forte"))])
    reason = models.CharField(_("perché"), max_length=200)
    author = models.CharField(_("scritto da"), max_length=80)

    class Meta:
        verbose_name = _("complementarità")
        verbose_name_plural = _("complementarità")
        ordering = ["giver__code", "taker__code"]
        constraints = [models.UniqueConstraint(fields=["giver", "taker"], name="one_complement_per_pair")]

    def __str__(self):
        return f"{self.giver} → {self.taker}"
