from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.html import linebreaks, urlize
from django.utils.safestring import mark_safe
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _


class AnnouncementQuerySet(models.QuerySet):
    def published(self, now=None):
        return self.filter(published_at__lte=now or timezone.now())

    def visible_to(self, user):
        return self if user.is_authenticated and user.is_staff else self.published()


class Announcement(models.Model):
    """What the Consorzio publishes. Without a moment of publication it is a draft; with one to come, it waits."""

    title = models.CharField(_("titolo"), max_length=200)
    slug = models.SlugField(_("indirizzo della pagina"), max_length=200, unique=True)
    body = models.TextField(_("testo"), max_length=20_000)
    published_at = models.DateTimeField(
        _("pubblicato il"), null=True, blank=True, help_text=_("Vuoto: è una bozza. Nel futuro: esce da solo.")
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, editable=False, verbose_name=_("autore")
    )

    objects = AnnouncementQuerySet.as_manager()

    class Meta:
        verbose_name = _("annuncio")
        verbose_name_plural = _("annunci")
        ordering = [models.F("published_at").desc(nulls_first=True), "-pk"]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("news:announcement", args=[self.slug])

    @property
    def summary(self):
        return Truncator(self.body).chars(220)

    @property
    def body_html(self):
        """The text as paragraphs with live links; whatever looks like markup is shown, not run."""
        return mark_safe(urlize(linebreaks(self.body, autoescape=True), nofollow=True))
