from django.urls import path

from . import views

app_name = "matchmaking"
urlpatterns = [
    path("rete/<slug:slug>/partner/", views.partners, name="partners"),
    path("opportunita/", views.opportunities, name="opportunities"),
    path("opportunita/<slug:slug>/", views.opportunity, name="opportunity"),
]
