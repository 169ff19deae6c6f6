"""How good and how fast the text signal is: `GATE40_DATA=FOLDER python3 manage.py bench text`.

Every task under `FOLDER/ranking_dev` is ranked by the portal's text signal and by BM25 over the same stems in the same
run. Each figure is one JSON line.
"""

import json
import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from matchmaking.algorithms import evaluation
from matchmaking.algorithms.text_index import Index, PlainBm25


def main():
    folder = Path(os.environ.get("GATE40_DATA", "")) / "ranking_dev"
    if not os.environ.get("GATE40_DATA") or not folder.is_dir():
        print("Skipped: GATE40_DATA names no folder with ranking tasks (ranking_dev).", file=sys.stderr)
        return
    for path in sorted(folder.iterdir()):
        compare(path.name, evaluation.read_task(path))


def compare(name, task):
    figures = evaluation.evaluate(task)
    portal, peer = figures["portal"], figures["bm25"]
    note = f"interval {portal['ndcg@10_interval']}, popularity {figures['popularity']['ndcg@10']}"
    report(f"text_ndcg_vs_bm25_{name}", portal["ndcg@10"], "nDCG@10", peer["ndcg@10"], note)
    size = f"{len(task.organizations)} organizations, {len(task.questions)} questions"
    ours, theirs = seconds(Index.build, task), seconds(PlainBm25, task)
    report(f"text_index_seconds_{name}", ours[0], "s", theirs[0], size)
    report(f"text_query_milliseconds_{name}", ours[1], "ms", theirs[1], f"mean; {size}")


def seconds(build, task):
    """Seconds to index the task's organizations, and milliseconds for one question on average."""
    began = time.perf_counter()
    index = build(task.documents)
    built = time.perf_counter()
    for text in task.questions.values():
        index.rank(text)
    return built - began, (time.perf_counter() - built) * 1000 / len(task.questions)


def report(name, value, unit, peer_value, note):
    row = {"name": name, "value": round(value, 4), "unit": unit, "peer": "bm25", "peer_value": round(peer_value, 4)}
    print(json.dumps(row | {"ratio": round(value / peer_value, 3), "note": note}), flush=True)


if __name__ == "__main__":
    main()
