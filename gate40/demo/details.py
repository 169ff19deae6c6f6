"""What the invented organizations say beside their competences: activities, certificates, laboratories, tickets."""

ACTIVITIES = {
    "23.70": "Taglio, modellatura e finitura di pietre",
    "25.11": "Fabbricazione di strutture metalliche e parti di strutture",
    "25.40": "Fabbricazione di armi e munizioni",
    "25.53": "Lavorazioni meccaniche dei metalli",
    "28.11": "Fabbricazione di motori e turbine",
    "28.92": "Fabbricazione di macchine per miniere, cave e cantieri",
    "28.99": "Fabbricazione di altre macchine per impieghi speciali",
    "30.11": "Costruzione di navi e strutture galleggianti",
    "33.20": "Installazione di macchine e apparecchiature industriali",
    "38.32": "Recupero di materiali",
    "62.10": "Programmazione informatica",
    "92.00": "Gioco d'azzardo e scommesse",
}

SECTOR_ACTIVITIES = {
    "Segheria": "23.70",
    "Officina meccanica": "25.53",
    "Carpenteria": "25.11",
    "Cantiere nautico": "30.11",
    "Automazioni": "33.20",
    "Macchine speciali": "28.92",
    "Energia e turbomacchine": "28.11",
    "Software di fabbrica": "62.10",
    "Stampa 3D": "28.99",
    "Recuperi industriali": "38.32",
}

CERTIFICATIONS = ["ISO 9001", "ISO 14001", "ISO 45001", "EN 1090-1", "ISO 3834-2", "EN 9100"]

# Kind, name, competence.
FACILITIES = {
    "Laboratorio di metrologia": [
        ("equipment", "Macchina di misura a coordinate", "QLT.01.01"),
        ("equipment", "Tomografo industriale", "QLT.01.02"),
    ],
    "Centro di robotica": [
        ("laboratory", "Cella collaborativa di prova", "ROB.01.02"),
        ("equipment", "Robot mobile per interni", "ROB.01.03"),
    ],
    "Laboratorio di intelligenza artificiale": [("laboratory", "Banco di visione artificiale", "QLT.02.01")],
    "Centro materiali": [
        ("laboratory", "Laboratorio di prove meccaniche", "QLT.01.04"),
        ("equipment", "Microscopio elettronico", "MAT.01.01"),
    ],
    "Centro energia e ambiente": [("laboratory", "Banco prova idrogeno", "SOS.01.03")],
}

# Instruments, stages, tickets (euro), excluded ATECO codes.
TERMS = {
    "Fondo": (["equity"], ["start", "growth"], [(200_000, 2_000_000), (500_000, 5_000_000)], ["25.40", "92.00"]),
    "Finanziaria": (
        ["loan", "lease", "guarantee"],
        ["growth", "mature", "relaunch"],
        [(25_000, 500_000), (50_000, 1_500_000)],
        ["92.00"],
    ),
}

SHADOWS = [
    (
        "Segheria Pino Marittimo (esempio)",
        "Carrara",
        "Taglio di blocchi. Organizzazione inventata, per la dimostrazione.",
    ),
    ("Officina Stella Polare (esempio)", "Massa", "Torneria e fresatura. Organizzazione inventata."),
    ("Carpenteria Elicriso (esempio)", "Aulla", "Strutture saldate. Organizzazione inventata."),
]
