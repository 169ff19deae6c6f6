"""From which hour in Italy a mail may come that nobody waits for: nobody wants one at night."""

from django.utils import timezone

NEWS_FROM = 7  # what can be read over a coffee: digests, reminders of deadlines and of one's own profile
QUESTIONS_FROM = 8  # what wants an answer from somebody at work


def is_too_early(now, first_hour) -> bool:
    return timezone.localtime(now).hour < first_hour
