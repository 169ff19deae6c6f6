"""What the portal is searched by, and what was searched for in vain."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .competences import Competence
from .organizations import Organization


class SearchDocument(models.Model):
    """The words an organization is found by. The database itself writes it, with triggers: see the migration
    `the_directory_is_searched`. Only what the public may read is in it: no notes, no needs, no hidden field."""

    organization = models.OneToOneField(
        Organization,
        models.DO_NOTHING,  # the database's own cascade takes it away
        primary_key=True,
        db_constraint=False,
        related_name="search_document",
    )
    words = SearchVectorField()

    class Meta:
        indexes = [GinIndex("words", name="search_document_words")]

    def __str__(self):
        return str(self.organization)


class CompetenceDocument(models.Model):
    """The words a competence is found by: its names and aliases. Written by triggers, as `SearchDocument` is."""

    competence = models.OneToOneField(
        Competence, models.DO_NOTHING, primary_key=True, db_constraint=False, related_name="search_document"
    )
    words = SearchVectorField()

    class Meta:
        indexes = [GinIndex("words", name="competence_document_words")]

    def __str__(self):
        return str(self.competence)


class SearchWord(models.Model):
    """A word that public pages use, and in how many of them: what a misspelt word is mended to. Written by
    `vocabulary.refresh_vocabulary`."""

    word = models.CharField(max_length=40, primary_key=True)
    stem = models.CharField(max_length=40, db_index=True)
    uses = models.PositiveIntegerField()
    shortened = ArrayField(models.CharField(max_length=10))

    class Meta:
        indexes = [GinIndex("shortened", name="search_word_shortened")]

    def __str__(self):
        return self.word


class UnmetSearch(models.Model):
    """Words that nobody in the network answered on a day, and by how many firms. Who asked is not kept.

    `marks` holds a bit for each firm that asked, one of `FIRM_MARKS` that many firms share: asking again adds nothing,
    and no bit tells who it was. All who asked without speaking for a member are one more bit together.
    """

    FIRM_MARKS = 60
    ANYBODY = 1 << FIRM_MARKS

    text = models.CharField(_("parole cercate"), max_length=80)
    day = models.DateField(_("giorno"), default=timezone.localdate)
    count = models.PositiveIntegerField(_("volte"), default=1)
    marks = models.BigIntegerField(_("segni di chi ha cercato"), default=ANYBODY, db_default=ANYBODY, editable=False)

    class Meta:
        verbose_name = _("ricerca senza risposta")
        verbose_name_plural = _("ricerche senza risposta")
        ordering = ["-day", "-count", "text"]
        constraints = [models.UniqueConstraint(fields=["text", "day"], name="one_unmet_search_per_text_and_day")]

    def __str__(self):
        return self.text
