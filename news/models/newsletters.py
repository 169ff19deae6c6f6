from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from matchmaking.models import Opportunity

from .announcements import Announcement, RichTextField, is_one_line
from .campaigns import Campaign
from .segments import Segment


class Newsletter(models.Model):
    """An issue: what it says and to whom. Steps are taken by `news.newsletters.newsletters`.

    `draft → submitted → approved → started`; from there on its `campaign` knows how far it has come. Approval holds for
    exactly the content that was read: its fingerprint covers the rendered issue and the rule of its addressees.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("Bozza")
        SUBMITTED = "submitted", _("Da approvare")
        APPROVED = "approved", _("Approvata")
        STARTED = "started", _("Avviata")

    subject = models.CharField(_("oggetto"), max_length=150, validators=[is_one_line])
    preheader = models.CharField(
        _("anteprima"),
        max_length=150,
        blank=True,
        validators=[is_one_line],
        help_text=_("La riga che molti programmi di posta mostrano accanto all'oggetto."),
    )
    intro = RichTextField(_("introduzione"), blank=True)
    segment = models.ForeignKey(Segment, models.PROTECT, related_name="newsletters", verbose_name=_("destinatari"))
    state = models.CharField(_("stato"), max_length=10, choices=State, default=State.DRAFT, editable=False)
    send_at = models.DateTimeField(
        _("da inviare il"), null=True, blank=True, help_text=_("Vuoto: quando qualcuno preme «Invia adesso».")
    )
    campaign = models.OneToOneField(
        Campaign,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="newsletter",
        verbose_name=_("invio"),
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="newsletters",
        verbose_name=_("autore"),
    )
    approver = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("approvata da"),
    )
    approved_content = models.CharField(_("impronta approvata"), max_length=64, blank=True, editable=False)

    class Meta:
        verbose_name = _("newsletter")
        verbose_name_plural = _("newsletter")
        ordering = ["-pk"]
        permissions = [("send_newsletter", _("Può approvare e inviare newsletter"))]

    def __str__(self):
        return self.subject

    @property
    def occasion(self):
        """The name of this issue in the ledger of deliveries."""
        return f"newsletter:{self.pk}"

    @property
    def is_editable(self):
        return self.state != self.State.STARTED

    @property
    def phase(self):
        """How it stands, in a word for the staff."""
        return self.campaign.get_state_display() if self.campaign else self.get_state_display()

    def entries(self):
        return self.items.select_related("announcement", "opportunity")


class NewsletterItem(models.Model):
    """An announcement or an opportunity in an issue, in the order of the numbers that staff give."""

    newsletter = models.ForeignKey(Newsletter, models.CASCADE, related_name="items", verbose_name=_("newsletter"))
    position = models.PositiveSmallIntegerField(_("ordine"), default=0)
    announcement = models.ForeignKey(
        Announcement, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("annuncio o evento")
    )
    opportunity = models.ForeignKey(
        Opportunity, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("opportunità")
    )

    class Meta:
        verbose_name = _("voce")
        verbose_name_plural = _("voci, nell'ordine")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["newsletter", "announcement"], name="announcement_once_an_issue"),
            models.UniqueConstraint(fields=["newsletter", "opportunity"], name="opportunity_once_an_issue"),
            models.CheckConstraint(
                condition=Q(announcement__isnull=False, opportunity=None)
                | Q(announcement=None, opportunity__isnull=False),
                name="item_is_one_thing",
                violation_error_message=_("Ogni voce è un annuncio oppure un'opportunità: uno solo dei due."),
            ),
        ]

    def __str__(self):
        return str(self.thing)

    @property
    def thing(self):
        return self.announcement or self.opportunity
