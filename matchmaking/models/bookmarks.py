from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.text import get_text_list
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from members.models import Organization, Representative

from .opportunities import Opportunity


def is_standing():
    """The condition on a row of a person for an organization: they speak for it now, with an active account."""
    speaking = Representative.objects.standing()
    return Exists(speaking.filter(user=OuterRef("user"), organization=OuterRef("organization")))


class BookmarkQuerySet(models.QuerySet):
    def of(self, user):
        return self.filter(user=user)

    def standing(self):
        """Of those who still speak for the organization for which they follow."""
        return self.filter(is_standing())

    def closing_between(self, first, last):
        """Those whose opportunity is published and closes on one of these days."""
        return self.filter(opportunity__status=Opportunity.Status.PUBLISHED, opportunity__deadline__range=(first, last))


class Bookmark(models.Model):
    """Somebody follows an opportunity for an organization: reminders before the deadline, a notice if it moves."""

    REMINDED_BEFORE = (30, 14, 3)  # days

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="bookmarks", verbose_name=_("persona")
    )
    organization = models.ForeignKey(
        Organization, models.CASCADE, related_name="bookmarks", verbose_name=_("organizzazione")
    )
    opportunity = models.ForeignKey(
        Opportunity, models.CASCADE, related_name="bookmarks", verbose_name=_("opportunità")
    )
    created_at = models.DateTimeField(_("dal"), default=timezone.now, editable=False)

    objects = BookmarkQuerySet.as_manager()

    class Meta:
        verbose_name = _("opportunità seguita")
        verbose_name_plural = _("opportunità seguite")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "organization", "opportunity"], name="one_bookmark_per_person_and_opportunity"
            )
        ]

    def __str__(self):
        return f"{self.user} · {self.opportunity}"

    @classmethod
    def reminder_days(cls):
        """In words: "30, 14 e 3"."""
        return get_text_list([str(days) for days in cls.REMINDED_BEFORE], gettext("e"))


class SavedSearchQuerySet(models.QuerySet):
    def of(self, user):
        return self.filter(user=user)

    def mailed(self):
        """Whose switch is on, of those who still speak for the organization."""
        return self.filter(is_standing(), is_mailed=True)


class SavedSearch(models.Model):
    """The filters of a list, kept under a name. What is new in it goes into the weekly digest, if its switch is on."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_searches", verbose_name=_("persona")
    )
    organization = models.ForeignKey(
        Organization, models.CASCADE, related_name="saved_searches", verbose_name=_("organizzazione")
    )
    name = models.CharField(_("nome"), max_length=120)
    query = models.CharField(_("filtri"), max_length=500)
    is_mailed = models.BooleanField(_("nel riepilogo settimanale"), default=True)
    created_at = models.DateTimeField(_("dal"), default=timezone.now, editable=False)

    objects = SavedSearchQuerySet.as_manager()

    class Meta:
        verbose_name = _("ricerca salvata")
        verbose_name_plural = _("ricerche salvate")
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["user", "organization", "query"], name="one_saved_search_per_query")
        ]

    def __str__(self):
        return self.name
