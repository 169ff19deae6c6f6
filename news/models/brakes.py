from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class BrakeQuerySet(models.QuerySet):
    def pulled(self):
        return self.filter(pulled_at__isnull=False, released_at=None)


class Brake(models.Model):
    """A watch over the refusals that speak about us; pulled, nothing leaves but what somebody waits for at the screen.

    One row is open at a time: it counts what was accepted and what was refused within a window, for all workers
    together. When the refused ones are too many it is pulled, and stays so until a person releases it. Released rows
    are the history.
    """

    WINDOW = timedelta(minutes=10)
    FEWEST, SHARE = 5, 0.3  # so many refusals, and so large a part of all

    counted_from = models.DateTimeField(_("conta dal"), default=timezone.now)
    accepted = models.PositiveIntegerField(_("accettate"), default=0)
    refused = models.PositiveIntegerField(_("rifiutate"), default=0)
    said = models.CharField(_("che cosa ha risposto il server"), max_length=300, blank=True)
    pulled_at = models.DateTimeField(_("tirato il"), null=True, blank=True)
    released_at = models.DateTimeField(_("tolto il"), null=True, blank=True)
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("tolto da")
    )
    note = models.CharField(_("perché è stato tolto"), max_length=300, blank=True)

    objects = BrakeQuerySet.as_manager()

    class Meta:
        verbose_name = _("freno degli invii")
        verbose_name_plural = _("freno degli invii")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(models.Value(1), condition=Q(released_at=None), name="one_brake_is_open"),
        ]

    def __str__(self):
        return str(_("%(refused)d rifiuti su %(all)d invii") % {"refused": self.refused, "all": self.all})

    @property
    def all(self):
        return self.accepted + self.refused

    @property
    def is_pulled(self):
        return self.pulled_at is not None and self.released_at is None

    @classmethod
    def count_accepted(cls, number) -> None:
        """So many mails were taken. Counts only beside refusals: a day without any writes nothing."""
        if number:
            cls.objects.filter(released_at=None, pulled_at=None).update(accepted=F("accepted") + number)

    @classmethod
    def count_refused(cls, said, accepted=0) -> bool:
        """One mail was refused because of us, after `accepted` ones not yet counted. Says whether it is pulled."""
        now = timezone.now()
        cls.objects.bulk_create([cls(counted_from=now)], ignore_conflicts=True)
        watch = cls.objects.filter(released_at=None, pulled_at=None)
        watch.filter(counted_from__lt=now - cls.WINDOW).update(counted_from=now, accepted=0, refused=0)
        watch.update(refused=F("refused") + 1, accepted=F("accepted") + accepted, said=said[:300])
        too_many = watch.filter(refused__gte=max(cls.FEWEST, 1)).filter(
            refused__gt=cls.SHARE * (F("refused") + F("accepted"))
        )
        return bool(too_many.update(pulled_at=now)) or cls.objects.pulled().exists()
