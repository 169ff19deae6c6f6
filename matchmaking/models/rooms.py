import secrets
import uuid

from django.conf import settings
from django.core.files.storage import FileSystemStorage
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.deconstruct import deconstructible
from django.utils.text import get_text_list
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from members.models import Organization

from .introductions import Introduction
from .invitations import Invitation


@deconstructible
class PrivateFiles(FileSystemStorage):
    """A folder of its own that no web server serves: a file leaves it only by a page that knows who asks."""

    @property
    def base_location(self):
        return settings.ROOM_FILES_ROOT

    @property
    def location(self):
        return str(settings.ROOM_FILES_ROOT)

    def url(self, name):
        raise ValueError("a private file has no address of its own")


def random_name(file, filename):
    """Nothing of what was uploaded, neither its name nor its type, can be told from the name on the disk."""
    return f"stanze/{secrets.token_hex(16)}"


class RoomQuerySet(models.QuerySet):
    def of_people(self, user, *roles):
        """The rooms of the organizations that the person speaks for, in one of the roles when any are named.

        Nobody else has a key, the staff included."""
        mine = Organization.objects.acting_through(user, *roles)
        return self.filter(Q(asker__in=mine) | Q(answerer__in=mine))

    def between(self, organization, others):
        """Where an organization has met one of the others (ids)."""
        return self.filter(Q(asker=organization, answerer__in=others) | Q(answerer=organization, asker__in=others))

    def open(self):
        return self.filter(closed_at=None)

    def with_sides(self):
        return self.select_related("asker", "answerer")


class Room(models.Model):
    """Where two organizations work together once both have agreed: a thread, files, the next step."""

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    invitation = models.OneToOneField(
        Invitation, models.CASCADE, null=True, blank=True, related_name="room", verbose_name=_("invito")
    )
    introduction = models.OneToOneField(
        Introduction, models.CASCADE, null=True, blank=True, related_name="room", verbose_name=_("presentazione")
    )
    asker = models.ForeignKey(Organization, models.CASCADE, related_name="+", verbose_name=_("chi chiede"))
    answerer = models.ForeignKey(Organization, models.CASCADE, related_name="+", verbose_name=_("chi risponde"))
    title = models.CharField(_("di che cosa si parla"), max_length=200)
    opened_at = models.DateTimeField(_("aperta il"), default=timezone.now)
    next_step = models.CharField(_("prossimo passo"), max_length=300, blank=True)
    next_step_on = models.DateField(_("entro il"), null=True, blank=True)
    closed_at = models.DateTimeField(_("chiusa il"), null=True, blank=True)

    objects = RoomQuerySet.as_manager()

    class Meta:
        verbose_name = _("stanza")
        verbose_name_plural = _("stanze")
        ordering = ["-opened_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(invitation__isnull=False) ^ Q(introduction__isnull=False), name="room_has_one_origin"
            ),
            models.CheckConstraint(condition=~Q(asker=models.F("answerer")), name="room_is_for_two"),
        ]
        indexes = [
            models.Index(fields=["asker", "answerer"], name="rooms_by_sides"),
            models.Index(fields=["answerer"], name="rooms_by_answerer"),
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("matchmaking:room", args=[self.code])

    @property
    def is_open(self):
        return self.closed_at is None

    @property
    def sides(self):
        return [self.asker, self.answerer]

    def other(self, organization):
        """The side that is not this one."""
        return self.answerer if organization.pk == self.asker_id else self.asker


class Message(models.Model):
    """A line of a room's thread: what somebody wrote, or what happened there."""

    class What(models.TextChoices):
        SAID = "said", _("messaggio")
        NEXT_STEP = "next_step", _("prossimo passo")
        CLOSED = "closed", _("stanza chiusa")

    room = models.ForeignKey(Room, models.CASCADE, related_name="messages", verbose_name=_("stanza"))
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    what = models.CharField(_("che cosa"), max_length=10, choices=What, default=What.SAID)
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="+", verbose_name=_("di"))
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("chi")
    )
    text = models.TextField(_("testo"), max_length=8000, blank=True)
    at = models.DateTimeField(_("quando"), default=timezone.now)
    starts_burst = models.BooleanField(default=True, editable=False)  # the other side gets one mail for each burst

    class Meta:
        verbose_name = _("messaggio")
        verbose_name_plural = _("messaggi")
        ordering = ["at", "pk"]
        indexes = [models.Index(fields=["room", "at"], name="thread_of_a_room")]

    def __str__(self):
        return f"{self.organization}, {self.at:%d/%m/%Y %H:%M}"


class RoomFile(models.Model):
    """A file that one side gave the other. Served by a page that asks who wants it, never by its place on the disk."""

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    message = models.ForeignKey(Message, models.CASCADE, related_name="files", verbose_name=_("messaggio"))
    name = models.CharField(_("nome"), max_length=200)
    size = models.PositiveIntegerField(_("byte"))
    file = models.FileField(_("file"), storage=PrivateFiles(), upload_to=random_name, max_length=120)

    class Meta:
        verbose_name = _("file di una stanza")
        verbose_name_plural = _("file delle stanze")

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("matchmaking:room_file", args=[self.code])


class Outcome(models.Model):
    """What one side says came of it, asked 30, 90 and 180 days after the room opened, or said before that (0).

    Each side has its own: when they differ, they differ.
    """

    DAYS = (30, 90, 180)

    class Answer(models.TextChoices):
        CONTRACT = "contract", _("Abbiamo un accordo o un contratto")
        PROJECT = "project", _("Abbiamo cominciato un progetto insieme")
        TALKING = "talking", _("Ci stiamo ancora lavorando")
        NOTHING = "nothing", _("Non se n'è fatto nulla")

    FINAL = [Answer.CONTRACT, Answer.PROJECT, Answer.NOTHING]
    GOOD = [Answer.CONTRACT, Answer.PROJECT]

    room = models.ForeignKey(Room, models.CASCADE, related_name="outcomes", verbose_name=_("stanza"))
    organization = models.ForeignKey(
        Organization, models.CASCADE, related_name="outcomes", verbose_name=_("organizzazione")
    )
    days = models.PositiveSmallIntegerField(_("dopo quanti giorni"), default=0)
    answer = models.CharField(_("com'è andata"), max_length=10, choices=Answer)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("chi")
    )
    at = models.DateTimeField(_("quando"), default=timezone.now)

    class Meta:
        verbose_name = _("esito")
        verbose_name_plural = _("esiti")
        ordering = ["room", "days", "organization"]
        constraints = [
            models.UniqueConstraint(fields=["room", "organization", "days"], name="one_outcome_per_side_and_moment"),
            models.CheckConstraint(condition=Q(days__in=[0, 30, 90, 180]), name="outcome_at_a_known_moment"),
        ]

    def __str__(self):
        return f"{self.organization}: {self.get_answer_display()}"

    @classmethod
    def days_in_words(cls):
        """In words: "30, 90 e 180"."""
        return get_text_list([str(days) for days in cls.DAYS], gettext("e"))
