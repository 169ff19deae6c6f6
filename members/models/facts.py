from datetime import timedelta

from django.db import models
from django.utils import timezone


class Fact(models.Model):
    """Something that happened and that whoever listens has not heard yet: written in the transaction of what happened,
    gone in the transaction of what the listeners do. No address and no text stands here: rows are named by their keys.
    """

    FIRST_SWEEP = timedelta(seconds=30)  # normally it is told at once, when its transaction is through

    signal = models.CharField(max_length=120)
    sender = models.CharField(max_length=120)
    arguments = models.JSONField()
    at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField()
    failures = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["pk"]
        verbose_name = verbose_name_plural = "fatti"

    def __str__(self):
        return f"{self.signal} {self.arguments}"
