"""The measure of a ranking, and the command that prints it."""

import io
import json
from itertools import pairwise

import pytest
from django.core.management import CommandError, call_command

from matchmaking.algorithms import evaluation

FIRMS = [
    {"id": "a", "kind": "firm", "docs": ["tornitura di acciaio", "fresatura"], "n_docs": 9},
    {"id": "b", "kind": "firm", "docs": ["taglio del marmo"]},
    {"id": "c", "kind": "university", "text": "ricerca sul marmo\u2028e sulla pietra"},
]
QUESTIONS = [{"id": "1", "text": "chi taglia il marmo"}, {"id": "2", "title": "torniture", "text": "torniture"}]


def task(folder, firms=FIRMS, questions=QUESTIONS, answers="query_id,org_id\n1,b\n2,a\n"):
    for name, rows in (("orgs", firms), ("queries", questions)):
        lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
        (folder / f"{name}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "qrels.csv").write_text(answers, encoding="utf-8")
    return folder


def figures(*arguments):
    out = io.StringIO()
    call_command("evaluate_matching", *arguments, stdout=out, stderr=io.StringIO())
    return json.loads(out.getvalue())


def test_the_command_prints_three_rankings_and_the_firms_alone(tmp_path):
    found = figures(task(tmp_path))
    assert set(found) == {"portal", "bm25", "popularity", "firms_only"}
    assert found["portal"] == {"ndcg@10": 1.0, "recall@20": 1.0, "mrr": 1.0, "ndcg@10_interval": [1.0, 1.0]}
    assert found["popularity"]["mrr"] == 0.75


def test_a_pool_keeps_the_answers_and_is_the_same_for_the_same_seed(tmp_path):
    asked = evaluation.read_task(task(tmp_path))
    pools = evaluation.pools_of(asked, 2, seed=5)
    assert all(len(pool) == 2 and asked.answers[number] <= pool for number, pool in pools.items())
    assert pools == evaluation.pools_of(asked, 2, seed=5)
    assert figures(tmp_path, "--pool=2", "--seed=5") == figures(tmp_path, "--pool=2", "--seed=5")


def test_gains_are_those_of_the_definition(tmp_path):
    asked = evaluation.read_task(task(tmp_path, answers="query_id,org_id\n1,a\n1,c\n"))
    measured = evaluation.measure(asked, lambda text: ["a", "b", "c"])
    assert measured["ndcg@10"] == round(1.5 / (1 + 0.6309297535714575), 4)
    assert (measured["recall@20"], measured["mrr"]) == (1.0, 1.0)
    assert evaluation.measure(asked, lambda text: [])["mrr"] == 0


def test_a_later_place_is_never_worth_more(tmp_path):
    asked = evaluation.read_task(task(tmp_path, answers="query_id,org_id\n1,a\n"))
    worth = [evaluation.measure(asked, lambda text, n=n: ["x"] * n + ["a"])["ndcg@10"] for n in range(12)]
    assert all(earlier >= later for earlier, later in pairwise(worth))
    assert worth[0] == 1 and worth[-1] == 0


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ({"firms": [FIRMS[0], "{"]}, "orgs.jsonl, line 2: not JSON"),
        ({"firms": ["[1]"]}, "orgs.jsonl, line 1: not a JSON object"),
        ({"firms": [{"id": "a", "docs": "x"}]}, "orgs.jsonl, line 1: docs must be a list"),
        ({"questions": [QUESTIONS[0], {"text": "senza id"}]}, "queries.jsonl, line 2: there is no id"),
        ({"questions": [QUESTIONS[0], QUESTIONS[0]]}, "queries.jsonl, line 2: the id «1» is there twice"),
        ({"questions": [{"id": "1"}]}, "queries.jsonl, line 1: a text is missing"),
        ({"answers": "query_id,org_id\n1,b\n1,zz\n"}, "qrels.csv, line 3: there is no organization «zz»"),
        ({"answers": "query_id,org_id\n7,b\n"}, "qrels.csv, line 2: there is no query «7»"),
        ({"answers": "a,b\n1,b\n"}, "qrels.csv, line 1: the columns"),
        ({"answers": "query_id,org_id\n"}, "holds no answers"),
    ],
)
def test_bad_input_is_refused_with_its_file_and_line(tmp_path, broken, said):
    with pytest.raises(CommandError) as refused:
        figures(task(tmp_path, **broken))
    assert said in str(refused.value)


def test_a_missing_folder_and_senseless_options_are_refused(tmp_path):
    for arguments in ([tmp_path / "nessuna"], [], [task(tmp_path), "--pool=1"], [tmp_path, "--seed=-1"]):
        with pytest.raises(CommandError):
            figures(*arguments)


@pytest.mark.django_db
def test_without_recorded_outcomes_the_answer_is_empty():
    assert figures("--from-outcomes") == {}
