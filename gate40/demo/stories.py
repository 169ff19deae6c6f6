"""What the invented district does, offers, asks and says. Plainly fictitious: no firm, person or call here exists."""

# Branches and groups of the taxonomy that a sector offers, and those that would complete it.
SECTORS = {
    "firm": [
        {
            "title": "Segheria",
            "text": "Sega, fresa e lucida blocchi e lastre di pietra per architettura e arredo.",
            "offers": ["PRD.01.04", "PRD.02.02", "MAT.01.05", "HMI.02.03", "SOS.02.02"],
            "needs": ["QLT.01", "QLT.02.01", "DIG.01", "ROB.01", "SOS.02", "SOS.03"],
        },
        {
            "title": "Officina meccanica",
            "text": "Lavorazioni di precisione su commessa, dal prototipo alla piccola serie.",
            "offers": ["PRD.01.01", "PRD.01.02", "PRD.01.03", "PRD.04", "SIM.01.01"],
            "needs": ["QLT", "ADD", "DIG.01", "ICT.01", "ROB.01"],
        },
        {
            "title": "Carpenteria",
            "text": "Strutture, serbatoi e moduli saldati per impianti e cantieri.",
            "offers": ["PRD.03", "PRD.04", "PRD.05"],
            "needs": ["QLT.01", "ROB", "SIM.02", "HMI.02"],
        },
        {
            "title": "Cantiere nautico",
            "text": "Costruzione e refitting di imbarcazioni in composito e in lega.",
            "offers": ["SIM.01.02", "PRD.03.04", "MAT.01.02", "PRD.01.05", "PRD.05.02"],
            "needs": ["ADD.01", "ROB", "QLT.01", "MAT.02.03", "SOS.01"],
        },
        {
            "title": "Automazioni",
            "text": "Celle robotizzate, quadri e supervisione per linee di produzione.",
            "offers": ["ROB", "ICT.02.01", "FOT.02"],
            "needs": ["DIG.01", "QLT.02", "HMI", "ICT.03", "PRD.01"],
        },
        {
            "title": "Macchine speciali",
            "text": "Progetta e costruisce macchine su misura per il taglio e la movimentazione.",
            "offers": ["ROB.02", "ROB.03", "SIM.01.01", "PRD.04.02"],
            "needs": ["SIM.02", "FOT", "DIG", "HMI.02.02", "SRV.02"],
        },
        {
            "title": "Energia e turbomacchine",
            "text": "Componenti e manutenzione per turbine, compressori e impianti di processo.",
            "offers": ["SOS.01.03", "MAT.01.01", "PRD.01.02", "QLT.01.03", "SIM.02.02"],
            "needs": ["ADD", "QLT.02", "DIG.01", "MAT.02", "PRD.05.01"],
        },
        {
            "title": "Software di fabbrica",
            "text": "MES, raccolta dati e integrazione dei sistemi di produzione.",
            "offers": ["ICT", "DIG.01.01", "DIG.02.01"],
            "needs": ["ROB.02", "QLT.02", "SRV.02", "PRD.01.01", "HMI.01"],
        },
        {
            "title": "Stampa 3D",
            "text": "Produzione additiva di pezzi in metallo e polimero, anche di grande formato.",
            "offers": ["ADD", "SIM.01.01"],
            "needs": ["QLT.01", "MAT", "PRD.05", "PRD.01.03"],
        },
        {
            "title": "Recuperi industriali",
            "text": "Trattamento di fanghi, scarti lapidei e acque di processo.",
            "offers": ["SOS.02", "SOS.03"],
            "needs": ["MAT", "QLT.01.04", "SIM.02.03", "SRV.01", "ROB.03"],
        },
    ],
    "research_center": [
        {
            "title": "Laboratorio di metrologia",
            "text": "Misure, scansione e prove per l'industria, con strumenti aperti a terzi.",
            "offers": ["QLT", "FOT.01"],
            "needs": ["PRD", "ADD.01", "MAT.01"],
        },
        {
            "title": "Centro di robotica",
            "text": "Ricerca su robot collaborativi, mobili e subacquei.",
            "offers": ["ROB", "HMI", "DIG.01"],
            "needs": ["PRD.01", "PRD.04", "FOT.02", "ICT.02"],
        },
        {
            "title": "Laboratorio di intelligenza artificiale",
            "text": "Visione, dati di produzione e modelli per la manifattura.",
            "offers": ["DIG", "SIM.02.04", "QLT.02"],
            "needs": ["PRD", "ICT.01", "ROB.01"],
        },
        {
            "title": "Centro materiali",
            "text": "Studio di compositi, leghe, ceramici e materiali lapidei.",
            "offers": ["MAT", "ADD.02", "QLT.01.04"],
            "needs": ["PRD.01.04", "PRD.03", "SOS.02", "ADD.01"],
        },
        {
            "title": "Centro energia e ambiente",
            "text": "Efficienza, idrogeno, emissioni ed economia circolare.",
            "offers": ["SOS", "SIM.02"],
            "needs": ["PRD.03", "PRD.05", "FOT.02", "MAT.01"],
        },
    ],
    "financier": [
        {
            "title": "Fondo",
            "text": "Capitale per la crescita di imprese manifatturiere innovative.",
            "offers": ["SRV.03.01", "SRV.02.02"],
            "needs": ["SRV.01", "DIG", "ADD"],
        },
        {
            "title": "Finanziaria",
            "text": "Credito, leasing e garanzie per investimenti in macchinari.",
            "offers": ["SRV.03.02", "SRV.03.03"],
            "needs": ["PRD", "ROB", "SOS.01"],
        },
    ],
}

