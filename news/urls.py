from django.urls import path

from .consent import views as consent
from .digests import views as digests
from .newsletters import feeds
from .newsletters import views as newsletters
from .notices import views as notices

app_name = "news"
urlpatterns = [
    path("notizie/", newsletters.announcements, name="announcements"),
    path("notizie/rss/", feeds.announcements, name="feed"),
    path("notizie/<slug:slug>/", newsletters.announcement, name="announcement"),
    path("avvisi/", notices.notifications, name="notifications"),
    path("avvisi/letti/", notices.read_all, name="read_all"),
    path("avvisi/preferenze/", notices.choices, name="notice_choices"),
    path("avvisi/<int:notification>/", notices.open_one, name="notification"),
    path("iscrizioni/", consent.subscribe, name="subscribe"),
    path("iscrizioni/conferma/<str:token>/", consent.confirm, name="confirm"),
    path("iscrizioni/<str:token>/", consent.preferences, name="preferences"),
    path("disiscrizione/<str:token>/", consent.unsubscribe, name="unsubscribe"),
    path("rete/<slug:slug>/iscrizioni/", consent.own_subscriptions, name="own_subscriptions"),
    path("rete/<slug:slug>/riepilogo/", digests.digest_preview, name="digest_preview"),
]
