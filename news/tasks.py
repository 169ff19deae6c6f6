"""Doorbells: each calls a function that a person could call from the shell."""

from celery import shared_task

from .consent import retention
from .delivery import mailing, returned_mail
from .digests import digests
from .newsletters import newsletters
from .notices import about_rooms, deadline_reminders, profile_age


@shared_task
def apply_retention():
    retention.apply_retention()


@shared_task
def compose_digests():
    digests.compose_due_digests()


@shared_task
def compose_reminders():
    deadline_reminders.compose_due_reminders()


@shared_task
def read_returned_mail():
    returned_mail.read_mailbox()


@shared_task
def remind_of_ageing():
    profile_age.remind_due_profiles()


@shared_task
def send_due():
    mailing.send_due()


@shared_task
def send_urgent():
    mailing.send_urgent()


@shared_task
def start_newsletters():
    newsletters.start_due_issues()


@shared_task
def ask_outcomes():
    about_rooms.ask_due()
