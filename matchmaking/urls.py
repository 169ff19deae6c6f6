from django.urls import path, register_converter

from . import views
from .converters import CodeConverter
from .pages import answers, following, importing, opportunities, proposals, received, requests

register_converter(CodeConverter, "code")

app_name = "matchmaking"
urlpatterns = [
    path("rete/<slug:slug>/partner/", views.partners, name="partners"),
    path("cerca-partner/", views.text_search, name="text_search"),
    path("rete/<slug:slug>/partner/risposta/", views.answer_partner, name="answer_partner"),
    path("rete/<slug:slug>/partner/confronto/", views.compare, name="compare"),
    path("informazioni/punteggio/", views.about_the_score, name="about_the_score"),
    path("opportunita/", opportunities.opportunities, name="opportunities"),
    path("opportunita/mie/", following.mine, name="mine"),
    path("opportunita/proponi/", proposals.propose, name="propose"),
    path("opportunita/ricerche/", following.save_search, name="save_search"),
    path("opportunita/ricerche/<int:search>/", following.change_search, name="change_search"),
    path("opportunita/bandi.rss", following.calls_feed, name="calls_feed"),
    path("opportunita/importazioni/", importing.importing, name="import"),
    path("opportunita/importazioni/modifiche/", importing.changes, name="import_changes"),
    path("opportunita/interessi/<int:interest>/", answers.decide, name="decide"),
    path("opportunita/<slug:slug>/", opportunities.opportunity, name="opportunity"),
    path("opportunita/<slug:slug>/segui/", following.follow, name="follow"),
    path("opportunita/<slug:slug>/modifica/", proposals.edit, name="edit_proposal"),
    path("opportunita/<slug:slug>/interesse/", answers.interest, name="interest"),
    path("opportunita/<slug:slug>/interessi/", answers.interests, name="interests"),
    path("opportunita/<slug:slug>/iscrizione/", answers.register, name="register"),
    path("opportunita/<slug:slug>/evento.ics", following.event_ics, name="event_ics"),
    path("calendario/<str:calendar>.ics", following.calendar, name="calendar"),
    path("opportunita/<slug:slug>/chi-potrebbe-partecipare/", views.participants, name="participants"),
    path("richieste/", requests.requests, name="requests"),
    path("richieste/nuova/", requests.compose, name="compose"),
    path("richieste/ricevute/", received.inbox, name="inbox"),
    path("richieste/ricevute/elenco/", received.export, name="export"),
    path("richieste/ricevute/<code:invitation>/", received.received, name="received"),
    path("richieste/ricevute/<code:invitation>/risposta/", received.reply, name="reply"),
    path("richieste/silenziati/", received.mutes, name="mutes"),
    path("richieste/inviti/<code:invitation>/", requests.settle, name="settle"),
    path("richieste/<code:code>/", requests.request_page, name="request"),
    path("richieste/<code:code>/modifica/", requests.edit, name="edit_request"),
    path("richieste/<code:code>/destinatari/", requests.choose, name="addressees"),
    path("richieste/<code:code>/fine/", requests.end, name="end_request"),
]
