from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class CompetenceQuerySet(models.QuerySet):
    def selectable(self):
        """What an organization may offer or need: the leaves, without the application fields."""
        return self.filter(children=None).exclude(code__startswith=Competence.APPLICATION_FIELDS)

    def application_fields(self):
        return self.filter(code__startswith=f"{Competence.APPLICATION_FIELDS}.")


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

    objects = CompetenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("competenza")
        verbose_name_plural = _("competenze")
        ordering = ["code"]

    def __str__(self):
        return self.name

    @property
    def name(self):
        return self.name_en if (get_language() or "it").startswith("en") else self.name_it

    @property
    def branch_code(self):
        return self.code.partition(".")[0]


class Alias(models.Model):
    """A word of the workshop for a competence: "filo diamantato" for stone cutting."""

    competence = models.ForeignKey(Competence, models.CASCADE, related_name="aliases", verbose_name=_("competenza"))
    term = models.CharField(_("termine"), max_length=80)

    class Meta:
        verbose_name = _("sinonimo")
        verbose_name_plural = _("sinonimi")
        ordering = ["term"]
        constraints = [models.UniqueConstraint(fields=["competence", "term"], name="one_alias_per_term")]

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
