from django.urls import path

from . import views

app_name = "observatory"
urlpatterns = [
    path("osservatorio/", views.home, name="home"),
    path("osservatorio/divari/", views.gaps_page, name="gaps"),
    path("osservatorio/simulazione/", views.what_if, name="what_if"),
    path("osservatorio/settimana/", views.week_page, name="week"),
    path("osservatorio/imbuto/<slug:stage>/", views.firms, name="firms"),
    path("osservatorio/sperimentazioni/<int:experiment>/", views.report_page, name="report"),
    path("osservatorio/sperimentazioni/<int:experiment>/relazione.pdf", views.report_pdf, name="report_pdf"),
    path("osservatorio/sperimentazioni/<int:experiment>/relazione.odt", views.report_odt, name="report_odt"),
    path("osservatorio/sperimentazioni/<int:experiment>/relazione.json", views.report_json, name="report_json"),
    path("osservatorio/sperimentazioni/<int:experiment>/chiudi/", views.close, name="close"),
    path("osservatorio/sperimentazioni/<int:experiment>/proroga/", views.extend, name="extend"),
    path("osservatorio/sperimentazioni/<int:experiment>/confronto/", views.compare, name="compare"),
    path("dati-aperti/", views.open_data_page, name="open_data"),
    path("dati-aperti/catalogo.jsonld", views.open_data_catalogue, name="open_data_catalogue"),
    path("dati-aperti/<str:table>", views.open_data_file, name="open_data_file"),
]
