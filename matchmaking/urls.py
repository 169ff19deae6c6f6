from django.urls import path

from . import views

app_name = "matchmaking"
urlpatterns = [
    path("rete/<slug:slug>/partner/", views.partners, name="partners"),
    path("cerca-partner/", views.text_search, name="text_search"),
    path("rete/<slug:slug>/partner/risposta/", views.answer_partner, name="answer_partner"),
    path("rete/<slug:slug>/partner/confronto/", views.compare, name="compare"),
    path("informazioni/punteggio/", views.about_the_score, name="about_the_score"),
    path("opportunita/", views.opportunities, name="opportunities"),
    path("opportunita/<slug:slug>/", views.opportunity, name="opportunity"),
    path("opportunita/<slug:slug>/chi-potrebbe-partecipare/", views.participants, name="participants"),
]
