from django.urls import path

from . import views

app_name = "matchmaking"
urlpatterns = [
    path("rete/<slug:slug>/partner/", views.partners, name="partners"),
    path("cerca-partner/", views.text_search, name="text_search"),
    path("opportunita/", views.opportunities, name="opportunities"),
    path("opportunita/<slug:slug>/", views.opportunity, name="opportunity"),
]
