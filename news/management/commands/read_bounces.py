from collections import Counter
from imaplib import IMAP4
from itertools import chain

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from news.delivery import returned_mail


class Command(BaseCommand):
    help = "Read mails that came back, from files, folders or the mailbox that MAIL_BOUNCES_IMAP names."

    def add_arguments(self, parser):
        parser.add_argument("paths", nargs="*", metavar="FILE|FOLDER")
        parser.add_argument("--imap", action="store_true", help="the unread messages of the mailbox")

    def handle(self, *, paths, imap, **options):
        if imap and not settings.MAIL_BOUNCES_IMAP:
            raise CommandError("MAIL_BOUNCES_IMAP is not set: imaps://user:password@host:993/INBOX")
        try:
            messages = chain(*map(returned_mail.from_path, paths), returned_mail.from_imap() if imap else [])
            found = Counter(map(returned_mail.take_returned, messages))
        except (OSError, IMAP4.error) as error:  # a file that is not there, a mailbox that does not answer
            raise CommandError(str(error)) from error
        for reason, count in sorted(found.items()):
            self.stdout.write(f"{reason}: {count}")
