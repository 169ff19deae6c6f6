"""Which documents a text is near to: the promises of the text signal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchmaking.algorithms import text_index
from matchmaking.algorithms.term_finder import suggest, suggest_by_likeness
from matchmaking.algorithms.text_index import Index

WORKSHOPS = {
    1: "Tornitura e fresatura CNC di acciaio e alluminio per la nautica.",
    2: ["Taglio e lucidatura di lastre di marmo.", "Restauro di sculture in pietra"],
    3: "We develop neural networks for the visual inspection of surfaces and of stone slabs.",
    4: "Metrologia dimensionale e scansione 3D di grandi strutture.",
    5: "",
}
INDEX = Index.build(WORKSHOPS)
WORDS = ["tornitura", "acciaio", "marmi", "sculture", "neural", "slabs", "scansione", "the", "di", "steel", "più", "3D"]
some_words = st.lists(st.sampled_from(WORDS) | st.text(max_size=12), max_size=6)


def ids(ranked):
    return [found.id for found in ranked]


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("torniture in acciaio", 1),
        ("cerchiamo chi lucida il marmo", 2),
        ("steel milling and turning", 1),
        ("ispezione visiva con reti neurali", 3),
        ("3D scanning of large structures", 4),
        ("metrologa dimensonale", 4),
    ],
)
def test_a_question_finds_its_workshop_inflected_misspelt_or_in_the_other_language(question, first):
    assert ids(INDEX.rank(question))[0] == first


@given(some_words, some_words)
def test_more_words_never_lose_a_document_that_was_found(words, more):
    fewer, longer = INDEX.rank(" ".join(words)), INDEX.rank(" ".join(words + more))
    assert set(ids(fewer)) <= set(ids(longer))


@given(st.permutations(sorted(WORKSHOPS)), some_words)
def test_the_order_of_the_documents_does_not_matter(order, words):
    shuffled = Index.build({number: WORKSHOPS[number] for number in order})
    assert shuffled.rank(" ".join(words)) == INDEX.rank(" ".join(words))


@given(some_words)
def test_scores_are_positive_and_fall_and_no_document_comes_twice(words):
    ranked = INDEX.rank(" ".join(words))
    scores = [found.score for found in ranked]
    assert all(score > 0 for score in scores)
    assert scores == sorted(scores, reverse=True)
    assert len(set(ids(ranked))) == len(ranked)


def test_equal_documents_stand_in_the_order_of_their_ids():
    index = Index.build({3: "saldatura", 1: "saldatura", 2: "saldatura", 9: "altro mestiere"})
    assert ids(index.rank("saldatura")) == [1, 2, 3]


@pytest.mark.parametrize("nothing", ["", "   ", "\x00", "di il the of", "…—!", "中文"])
def test_a_text_without_words_finds_nothing(nothing):
    assert INDEX.rank(nothing) == []


def test_an_index_of_nothing_or_of_empty_texts_answers_nothing():
    assert Index.build({}).rank("acciaio") == []
    assert Index.build({1: "", 2: []}).rank("acciaio") == []


def test_a_nul_byte_parts_words_and_harms_nothing():
    assert ids(INDEX.rank("marmo\x00lastre"))[0] == 2


def test_a_text_of_200_kilobytes_is_read_up_to_the_cap():
    long = "tornitura " * 20_000 + "metrologia"
    assert INDEX.rank(long) == INDEX.rank(long[: text_index.MOST_CHARACTERS])
    assert "metrologia" not in {word.written for _weight, words in text_index.readings(long) for word in words}


def test_a_letter_that_normalises_to_many_does_not_pass_the_cap():
    assert len(text_index.read("\ufdfa" * 200_000, "it")) <= text_index.MOST_CHARACTERS


@pytest.mark.parametrize(
    ("text", "spoken"),
    [("la lavorazione del marmo", "it"), ("the machining of marble", "en"), ("marmo CNC", None), ("", None)],
)
def test_the_language_is_told_by_its_small_words(text, spoken):
    assert text_index.language(text) == spoken


def test_shared_words_are_those_of_the_profile_as_written_there():
    assert text_index.shared_words("fresature di acciai", "Fresatura CNC di acciaio inox") == ["fresatura", "acciaio"]
    assert text_index.shared_words("steel", "Tubi in acciaio e ottone") == ["acciaio"]
    assert text_index.shared_words("vela", "Tubi in acciaio") == []


def test_a_suggestion_is_forgiven_its_inflection_and_stands_whole():
    terms = [("A", "rete neurale"), ("B", "taglio laser")]
    assert suggest("Usiamo reti neurali; il laser non taglia.", terms) == ["A"]


def test_likeness_suggests_what_is_not_named_word_for_word():
    names = {"PRD": ["Tornitura e fresatura CNC", "CNC turning and milling"], "MAT": ["Leghe di alluminio"], "Z": []}
    assert suggest_by_likeness("cerco tornitura CNC", names) == ["PRD"]
    assert suggest_by_likeness("we need steel turning", names) == ["PRD"]
    assert suggest_by_likeness("", names) == []
