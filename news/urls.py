from django.urls import path

from . import views

app_name = "news"
urlpatterns = [
    path("notizie/", views.announcements, name="announcements"),
    path("notizie/<slug:slug>/", views.announcement, name="announcement"),
    path("iscrizioni/<str:token>/", views.preferences, name="preferences"),
    path("disiscrizione/<str:token>/", views.unsubscribe, name="unsubscribe"),
]
