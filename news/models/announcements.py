import hashlib
import json
from datetime import datetime
from datetime import timezone as zones

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.utils.text import Truncator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from members.models import search_words
from members.models.users import acts_as_staff

from ..parsers import rich_text


def is_one_line(text):
    """A title goes into subjects and headers: control characters and line breaks are refused, not swallowed."""
    if not str(text).replace("\u00a0", " ").isprintable():
        raise ValidationError(_("Contiene caratteri invisibili (a capo, tabulazioni o simili): toglieteli."))


def moment(at) -> str:
    """A moment as a fingerprint knows it: in UTC, to the second, whatever zone it was typed or shown in."""
    return at.astimezone(zones.utc).isoformat(timespec="seconds") if at else ""


class RichTextField(models.TextField):
    """Html that staff write: sanitized whenever it is cleaned or saved, refused when too long to be read."""

    def clean(self, value, model_instance):
        return super().clean(self._sane(value), model_instance)

    def pre_save(self, model_instance, add):
        sane = self._sane(getattr(model_instance, self.attname))
        setattr(model_instance, self.attname, sane)
        return sane

    def _sane(self, html):
        try:
            return rich_text.sanitize(html or "")
        except rich_text.TooLong:
            limit = {"limit": rich_text.LONGEST}
            raise ValidationError(
                gettext("Troppo lungo: al massimo %(limit)d caratteri, marcatori compresi.") % limit
            ) from None


def _as_read(value):
    """As a fingerprint knows it: a save that changes nothing may bring other line breaks and another zone."""
    return moment(value) if isinstance(value, datetime) else str(value or "").replace("\r\n", "\n")


class AnnouncementQuerySet(models.QuerySet):
    def published(self, now=None):
        return self.filter(state=Announcement.State.PUBLISHED, published_at__lte=now or timezone.now())

    def visible_to(self, user):
        return self if acts_as_staff(user) else self.published()

    def answering(self, reading):
        """Those whose words answer (a `Reading`), the best answer first."""
        return self.filter(reading.is_met_by("words")).order_by(reading.rank("words").desc(), "-published_at", "pk")

    def waiting(self):
        """Those that a second person has to read."""
        return self.filter(state=Announcement.State.SUBMITTED)


class AnnouncementManager(models.Manager.from_queryset(AnnouncementQuerySet)):
    """Never fetches the search index: of use only inside the database."""

    def get_queryset(self):
        return super().get_queryset().defer("words")


class Announcement(models.Model):
    """What the Consorzio publishes: written by one, approved by another.

    `draft → submitted → published` (and back), each step by a function of `newsletters.approval`, which keeps its
    history. An edit of what was approved voids the approval, whoever edits and wherever. `published_at` is the moment
    wished for: a published announcement whose moment is to come waits for it.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("Bozza")
        SUBMITTED = "submitted", _("Da approvare")
        PUBLISHED = "published", _("Pubblicato")

    CONTENT = ["title", "body", "starts_at", "ends_at", "place"]

    title = models.CharField(_("titolo"), max_length=200, validators=[is_one_line])
    slug = models.SlugField(_("indirizzo della pagina"), max_length=200, unique=True)
    body = RichTextField(_("testo"))
    starts_at = models.DateTimeField(
        _("comincia il"), null=True, blank=True, help_text=_("Solo per un evento: giorno e ora.")
    )
    ends_at = models.DateTimeField(_("finisce il"), null=True, blank=True)
    place = models.CharField(_("luogo"), max_length=200, blank=True, validators=[is_one_line])
    state = models.CharField(_("stato"), max_length=10, choices=State, default=State.DRAFT, editable=False)
    published_at = models.DateTimeField(
        _("esce il"), null=True, blank=True, help_text=_("Vuoto: appena approvato. Nel futuro: esce da solo.")
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="announcements",
        verbose_name=_("autore"),
    )
    approver = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("approvato da"),
    )
    words = search_words(title="A", body="B", html=["body"])
    approved_content = models.CharField(_("impronta approvata"), max_length=64, blank=True, editable=False)

    objects = AnnouncementManager()

    class Meta:
        verbose_name = _("annuncio")
        verbose_name_plural = _("annunci")
        ordering = [models.F("published_at").desc(nulls_first=True), "-pk"]
        indexes = [GinIndex(fields=["words"], name="announcement_words")]
        permissions = [("approve_announcement", _("Può approvare e pubblicare annunci"))]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="published") | Q(published_at__isnull=False),
                name="published_announcement_has_its_moment",
            ),
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(starts_at__isnull=False, ends_at__gte=models.F("starts_at")),
                name="announced_event_ends_after_it_begins",
                violation_error_message=_("Un evento finisce dopo che è cominciato."),
            ),
        ]

    def __str__(self):
        return self.title

    def clean(self):
        if self.state == self.State.PUBLISHED and self.published_at is None:
            said = _("Un annuncio pubblicato ha il momento in cui è uscito: non si può togliere.")
            raise ValidationError({"published_at": said})

    def save(self, *args, **kwargs):
        if self.state != self.State.DRAFT:
            self._keep_or_void_approval()
        super().save(*args, **kwargs)

    def get_absolute_url(self):
        return reverse("news:announcement", args=[self.slug])

    def _keep_or_void_approval(self):
        self.body = rich_text.sanitize(self.body)
        if self._state.adding:
            self.approved_content = self.content_hash
        elif self.approved_content != self.content_hash:
            self.state, self.approver, self.approved_content = self.State.DRAFT, None, ""

    @property
    def content_hash(self):
        """sha256 of everything that an approver reads."""
        content = [_as_read(getattr(self, name)) for name in self.CONTENT]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()

    @property
    def is_public(self):
        return self.state == self.State.PUBLISHED and bool(self.published_at) and self.published_at <= timezone.now()

    @property
    def is_event(self):
        return self.starts_at is not None

    @property
    def text(self):
        return rich_text.to_text(self.body)

    @property
    def summary(self):
        return Truncator(rich_text.plain(self.body)).chars(220)

    @property
    def body_html(self):
        return mark_safe(rich_text.sanitize(self.body))  # whatever once got into the database
