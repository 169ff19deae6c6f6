"""Worlds to try the matching on: random taxonomies, the shape of the real one, random organizations."""

from hypothesis import strategies as st

from matchmaking.algorithms.scoring import Need, Offer, Profile, Taxonomy, Weights

# Leaves of each group of each branch, as in the taxonomy of the portal: 13 branches, 34 groups, 119 leaves.
SHAPE = {
    "PRD": [5, 3, 4, 4, 2],
    "ADD": [4, 2],
    "ROB": [4, 3, 2],
    "QLT": [4, 3, 2],
    "HMI": [2, 3],
    "SIM": [2, 4],
    "DIG": [5, 2],
    "ICT": [4, 3, 2],
    "MAT": [5, 3],
    "FOT": [2, 3],
    "SOS": [4, 3, 3],
    "SRV": [3, 4, 4],
    "APP": [6, 10],
}


def real_shape() -> Taxonomy:
    """Same codes and edges as the portal's taxonomy; the names are the codes."""
    rows = []
    for branch, groups in SHAPE.items():
        rows.append((branch, None, branch, branch == "APP"))
        for number, leaves in enumerate(groups, start=1):
            group = f"{branch}.{number:02d}"
            rows.append((group, branch, group, False))
            rows += [(f"{group}.{leaf:02d}", group, f"{group}.{leaf:02d}", False) for leaf in range(1, leaves + 1)]
    complements = [
        ("QLT.02.01", "PRD.01.04", 3, "visione su lastre", "Redazione"),
        ("DIG.01.03", "QLT.02.01", 3, "reti neurali per il controllo visivo", "Redazione"),
        ("SIM.02.03", "PRD.01.04", 2, "simulazione del taglio", "Redazione"),
        ("ICT.02.03", "QLT.03.01", 1, "registri distribuiti", "Redazione"),
        ("PRD.01.04", "APP.01.01", 3, "lavorazione per la filiera", "Redazione"),
    ]
    return Taxonomy.build(rows, complements)


REAL = real_shape()
COLOURS = [("A", None, "Blu", False), ("A.1", "A", "Celeste", False), ("A.2", "A", "Indaco", False)]
COLOURS += [("B", "", "Rosso", False), ("B.1", "B", "Cremisi", False)]
SMALL = Taxonomy.build(COLOURS)


@st.composite
def taxonomies(draw, facets: bool = True):
    """A forest of 1 to 14 nodes whose codes say nothing of their place, with some facets and complements."""
    size = draw(st.integers(1, 14))
    codes = [f"n{number:02d}" for number in draw(st.permutations(range(size)))]
    rows = []
    for place, code in enumerate(codes):
        parent = draw(st.sampled_from([None, *codes[:place]]))
        rows.append((code, parent, f"nome {code}", facets and place > 0 and draw(st.integers(0, 9)) == 0))
    pairs = draw(st.lists(st.tuples(st.sampled_from(codes), st.sampled_from(codes)), max_size=4, unique=True))
    complements = [(a, b, draw(st.integers(1, 3)), "perché sì", "Redazione") for a, b in pairs if a != b]
    return Taxonomy.build(draw(st.permutations(rows)), complements)


any_taxonomy = st.one_of(st.just(REAL), taxonomies())
trls = st.one_of(st.none(), st.integers(1, 9))


def codes_of(taxonomy: Taxonomy):
    """Mostly codes that lie close together, so that there is something to match; facets too."""
    codes = sorted(taxonomy.parents)
    return st.sampled_from(codes + codes[:12] * (len(codes) // 12))


def offers_of(taxonomy: Taxonomy):
    return st.builds(Offer, codes_of(taxonomy), st.integers(1, 5), trls, st.booleans())


def needs_of(taxonomy: Taxonomy, blind=None):
    return st.builds(Need, codes_of(taxonomy), st.integers(1, 3), trls, st.booleans() if blind is None else blind)


places = st.one_of(st.none(), st.sampled_from(["MS", "LU", "MI", (44.08, 10.1), (43.72, 10.4), (45.46, 9.19)]))


@st.composite
def profiles(draw, taxonomy: Taxonomy, id: int = 1, max_size: int = 5):
    return Profile(
        id,
        draw(st.sampled_from(["firm", "research_center", "financier"])),
        draw(st.lists(offers_of(taxonomy), max_size=max_size)),
        draw(st.lists(needs_of(taxonomy), max_size=max_size)),
        draw(places),
        draw(st.one_of(st.none(), st.integers(0, 900))),
    )


weights = st.one_of(
    st.just(Weights()),
    st.builds(
        lambda direct, levels, **others: Weights(direct, 100 - direct, tuple(sorted(levels)), **others),
        st.integers(0, 100),
        st.lists(st.integers(0, 100), min_size=5, max_size=5),
        trl_step=st.integers(0, 100),
        trl_floor=st.integers(0, 100),
        trl_unknown=st.integers(0, 100),
        inferred=st.integers(0, 100),
        distance_step_km=st.integers(1, 100),
        distance_max=st.integers(0, 50),
        age_step_days=st.integers(1, 100),
        age_max=st.integers(0, 50),
    ),
)


@st.composite
def pairs(draw):
    """A taxonomy, two organizations of it, weights and a distance."""
    taxonomy = draw(any_taxonomy)
    a, b = draw(profiles(taxonomy, 1)), draw(profiles(taxonomy, 2))
    return taxonomy, a, b, draw(st.one_of(st.none(), st.integers(0, 900))), draw(weights)