SIGNS = [
    "Girasole", "Orsa Minore", "Corbezzolo", "Libeccio", "Ginepro", "Altair", "Melograno", "Tramontana", "Biancospino",
    "Cassiopea", "Ginestra", "Maestrale", "Rosmarino", "Pegaso", "Lentisco", "Grecale", "Tamerice", "Andromeda", "Mirto",
    "Scirocco", "Alloro", "Sirio", "Betulla", "Ponente", "Cipresso", "Vega", "Sambuco", "Levante", "Corniolo", "Perseo",
    "Agrifoglio", "Orione", "Salice", "Zefiro", "Larice", "Antares", "Pioppo", "Boreale", "Tiglio", "Fenice", "Acero",
    "Meridiana", "Olmo", "Aurora", "Frassino", "Cometa", "Carpino",
]  # fmt: skip

TOGETHER = "Opportunità inventata, per la dimostrazione del portale."

# Kind, title, issuer, days to the deadline, text, required competences with their weight.
OPPORTUNITIES = [
    (
        "call",
        "Bando esempio: visione artificiale per le piccole imprese",
        "Ente di esempio",
        23,
        "Contributo per sistemi di controllo in linea, sensori e software di supervisione nelle micro e piccole imprese.",
        {"QLT.02.01": 3, "DIG.01.03": 2, "ICT.02.01": 1},
    ),
    (
        "collaboration",
        "Cerchiamo partner per il riuso della marmettola come riempitivo",
        "Recuperi industriali (esempio)",
        59,
        "Progetto dimostrativo: servono una segheria che fornisca il materiale e chi produca compositi.",
        {"SOS.02.02": 3, "PRD.01.04": 2, "MAT.01.02": 2},
    ),
    (
        "event",
        "Giornata di incontri: robotica per la nautica",
        "Centro di robotica (esempio)",
        11,
        "Trenta incontri di venti minuti tra cantieri, integratori e centri di ricerca.",
        {"ROB.01.02": 2, "ROB.01.04": 2, "SIM.01.02": 1},
    ),
    (
        "technology_offer",
        "Scansione di blocchi e lastre con tomografia",
        "Laboratorio di metrologia (esempio)",
        90,
        "Un metodo per vedere le fratture prima del taglio, pronto per essere provato in segheria.",
        {"QLT.01.02": 3, "PRD.01.04": 2},
    ),
    (
        "call",
        "Bando esempio: manifattura additiva per ricambi di turbomacchine",
        "Ente di esempio",
        45,
        "Progetti in partenariato per produrre e qualificare ricambi con processi additivi metallici.",
        {"ADD.01.01": 3, "SOS.01.03": 2, "QLT.01.03": 2, "MAT.01.01": 1},
    ),
    (
        "call",
        "Bando esempio: gemello digitale degli impianti di taglio",
        "Ente di esempio",
        31,
        "Sostegno alla simulazione di processo e alla manutenzione predittiva nelle imprese del lapideo.",
        {"SIM.02.04": 3, "QLT.02.03": 2, "PRD.01.04": 2},
    ),
    (
        "call",
        "Bando esempio: sicurezza informatica degli impianti",
        "Ente di esempio",
        75,
        "Contributo per mettere in sicurezza macchine e reti di fabbrica.",
        {"ICT.03.01": 3, "ICT.03.02": 2, "ROB.02.01": 1},
    ),
    (
        "collaboration",
        "Cerchiamo chi sappia riparare pale con deposizione diretta",
        "Energia e turbomacchine (esempio)",
        38,
        "Campagna di prove su componenti usurati; mettiamo a disposizione i pezzi e i controlli.",
        {"ADD.01.03": 3, "QLT.01.03": 2},
    ),
    (
        "event",
        "Seminario: rumore, polveri e sicurezza in cava",
        "Sportello di esempio",
        17,
        "Mezza giornata con esperti di abbattimento delle polveri e di sicurezza dei cantieri.",
        {"HMI.02.03": 2, "SOS.03.02": 2},
    ),
    (
        "technology_offer",
        "Rivestimento anticorrosione per opere in mare",
        "Centro materiali (esempio)",
        120,
        "Nanorivestimento provato in laboratorio: cerchiamo un cantiere per la prova sul campo.",
        {"MAT.02.01": 2, "MAT.02.03": 3, "PRD.05.02": 1},
    ),
    (
        "call",
        "Bando esempio: comunità energetiche nelle aree produttive",
        "Ente di esempio",
        64,
        "Studi e impianti condivisi tra imprese della stessa zona industriale.",
        {"SOS.01.02": 3, "SOS.01.01": 2, "FOT.02.01": 1},
    ),
    (
        "call",
        "Bando esempio: formazione tecnica 4.0",
        "Ente di esempio",
        27,
        "Voucher per la formazione su robotica, dati e realtà aumentata.",
        {"SRV.02.03": 3, "HMI.01.01": 1, "ROB.01.02": 1},
    ),
]

