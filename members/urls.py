from django.urls import path

from .directory import views as directory
from .people import views as people
from .profiles import views as profiles

app_name = "members"
urlpatterns = [
    path("", directory.directory, name="directory"),
    path("inizia/", people.start, name="start"),
    path("nuova/", people.create, name="create"),
    path("i-miei-dati/", people.my_data, name="my_data"),
    path("cancellami/", people.erase_me, name="erase_me"),
    path("inviti/<str:token>/", people.invitation, name="invitation"),
    path("<slug:slug>/", profiles.profile, name="profile"),
    path("<slug:slug>/logo/", profiles.logo, name="logo"),
    path("<slug:slug>/anteprima/", profiles.preview, name="preview"),
    path("<slug:slug>/modifica/", profiles.edit, name="edit"),
    path("<slug:slug>/confermo/", profiles.confirm, name="confirm"),
    path("<slug:slug>/proponi-termine/", profiles.propose_term, name="propose_term"),
    path("<slug:slug>/persone/", people.people, name="people"),
    path("<slug:slug>/persone/invita/", people.invite, name="invite"),
    path("<slug:slug>/persone/ritira/", people.take_back_invitation, name="take_back_invitation"),
    path("<slug:slug>/persone/cambia/", people.change_person, name="change_person"),
    path("<slug:slug>/persone/esci/", people.leave, name="leave"),
    path("<slug:slug>/rivendica/", people.claim, name="claim"),
]
