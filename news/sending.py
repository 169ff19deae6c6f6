"""The engine: takes waiting rows, hands them to the mail server one by one, and writes down what became of each."""

from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import transaction
from django.utils import timezone

from .models import Delivery

State = Delivery.State


def send_due() -> int:
    sent = 0
    while batch := claim():
        with get_connection() as connection:
            for delivery in batch:
                content = delivery.campaign or delivery
                message = EmailMultiAlternatives(content.subject, content.text, to=[delivery.address])
                message.attach_alternative(content.html, "text/html")
                connection.send_messages([message])
                Delivery.objects.filter(pk=delivery.pk).update(state=State.SENT, sent_at=timezone.now())
                sent += 1
    return sent


def claim(limit=100) -> list[Delivery]:
    """Take up to `limit` waiting rows. Two workers that ask at once get different rows."""
    with transaction.atomic():
        due = Delivery.objects.due().order_by("lane", "id").select_for_update(skip_locked=True, of=["self"])[:limit]
        taken = list(due.values_list("pk", flat=True))
        Delivery.objects.filter(pk__in=taken).update(state=State.CLAIMED)
    return list(Delivery.objects.filter(pk__in=taken).select_related("subscription", "campaign").order_by("pk"))


def recover() -> int:
    return 0