# What else some opportunities say, by their title: fields, rules on each firm, rules on those who take part together.
CONDITIONS = {
    "Bando esempio: visione artificiale per le piccole imprese": (
        {"budget": 2_000_000, "cofunding_rate": 40, "expense_min": 50_000, "expense_max": 400_000},
        [
            {"about": "kind", "any_of": ["firm"]},
            {"about": "size", "any_of": ["micro", "small"]},
            {"about": "territory", "any_of": ["regione:Toscana"]},
        ],
        [("min_smes", 1, []), ("max_partners", 6, [])],
    ),
    "Bando esempio: manifattura additiva per ricambi di turbomacchine": (
        {"budget": 5_000_000, "cofunding_rate": 50, "expense_min": 200_000, "expense_max": 1_500_000, "trl_min": 5},
        [{"about": "kind", "any_of": ["firm", "research_center"]}],
        [
            ("min_smes", 2, []),
            ("research_share", 25, []),
            ("local_share", 25, []),
            ("max_share", 50, []),
            ("max_partners", 8, []),
        ],
    ),
    "Bando esempio: gemello digitale degli impianti di taglio": (
        {"budget": 1_200_000, "cofunding_rate": 60, "expense_max": 250_000},
        [
            {"about": "kind", "any_of": ["firm"]},
            {"about": "ateco", "any_of": ["23.70", "28.92", "62"]},
            {"about": "territory", "any_of": ["provincia:MS", "provincia:LU"]},
        ],
        [("min_research", 1, []), ("min_local", 1, [])],
    ),
    "Bando esempio: sicurezza informatica degli impianti": (
        {"budget": 800_000, "cofunding_rate": 50, "expense_max": 120_000},
        [{"about": "kind", "any_of": ["firm"]}, {"about": "size", "any_of": ["micro", "small", "medium"]}],
        [],
    ),
    "Bando esempio: comunità energetiche nelle aree produttive": (
        {"budget": 3_000_000, "cofunding_rate": 40, "expense_max": 900_000},
        [{"about": "territory", "any_of": ["regione:Toscana"]}],
        [("min_partners", 3, []), ("at_least_one", 1, ["medium", "large"])],
    ),
    "Bando esempio: formazione tecnica 4.0": (
        {"budget": 300_000, "cofunding_rate": 80, "expense_max": 30_000},
        [{"about": "kind", "any_of": ["firm"]}, {"about": "workers", "most": 49}],
        [],
    ),
}

# Days from today, hour, hours it lasts, place, places.
EVENTS = {
    "Giornata di incontri: robotica per la nautica": (14, 9, 8, "Sala di esempio, Carrara", 30),
    "Seminario: rumore, polveri e sicurezza in cava": (20, 15, 3, "Auditorium di esempio, Massa", 2),
}

# A partnership that exists already: for which call, its name, and what its lead has written to the partners.
CONSORTIUM = (
    "Bando esempio: manifattura additiva per ricambi di turbomacchine",
    "Ricambi additivi per turbine (esempio)",
    "Prima riunione: chi porta la macchina, chi le prove. Portate una stima dei costi.",
)

ANNOUNCEMENTS = [
    (
        "Sportello imprese: si prenota anche dal portale",
        (
            "Lo sportello di esempio riceve ogni martedì.\n\n"
            "Portate una competenza che cercate: vi diciamo chi la offre in Toscana."
        ),
    ),
    (
        "Le imprese di Massa-Carrara entrano nella rete",
        (
            "La prova è gratuita fino alla fine dell'anno.\n\n"
            "Basta un profilo di tre minuti: che cosa offrite, che cosa cercate."
        ),
    ),
    (
        "Come leggere un abbinamento",
        "Ogni punteggio è la somma di righe che si leggono: che cosa vi danno, che cosa date, quanto siete lontani.",
    ),
]
