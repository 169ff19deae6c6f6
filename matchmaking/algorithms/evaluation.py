"""How good a ranking is, against true answers. Pure: Python and NumPy.

A task is a folder with `orgs.jsonl` (id, docs or text; kind and n_docs if known), `queries.jsonl` (id, text) and
`qrels.csv` (query_id, org_id).
"""

import csv
import json
import random
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .text_index import Index, PlainBm25

CUT, RECALL_CUT, RESAMPLES = 10, 20, 1000


class UnusableTask(Exception):
    """A sentence that names the file and the line that cannot be used."""


@dataclass(frozen=True)
class Task:
    """Organizations (id → its row), questions (id → text) and the true answers (question id → ids)."""

    organizations: dict[str, dict]
    questions: dict[str, str]
    answers: dict[str, set[str]]

    @property
    def documents(self) -> dict[str, list[str]]:
        return {number: row["docs"] for number, row in self.organizations.items()}

    def among(self, kind: str) -> "Task":
        """The same task with the organizations of one kind only."""
        kept = {number: row for number, row in self.organizations.items() if row.get("kind") == kind}
        answers = {asked: found & kept.keys() for asked, found in self.answers.items() if found & kept.keys()}
        return Task(kept, self.questions, answers)


def read_task(folder: Path) -> Task:
    """Raises `UnusableTask` when a file is missing or a line makes no sense."""
    folder = Path(folder)
    organizations, questions, answers = {}, {}, defaultdict(set)
    for place, row in _objects(folder / "orgs.jsonl"):
        number = _new_id(row, organizations, place)
        organizations[number] = row | {"docs": _texts(row, place)}
    for place, row in _objects(folder / "queries.jsonl"):
        number = _new_id(row, questions, place)
        questions[number] = _text(row.get("text") or row.get("title"), place)
    for place, asked, answer in _pairs(folder / "qrels.csv"):
        if asked not in questions or answer not in organizations:
            missing = f"query «{asked}»" if asked not in questions else f"organization «{answer}»"
            raise UnusableTask(f"{place}: there is no {missing}.")
        answers[asked].add(answer)
    if not answers:
        raise UnusableTask(f"{folder / 'qrels.csv'}: holds no answers, so there is nothing to measure.")
    return Task(organizations, questions, dict(answers))


def _objects(path):
    for number, line in enumerate(_read(path).split("\n"), start=1):
        place = f"{path}, line {number}"
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (json.JSONDecodeError, RecursionError) as error:
            raise UnusableTask(f"{place}: not JSON ({error}).") from error
        if not isinstance(row, dict):
            raise UnusableTask(f"{place}: not a JSON object.")
        yield place, row


def _pairs(path):
    rows = csv.DictReader(_read(path).splitlines())
    if not {"query_id", "org_id"} <= set(rows.fieldnames or []):
        raise UnusableTask(f"{path}, line 1: the columns must be query_id and org_id.")
    for row in rows:
        yield f"{path}, line {rows.line_num}", row["query_id"], row["org_id"]


