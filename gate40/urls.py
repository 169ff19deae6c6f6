"""Addresses in Italian. Each page's row of rights stands in `policy.csv`."""

from django.contrib import admin
from django.urls import include, path
from django.views.i18n import set_language

from members.guards import public

from . import views, worklist
from .accounts import guard_admin
from .search import views as search

guard_admin(admin.site)
handler400 = "gate40.doors.refusals.bad_request"
admin.site.site_header = admin.site.site_title = "Gate 4.0"
admin.site.enable_nav_sidebar = True

urlpatterns = [
    path("", views.home, name="home"),
    path("cerca/", search.search, name="search"),
    path("salute/", views.health, name="health"),
    path("lingua/", public("language")(set_language), name="set_language"),
    path("informazioni/privacy/", views.privacy, name="privacy"),
    path("informazioni/accessibilita/", views.accessibility, name="accessibility"),
    path("informazioni/note-legali/", views.legal, name="legal"),
    path("posta/", views.posta, name="outbox"),
    path("posta/<str:name>/", views.posta_message, name="outbox_message"),
    path("posta/<str:name>/html/", views.posta_html, name="outbox_html"),
    path("rete/", include("members.urls")),
    path("", include("matchmaking.urls")),
    path("", include("news.urls")),
    path("", include("gate40.observatory.urls")),
    path("account/", include("allauth.urls")),
    path("gestione/da-fare/", worklist.page, name="worklist"),
    path("gestione/", admin.site.urls),
]
