"""What the funnel of a past day needs of an organization that is being deleted: facts that keep no name.

Its deliveries, consents, adhesions and answers go with it. A number, a stage and two moments stay, for it and for
whoever answered it: the funnel of a day that is over does not move because somebody left the portal.
"""

from datetime import datetime, time

from django.db.models import Q
from django.db.models.functions import Lower
from django.db.models.signals import pre_delete
from django.dispatch import receiver
from django.utils import timezone

from matchmaking.models import Change, Interest, Invitation, Outcome
from members.models import Adhesion, Organization, Representative
from news.models import Consent, Delivery, Subscription

from .models import KeptFact


@receiver(pre_delete, sender=Organization, dispatch_uid="the funnel keeps what it needs")
def the_funnel_keeps_what_it_needs(sender, instance, **kwargs):
    keep_facts(instance)


def keep_facts(organization) -> int:
    """Write them down, before they go. How many there are."""
    facts = [
        *(("informed", organization.pk, None, since, until) for since, until in _informed(organization)),
        *(("consented", organization.pk, None, since, until) for since, until in _consented(organization)),
        *(("adhesion", organization.pk, *period) for period in _adhesions(organization)),
        *(("answered", whose, None, since, None) for whose, since in _firsts(_answers(organization))),
        *(("outcome", whose, None, since, None) for whose, since in _firsts(_outcomes(organization))),
    ]
    rows = [
        KeptFact(kind=kind, organization_id=whose, network_id=network, since=since, until=until)
        for kind, whose, network, since, until in facts
    ]
    return len(KeptFact.objects.bulk_create(rows, batch_size=1000))


def _informed(organization):
    """When a mail arrived at an address of theirs, until it came back."""
    addresses = {organization.contact_email.lower()}
    for model, field in ((Subscription, "email"), (Representative, "user__email")):
        addresses |= set(model.objects.filter(organization=organization).values_list(Lower(field), flat=True))
    arrived = Delivery.objects.annotate(to=Lower("address")).filter(to__in=addresses - {""}, sent_at__isnull=False)
    return arrived.values_list("sent_at", "bounced_at")


def _consented(organization):
    """From each yes of a subscription to its no."""
    wanted = [Subscription.Purpose.DIGEST, Subscription.Purpose.NEWSLETTER]
    words = Consent.objects.filter(
        subscription_id__in=Subscription.objects.filter(organization=organization).values("pk"),
        purpose__in=wanted,
        act__in=[Consent.Act.CONFIRMED, Consent.Act.WITHDRAWN],
    )
    begun = {}
    for subscription, act, at in words.order_by("at", "pk").values_list("subscription_id", "act", "at"):
        if act == Consent.Act.CONFIRMED:
            begun.setdefault(subscription, at)
        elif subscription in begun:
            yield begun.pop(subscription), at
    yield from ((since, None) for since in begun.values())


def _adhesions(organization):
    """(network, from, until) of each membership; its days as the midnights at which they begin."""
    rows = Adhesion.objects.filter(organization=organization, state=Adhesion.State.MEMBER)
    for network, since, until in rows.values_list("network_id", "since", "until"):
        yield network, _midnight(since), _midnight(until) if until else None


def _midnight(day):
    return timezone.make_aware(datetime.combine(day, time.min))


def _answers(organization):
    """(one side, the other, when) of every answer that it gave or received: see `answers.answers`."""
    ours = Q(interest__organization=organization) | Q(interest__opportunity__proposed_by=organization)
    steps = Change.objects.filter(ours, fields__status__1=Interest.Status.SENT)
    yield from steps.values_list("interest__organization", "interest__opportunity__proposed_by", "at")
    mine = Q(organization=organization) | Q(opportunity__proposed_by=organization)
    sent = Interest.objects.sent().filter(mine, sent_at__isnull=False)
    yield from sent.values_list("organization", "opportunity__proposed_by", "sent_at")
    asked = Q(organization=organization) | Q(request__organization=organization)
    answered = Invitation.objects.filter(asked, answered_at__isnull=False)
    yield from answered.values_list("organization", "request__organization", "answered_at")


def _outcomes(organization):
    """The same of whatever came to something: see `answers.outcomes`."""
    ours = Q(interest__organization=organization) | Q(interest__opportunity__proposed_by=organization)
    steps = Change.objects.filter(ours, fields__status__1=Interest.Status.GO)
    yield from steps.values_list("interest__organization", "interest__opportunity__proposed_by", "at")
    rooms = Q(room__asker=organization) | Q(room__answerer=organization) | Q(organization=organization)
    declared = Outcome.objects.filter(rooms, answer__in=Outcome.GOOD)
    yield from ((whose, None, at) for whose, at in declared.values_list("organization", "at"))


def _firsts(told):
    """The first moment of each organization: later ones say nothing that it does not."""
    first = {}
    for *sides, at in told:
        for whose in sides:
            if whose is not None:
                first[whose] = min(at, first.get(whose, at))
    return first.items()
