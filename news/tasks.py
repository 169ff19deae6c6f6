"""Doorbells: each calls a function that a person could call from the shell."""

from celery import shared_task

from . import digests, mailing, meetings, newsletters, reminders


@shared_task
def compose_digests():
    digests.compose_due()


@shared_task
def compose_reminders():
    reminders.compose_due()


@shared_task
def send_due():
    mailing.send_due()


@shared_task
def start_newsletters():
    newsletters.start_due()


@shared_task
def ask_outcomes():
    meetings.ask_due()
