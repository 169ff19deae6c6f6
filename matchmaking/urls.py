from django.urls import path, register_converter

from .consortia import views as consortia
from .converters import CodeConverter
from .matching import views
from .opportunities.views import bookmarks, imports, interests, opportunities, proposals
from .requests.views import received, sent
from .rooms.views import introductions, rooms
from .services import views as services

register_converter(CodeConverter, "code")

app_name = "matchmaking"
urlpatterns = [
    path("rete/<slug:slug>/partner/", views.partners, name="partners"),
    path("cerca-partner/", views.text_search, name="text_search"),
    path("rete/<slug:slug>/partner/risposta/", views.answer_partner, name="answer_partner"),
    path("rete/<slug:slug>/partner/confronto/", views.compare, name="compare"),
    path("informazioni/punteggio/", views.about_the_score, name="about_the_score"),
    path("opportunita/", opportunities.opportunities, name="opportunities"),
    path("opportunita/mie/", bookmarks.mine, name="mine"),
    path("opportunita/mie/calendario/", bookmarks.renew_calendar, name="renew_calendar"),
    path("opportunita/proponi/", proposals.propose, name="propose"),
    path("opportunita/ricerche/", bookmarks.save_search, name="save_search"),
    path("opportunita/ricerche/<int:search>/", bookmarks.change_search, name="change_search"),
    path("opportunita/bandi.rss", bookmarks.calls_feed, name="calls_feed"),
    path("opportunita/importazioni/", imports.importing, name="import"),
    path("opportunita/importazioni/modifiche/", imports.changes, name="import_changes"),
    path("opportunita/interessi/<int:interest>/", interests.decide, name="decide"),
    path("opportunita/<slug:slug>/", opportunities.opportunity, name="opportunity"),
    path("opportunita/<slug:slug>/segui/", bookmarks.follow, name="follow"),
    path("opportunita/<slug:slug>/modifica/", proposals.edit, name="edit_proposal"),
    path("opportunita/<slug:slug>/interesse/", interests.interest, name="interest"),
    path("opportunita/<slug:slug>/interessi/", interests.interests, name="interests"),
    path("opportunita/<slug:slug>/iscrizione/", interests.register, name="register"),
    path("opportunita/<slug:slug>/evento.ics", bookmarks.event_ics, name="event_ics"),
    path("calendario/<str:calendar>.ics", bookmarks.calendar, name="calendar"),
    path("opportunita/<slug:slug>/partenariato/", consortia.partnership_builder, name="partnership"),
    path("partenariati/", consortia.consortia, name="consortia"),
    path("partenariati/<int:consortium>/", consortia.consortium, name="consortium"),
    path("partenariati/<int:consortium>/scheda/", consortia.consortium_sheet, name="consortium_sheet"),
    path("opportunita/<slug:slug>/chi-potrebbe-partecipare/", opportunities.participants, name="participants"),
    path("stanze/", rooms.all_rooms, name="rooms"),
    path("stanze/file/<code:file>/", rooms.file, name="room_file"),
    path("stanze/<code:room>/", rooms.room, name="room"),
    path("stanze/<code:room>/scrivi/", rooms.write, name="write"),
    path("stanze/<code:room>/passo/", rooms.plan, name="plan"),
    path("stanze/<code:room>/esito/", rooms.tell_outcome, name="tell_outcome"),
    path("com-e-andata/<str:outcome>/", rooms.outcome, name="outcome"),
    path("esiti/", rooms.all_outcomes, name="outcomes"),
    path("presentazioni/", introductions.introductions, name="introductions"),
    path("presentazioni/nuova/", introductions.introduce, name="introduce"),
    path("presentazioni/<code:introduction>/", introductions.introduction, name="introduction"),
    path("presentazioni/<code:introduction>/risposta/", introductions.answer, name="answer_introduction"),
    path("servizi/", services.services, name="services"),
    path("servizi/richieste/", services.service_requests, name="service_requests"),
    path("servizi/richieste/<code:service_request>/", services.service_request, name="service_request"),
    path("servizi/richieste/<code:service_request>/ritira/", services.withdraw_service, name="withdraw_service"),
    path("servizi/richieste/<code:service_request>/segui/", services.handle_service, name="handle_service"),
    path("servizi/<slug:slug>/", services.ask_service, name="ask_service"),
    path("richieste/", sent.requests, name="requests"),
    path("richieste/nuova/", sent.compose, name="compose"),
    path("richieste/ricevute/", received.inbox, name="inbox"),
    path("richieste/ricevute/elenco/", received.export, name="export"),
    path("richieste/ricevute/<code:invitation>/", received.received, name="received"),
    path("richieste/ricevute/<code:invitation>/risposta/", received.reply, name="reply"),
    path("richieste/silenziati/", received.mutes, name="mutes"),
    path("richieste/inviti/<code:invitation>/", sent.settle, name="settle"),
    path("richieste/<code:code>/", sent.request_page, name="request"),
    path("richieste/<code:code>/modifica/", sent.edit, name="edit_request"),
    path("richieste/<code:code>/destinatari/", sent.choose, name="addressees"),
    path("richieste/<code:code>/fine/", sent.end, name="end_request"),
]
