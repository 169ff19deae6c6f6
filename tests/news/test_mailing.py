from news import mailing
from news.models import Campaign, Subscription
from tests.cast import subscription


def test_a_campaign_reaches_everybody_once(cast):
    subscription(cast["alfa"], purpose="newsletter")
    subscription(cast["beta"], purpose="newsletter", email="POSTA@alfa.example")
    subscription(cast["gamma"], purpose="newsletter", confirmed_at=None)
    c = Campaign.objects.create(occasion="x", subject="s", text="t", html="h")
    assert mailing.start(c, Subscription.objects.filter(purpose="newsletter")) == 1
    assert mailing.start(c, Subscription.objects.filter(purpose="newsletter")) == 1
    assert mailing.accounting(c)["pending"] == 1
    assert mailing.queue(cast.subscription, "o", "a\nb", "t", "h", told=[("match", 1)])
    assert not mailing.queue(cast.subscription, "o", "a\nb", "t", "h", told=[("match", 1)])
    assert mailing.queue("A@b.it", "o", "a\nb", "t", "h")
    assert not mailing.queue("a@b.it", "o", "a\nb", "t", "h")
    assert mailing.send_due() == 3
