from django.urls import path

from . import feeds, notification_views, views

app_name = "news"
urlpatterns = [
    path("notizie/", views.announcements, name="announcements"),
    path("notizie/rss/", feeds.announcements, name="feed"),
    path("notizie/<slug:slug>/", views.announcement, name="announcement"),
    path("avvisi/", notification_views.notifications, name="notifications"),
    path("avvisi/letti/", notification_views.read_all, name="read_all"),
    path("avvisi/preferenze/", notification_views.choices, name="notice_choices"),
    path("avvisi/<int:notification>/", notification_views.open_one, name="notification"),
    path("iscrizioni/", views.subscribe, name="subscribe"),
    path("iscrizioni/conferma/<str:token>/", views.confirm, name="confirm"),
    path("iscrizioni/<str:token>/", views.preferences, name="preferences"),
    path("disiscrizione/<str:token>/", views.unsubscribe, name="unsubscribe"),
    path("rete/<slug:slug>/iscrizioni/", views.own_subscriptions, name="own_subscriptions"),
    path("rete/<slug:slug>/riepilogo/", views.digest_preview, name="digest_preview"),
]
