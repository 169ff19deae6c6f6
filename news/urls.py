from django.urls import path

from . import feeds, views

app_name = "news"
urlpatterns = [
    path("notizie/", views.announcements, name="announcements"),
    path("notizie/rss/", feeds.announcements, name="feed"),
    path("notizie/<slug:slug>/", views.announcement, name="announcement"),
    path("iscrizioni/", views.subscribe, name="subscribe"),
    path("iscrizioni/conferma/<str:token>/", views.confirm, name="confirm"),
    path("iscrizioni/<str:token>/", views.preferences, name="preferences"),
    path("disiscrizione/<str:token>/", views.unsubscribe, name="unsubscribe"),
    path("rete/<slug:slug>/iscrizioni/", views.own_subscriptions, name="own_subscriptions"),
    path("rete/<slug:slug>/riepilogo/", views.digest_preview, name="digest_preview"),
]
