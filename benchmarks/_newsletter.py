"""How fast django-newsletter sends COUNT mails to the server at PORT: prints mails per second. See delivery.py."""

import sys
import time

import django
from django.conf import settings

COUNT, PORT = int(sys.argv[1]), int(sys.argv[2])
ITEM = "<p>Una notizia per le imprese della zona, con qualche riga di testo.</p>"

settings.configure(
    SECRET_KEY="x" * 50,
    SITE_ID=1,
    USE_TZ=True,
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sites",
        "django.contrib.messages",
        "django.contrib.sessions",
        "django.contrib.admin",
        "sorl.thumbnail",
        "newsletter",
    ],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
    ROOT_URLCONF="newsletter.urls",
    EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend",
    EMAIL_HOST="127.0.0.1",
    EMAIL_PORT=PORT,
    NEWSLETTER_THUMBNAIL="sorl-thumbnail",
    NEWSLETTER_RICHTEXT_WIDGET=None,
    NEWSLETTER_USE_HTTPS=True,
    LOGGING_CONFIG=None,
)
django.setup()

from django.contrib.sites.models import Site
from django.core.management import call_command
from newsletter.models import Article, Message, Newsletter, Submission, Subscription

call_command("migrate", verbosity=0)
newsletter = Newsletter.objects.create(title="N", slug="n", email="n@esempio.example", sender="N", send_html=True)
newsletter.site.set(Site.objects.all())
message = Message.objects.create(title="Numero", slug="numero", newsletter=newsletter)
for number in range(10):
    Article.objects.create(title="Titolo", text=ITEM * 28, post=message, sortorder=number)
Subscription.objects.bulk_create(
    Subscription(newsletter=newsletter, email_field=f"chi-{number:06}@esempio.example", subscribed=True)
    for number in range(COUNT)
)
submission = Submission.from_message(message)
submission.save()
submission.subscriptions.set(Subscription.objects.all())
began = time.perf_counter()
submission.submit()
print(COUNT / (time.perf_counter() - began))