def _read(path):
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UnusableTask(f"{path}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise UnusableTask(f"{path}: not UTF-8 text.") from error


def _new_id(row, known, place):
    number = row.get("id")
    if number in (None, "") or isinstance(number, list | dict):
        raise UnusableTask(f"{place}: there is no id.")
    if str(number) in known:
        raise UnusableTask(f"{place}: the id «{number}» is there twice.")
    return str(number)


def _texts(row, place):
    texts = row.get("docs") or [row.get("text", "")]
    if not isinstance(texts, list):
        raise UnusableTask(f"{place}: docs must be a list of texts.")
    return [_text(text, place) for text in texts]


def _text(value, place):
    if not isinstance(value, str):
        raise UnusableTask(f"{place}: a text is missing or is not text.")
    return value


Ranking = Callable[[str], list[str]]  # from a text, all that fits, the best first


def evaluate(task: Task, pool: int | None = None, seed: int = 1) -> dict:
    """The figures of the portal's text signal, of BM25 and of "most past projects first", each over the same questions.

    `pool` keeps, for each question, its answers and random others up to that number: the portal's own scale.
    """
    figures = _figures(task, pool, seed)
    kinds = {row.get("kind") for row in task.organizations.values()}
    if "firm" in kinds and len(kinds) > 1 and task.among("firm").answers:
        figures["firms_only"] = _figures(task.among("firm"), pool, seed)
    return figures


def _figures(task, pool, seed):
    index, peer = Index.build(task.documents), PlainBm25(task.documents)
    popular = by_popularity(task)
    rankings = {
        "portal": lambda text: [found.id for found in index.rank(text, most=None)],
        "bm25": lambda text: [found.id for found in peer.rank(text, most=None)],
        "popularity": lambda text: popular,
    }
    pools = pools_of(task, pool, seed)
    return {name: measure(task, ranking, pools, seed) for name, ranking in rankings.items()}


def by_popularity(task: Task) -> list[str]:
    """Everybody, whoever has most past projects first: a trap that looks good over all organizations."""
    projects = {
        number: row["n_docs"] if isinstance(row.get("n_docs"), int) else len(row["docs"])
        for number, row in task.organizations.items()
    }
    return sorted(projects, key=lambda number: (-projects[number], number))


def pools_of(task: Task, pool: int | None, seed: int) -> dict[str, set[str]] | None:
    """For each question the organizations to choose among; None for all of them."""
    if pool is None:
        return None
    everybody, chance = sorted(task.organizations), random.Random(seed)
    pools = {}
    for asked, answers in sorted(task.answers.items()):
        others = [number for number in everybody if number not in answers]
        pools[asked] = answers | set(chance.sample(others, min(len(others), max(0, pool - len(answers)))))
    return pools


def measure(task: Task, ranking: Ranking, pools=None, seed: int = 1) -> dict:
    """nDCG@10 with its 95 % bootstrap interval over the questions, Recall@20 and MRR."""
    rows = []
    for asked, answers in sorted(task.answers.items()):
        found = ranking(task.questions[asked])
        if pools is not None:
            found = [number for number in found if number in pools[asked]]
        rows.append(_quality(found, answers))
    return _summary(rows, seed)


def _summary(rows, seed):
    ndcg, recall, rank = np.array(rows).T
    return {
        f"ndcg@{CUT}": round(float(ndcg.mean()), 4),
        f"recall@{RECALL_CUT}": round(float(recall.mean()), 4),
        "mrr": round(float(rank.mean()), 4),
        f"ndcg@{CUT}_interval": interval(ndcg, seed),
    }


def _quality(found, answers):
    """nDCG@10, Recall@20 and the reciprocal rank of one answer list."""
    hits = [place for place, number in enumerate(found, start=1) if number in answers]
    gain = sum(1 / np.log2(place + 1) for place in hits if place <= CUT)
    most = sum(1 / np.log2(place + 1) for place in range(1, min(CUT, len(answers)) + 1))
    return gain / most, sum(place <= RECALL_CUT for place in hits) / len(answers), 1 / hits[0] if hits else 0


def interval(values, seed: int) -> list[float]:
    """Where 95 % of the means of resampled questions lie."""
    chance = np.random.default_rng(seed)
    means = values[chance.integers(len(values), size=(RESAMPLES, len(values)))].mean(axis=1)
    return [round(float(bound), 4) for bound in np.quantile(means, [0.025, 0.975])]


# The portal's own requests --------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Case:
    """A request of the portal and whoever said yes or no to it: their texts, the points they had on the day, who
    accepted, and of whom both sides' last words are good, say that nothing came of it, or differ."""

    month: str
    text: str
    documents: dict[int, list[str]]
    points: dict[int, int]
    accepted: frozenset[int]
    good: frozenset[int] = frozenset()
    bad: frozenset[int] = frozenset()
    differing: frozenset[int] = frozenset()

    @property
    def tells(self) -> bool:
        """Only a request with a yes and a no can tell a good order from a bad one."""
        return 0 < len(self.accepted) < len(self.documents)


def by_month(cases: list[Case], seed: int = 1) -> dict[str, dict]:
    """Month → how many requests and answers, what came of them, and how well each ranking puts a yes before a no."""
    months = defaultdict(list)
    for case in cases:
        months[case.month].append(case)
    return {month: _month(found, seed) for month, found in sorted(months.items())}


def _month(cases, seed):
    counted = {
        "requests": len(cases),
        "accepted": sum(len(case.accepted) for case in cases),
        "declined": sum(len(case.documents) - len(case.accepted) for case in cases),
        "outcomes": {name: sum(len(getattr(case, name)) for case in cases) for name in ("good", "bad", "differing")},
    }
    telling = [case for case in cases if case.tells]
    if telling:
        counted |= {
            name: _summary([_quality(rank(case), case.accepted) for case in telling], seed) for name, rank in OWN
        }
    return counted | {"ranked_requests": len(telling)}


def _by_points(case):
    return sorted(case.points, key=lambda number: (-case.points[number], number))


def _by_text(case):
    return [found.id for found in Index.build(case.documents).rank(case.text, most=None)]


def _by_words(case):
    return [found.id for found in PlainBm25(case.documents).rank(case.text, most=None)]


OWN = [("score", _by_points), ("portal", _by_text), ("bm25", _by_words)]
