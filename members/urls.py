from django.urls import path

from . import people_views, profile_views, views

app_name = "members"
urlpatterns = [
    path("", views.directory, name="directory"),
    path("inizia/", people_views.start, name="start"),
    path("nuova/", people_views.create, name="create"),
    path("i-miei-dati/", people_views.my_data, name="my_data"),
    path("cancellami/", people_views.erase_me, name="erase_me"),
    path("inviti/<str:token>/", people_views.invitation, name="invitation"),
    path("<slug:slug>/", profile_views.profile, name="profile"),
    path("<slug:slug>/logo/", profile_views.logo, name="logo"),
    path("<slug:slug>/anteprima/", profile_views.preview, name="preview"),
    path("<slug:slug>/modifica/", profile_views.edit, name="edit"),
    path("<slug:slug>/confermo/", profile_views.confirm, name="confirm"),
    path("<slug:slug>/proponi-termine/", profile_views.propose_term, name="propose_term"),
    path("<slug:slug>/persone/", people_views.people, name="people"),
    path("<slug:slug>/persone/invita/", people_views.invite, name="invite"),
    path("<slug:slug>/persone/cambia/", people_views.change_person, name="change_person"),
    path("<slug:slug>/persone/esci/", people_views.leave, name="leave"),
    path("<slug:slug>/rivendica/", people_views.claim, name="claim"),
]
