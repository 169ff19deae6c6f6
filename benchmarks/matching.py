"""How long it takes to find everybody's best partners: `python3 manage.py bench matching [--organizations 10000]`.

Everything is two-way, exact, the best 20 of each, on one thread; the peers answer the same question in the same run, on
the same invented organizations, and their answers are compared id by id and point by point. Each row is a line of JSON;
`ratio` says how many times faster than the peer (for memory, how many times smaller).
"""

import argparse
import csv
import io
import json
import math
import multiprocessing
import os
import re
import statistics
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import numpy as np

from matchmaking.algorithms.engine import BestPairs, Engine, Lists, best_of_each
from matchmaking.algorithms.offer_columns import AskedNeeds, Offers
from matchmaking.algorithms.scoring import Need, Offer, Profile, Taxonomy, Weights, readiness

TAXONOMY = Path(__file__).resolve().parent.parent / "members" / "reference" / "taxonomy"
K = 20
OVER_FETCH = 200
PLACES = 110
SEED = 40


def main():
    options = parser().parse_args()
    world = World(options.organizations)
    rows = {
        "two_way_vs_sql": two_way_vs_sql,
        "two_way_vs_sparse_dot_topn": two_way_vs_sparse_dot_topn,
        "memory": memory,
        "growth": growth,
        "load_and_store": load_and_store,
    }
    for name in options.rows or rows:
        rows[name](world, options)


def parser():
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--organizations", type=int, default=10_000)
    asked.add_argument("--rounds", type=int, default=5, help="of each measure; the median counts")
    asked.add_argument("--sql-seconds", type=float, default=120, help="stop the SQL peer after so long, and scale it")
    asked.add_argument("rows", nargs="*", help="only these")
    return asked


def report(name, value, unit, note, peer=None, peer_value=None):
    line = {"name": name, "value": round(value, 5), "unit": unit, "peer": peer}
    line |= {"peer_value": peer and round(peer_value, 5), "ratio": peer and round(peer_value / value, 2), "note": note}
    print(json.dumps(line, ensure_ascii=False), flush=True)


def timed(work: Callable):
    began = time.perf_counter()
    result = work()
    return time.perf_counter() - began, result


# --- Invented organizations -------------------------------------------------------------------------------------------


def read_taxonomy() -> Taxonomy:
    with (TAXONOMY / "competences.csv").open(encoding="utf-8") as rows:
        competences = [
            (row["code"], row["parent_code"], row["name_it"], row["code"] == "APP") for row in csv.DictReader(rows)
        ]
    with (TAXONOMY / "complements.csv").open(encoding="utf-8") as rows:
        complements = [
            (row["from_code"], row["to_code"], int(row["weight"]), row["why_it"], "Redazione")
            for row in csv.DictReader(rows)
        ]
    return Taxonomy.build(competences, complements)


class World:
    """Organizations with about 7 offers and 5 needs each, most of them in one or two branches of the taxonomy."""

    def __init__(self, n: int):
        self.n, self.chance, self.taxonomy, self.weights = n, np.random.default_rng(SEED), read_taxonomy(), Weights()
        codes = self.taxonomy.competences
        branches = sorted({code[:3] for code in codes})
        self.branch = np.array([branches.index(code[:3]) for code in codes])
        self.popularity = self.chance.pareto(2, len(codes)) + 0.2
        self.popularity *= np.array([0.3 if code.count(".") < 2 else 1 for code in codes])
        self.home = self.chance.integers(0, len(branches), (n, 2))
        owner, code = self._claims(8)
        trl = np.where(self._often(0.3, owner), self.chance.integers(2, 10, len(owner)), 0)
        level = self.chance.integers(1, 6, len(owner))
        self.offers = Offers(owner, code, level, trl, self._often(0.85, owner).astype(int))
        owner, code = self._claims(6)
        trl = np.where(self._often(0.1, owner), self.chance.integers(5, 9, len(owner)), 0)
        priority = self.chance.integers(1, 4, len(owner))
        self.asked = AskedNeeds(owner, code, priority, trl, self._often(0.05, owner).astype(int))
        towns = list(zip(self.chance.uniform(37, 47, PLACES), self.chance.uniform(7, 18, PLACES), strict=True))
        self.places = [towns[town] for town in self.chance.integers(0, PLACES, n)]
        self.days = self.chance.integers(0, 800, n).tolist()

    def _often(self, share, like):
        return self.chance.random(len(like)) < share

    def _claims(self, mean):
        """Owners and codes, no code twice an owner; seven in ten from the owner's two branches."""
        owner = np.repeat(np.arange(self.n), 1 + self.chance.poisson(mean - 1, self.n))
        anywhere = self._drawn(len(owner), np.ones_like(self.branch, bool))
        home = self.home[owner, self.chance.integers(0, 2, len(owner))]
        code = np.where(self._often(0.7, owner), -1, anywhere)
        for branch in np.unique(home):
            here = np.flatnonzero((home == branch) & (code < 0))
            code[here] = self._drawn(len(here), self.branch == branch)
        claim = np.unique(owner * len(self.branch) + code)
        return np.divmod(claim, len(self.branch))

    def _drawn(self, count, among):
        share = self.popularity * among
        return self.chance.choice(len(share), count, p=share / share.sum())

    def engine(self) -> Engine:
        return Engine(range(self.n), self.offers, self.asked, self.places, self.days, self.taxonomy, self.weights)

    def profile(self, row: int, like: int) -> Profile:
        """What one organization says, put in the mouth of another."""
        codes = self.taxonomy.competences
        its = [np.flatnonzero(claims.owner == like) for claims in (self.offers, self.asked)]
        offers = [
            Offer(codes[code], level, trl or None, bool(declared))
            for _owner, code, level, trl, declared in zip(*(c[its[0]].tolist() for c in self.offers), strict=True)
        ]
        needs = [
            Need(codes[code], priority, trl or None, bool(blind))
            for _owner, code, priority, trl, blind in zip(*(c[its[1]].tolist() for c in self.asked), strict=True)
        ]
        return Profile(row, "firm", offers, needs, self.places[like], self.days[like])


def same_lists(ours: Lists, theirs: Lists, rows=slice(None)) -> float:
    """The share of our list entries that the other has in the same place with the same points."""
    same = (ours.partners[rows] == theirs.partners) & (ours.points[rows] == theirs.points)
    return float(same.mean())


def recall(ours: Lists, theirs: Lists) -> float:
    """The share of the partners in our lists that are in theirs."""
    found = (ours.partners[:, :, None] == theirs.partners[:, None, :]).any(axis=2)
    return float(found[ours.points > 0].mean())


# --- The same question in SQL -----------------------------------------------------------------------------------------

SCHEMA = """
DROP SCHEMA IF EXISTS matching_benchmark CASCADE;
CREATE SCHEMA matching_benchmark;
SET search_path TO matching_benchmark;
SET work_mem TO '512MB';
SET jit TO off;
CREATE UNLOGGED TABLE organization (id int, place int, old int);
CREATE UNLOGGED TABLE offer (owner int, code int, level int, trl int, declared int);
CREATE UNLOGGED TABLE need (owner int, code int, priority int, trl int, blind int);
CREATE UNLOGGED TABLE similarity (need int, offer int, percent int);
CREATE UNLOGGED TABLE readiness (asked int, stated int, percent int);
CREATE UNLOGGED TABLE worth (level int, declared int, percent int);
CREATE UNLOGGED TABLE far (here int, there int, percent int);
CREATE UNLOGGED TABLE list (owner int, partners int[], points int[]);
"""
PREPARE = """
CREATE UNLOGGED TABLE supply AS
  SELECT o.owner, q.code * 10 + q.trl AS question,
         max((2 * s.percent * r.percent * w.percent + 1000000) / 2000000) AS percent
  FROM offer o
  JOIN worth w USING (level, declared)
  JOIN similarity s ON s.offer = o.code
  JOIN (SELECT DISTINCT code, trl FROM need) q ON q.code = s.need
  JOIN readiness r ON r.asked = q.trl AND r.stated = o.trl
  GROUP BY o.owner, q.code, q.trl;
DELETE FROM supply WHERE percent = 0;
CREATE INDEX ON supply (question) INCLUDE (owner, percent);
CREATE INDEX ON supply (owner) INCLUDE (question, percent);
CREATE UNLOGGED TABLE wanted AS
  SELECT n.owner, n.question, n.public, n.priority, coalesce(s.percent, 0) AS own
  FROM (SELECT owner, code * 10 + trl AS question, false AS public, max(priority) AS priority FROM need GROUP BY 1, 2
        UNION ALL
        SELECT owner, code * 10 + trl, true, max(priority) FROM need WHERE blind = 0 GROUP BY 1, 2) n
  LEFT JOIN supply s USING (owner, question);
CREATE INDEX ON wanted (public, question) INCLUDE (owner, priority, own);
CREATE INDEX ON wanted (public, owner) INCLUDE (question, priority, own);
CREATE UNLOGGED TABLE gap AS
  SELECT owner, public, sum(priority * (100 - own)) AS total FROM wanted GROUP BY owner, public;
ANALYZE gap;
"""
BEST = """
WITH gained AS (
  SELECT n.owner AS seeker, s.owner AS partner, n.priority * (s.percent - n.own) AS brought, 0 AS given
  FROM wanted n JOIN supply s USING (question)
  WHERE NOT n.public AND s.percent > n.own AND n.owner BETWEEN %(first)s AND %(last)s
  UNION ALL
  SELECT s.owner, n.owner, 0, n.priority * (s.percent - n.own)
  FROM supply s JOIN wanted n USING (question)
  WHERE n.public AND s.percent > n.own AND s.owner BETWEEN %(first)s AND %(last)s
), paired AS (
  SELECT seeker, partner, sum(brought) AS brought, sum(given) AS given
  FROM gained GROUP BY seeker, partner HAVING sum(brought) > 0
), covered AS (
  SELECT p.seeker, p.partner, (200 * p.brought + ga.total) / (2 * ga.total) AS x,
         coalesce((200 * p.given + gb.total) / (2 * gb.total), 0) AS y
  FROM paired p
  JOIN gap ga ON ga.owner = p.seeker AND NOT ga.public
  LEFT JOIN gap gb ON gb.owner = p.partner AND gb.public AND gb.total > 0
), scored AS (
  SELECT c.seeker, c.partner,
         (2 * (70 * x + (CASE WHEN x + y > 0 THEN (120 * x * y + x + y) / (2 * (x + y)) ELSE 0 END))
            * (100 - f.percent - p.old) + 100) / 200 AS points
  FROM covered c
  JOIN organization a ON a.id = c.seeker
  JOIN organization p ON p.id = c.partner
  JOIN far f ON f.here = a.place AND f.there = p.place
), ranked AS (
  SELECT *, row_number() OVER (PARTITION BY seeker ORDER BY points DESC, partner) AS place FROM scored WHERE points > 0
)
SELECT seeker, place - 1, partner, points FROM ranked WHERE place <= %(k)s
"""
SEEKERS_AT_ONCE = 250  # more would spill to disk


class Database:
    """The organizations of a world in PostgreSQL, in a schema that goes away with it."""

    def __init__(self, world: World):
        import environ
        import psycopg2

        if not os.environ.get("DATABASE_URL"):
            sys.exit("DATABASE_URL is not set: use `python3 manage.py bench matching`.")
        self.world, self.engine = world, world.engine()
        found = environ.Env.db_url_config(os.environ["DATABASE_URL"])
        names = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
        self.connection = psycopg2.connect(**{name: found[key] or None for name, key in names.items()})
        self.connection.autocommit = True
        self.cursor = self.connection.cursor()

    def __enter__(self):
        self.cursor.execute(SCHEMA)
        for table, columns in self._tables().items():
            self.copy(table, np.column_stack(columns))
        self.cursor.execute("CREATE UNIQUE INDEX ON organization (id); ANALYZE")
        return self

    def __exit__(self, *_failure):
        self.cursor.execute("DROP SCHEMA matching_benchmark CASCADE")
        self.connection.close()

    def _tables(self):
        engine, weights, trls = self.engine, self.world.weights, [None, *range(1, 10)]
        need, offer = np.nonzero(engine.worth.similarity)
        here, there = np.indices(engine.far.shape).reshape(2, -1)
        ready = [
            (asked or 0, stated or 0, readiness(Need("-", 1, asked), Offer("-", 1, stated), weights))
            for asked in trls
            for stated in trls
        ]
        worth = [
            (level, declared, weights.levels[level - 1] * (100 if declared else weights.inferred))
            for level in range(1, 6)
            for declared in (0, 1)
        ]
        return {
            "organization": (np.arange(self.world.n), engine.place, engine.age),
            "offer": self.world.offers,
            "need": self.world.asked,
            "similarity": (need, offer, engine.worth.similarity[need, offer]),
            "readiness": tuple(zip(*ready, strict=True)),
            "worth": tuple(zip(*worth, strict=True)),
            "far": (here, there, engine.far[here, there]),
        }

    def prepare(self):
        """What every organization can do about every question, indexed: part of the peer's work."""
        for command in (PREPARE, "VACUUM ANALYZE wanted", "VACUUM ANALYZE supply"):
            self.cursor.execute(command)

    def copy(self, table, rows):
        text = io.StringIO()
        np.savetxt(text, rows, fmt="%d", delimiter=",")
        text.seek(0)
        self.cursor.copy_expert(f"COPY {table} FROM STDIN (FORMAT csv)", text)

    def read(self, table):
        """The columns of a table of whole numbers."""
        text = io.BytesIO()
        self.cursor.copy_expert(f"COPY (SELECT * FROM {table} ORDER BY 1) TO STDOUT (FORMAT csv)", text)
        text.seek(0)
        return np.loadtxt(text, np.int64, delimiter=",", unpack=True)

    def load(self) -> Engine:
        """The engine, from nothing but the tables and what the portal keeps in memory anyway."""
        ids, _place, _old = self.read("organization")
        offers, asked = Offers(*self.read("offer")), AskedNeeds(*self.read("need"))
        world = self.world
        return Engine(ids.tolist(), offers, asked, world.places, world.days, world.taxonomy, world.weights)

    def best(self, first, last) -> Lists:
        self.cursor.execute(BEST, {"first": first, "last": last - 1, "k": K})
        at, place, partner, points = np.array(self.cursor.fetchall(), np.int64).reshape(-1, 4).T
        lists = Lists(np.full((last - first, K), -1, np.int32), np.zeros((last - first, K), np.int16))
        lists.partners[at - first, place], lists.points[at - first, place] = partner, points
        return lists


def two_way_vs_sql(world, options):
    """From the claims in PostgreSQL to everybody's lists; ours reads them, the peer joins, groups and ranks there."""
    with Database(world) as database:
        ours = [timed(lambda: database.load().all_pairs(K)) for _ in range(options.rounds)]
        seconds, lists = statistics.median(each for each, _lists in ours), ours[-1][1]
        prepared, _ = timed(database.prepare)
        asked, theirs = 0.0, []
        for first in range(0, world.n, SEEKERS_AT_ONCE):
            last = min(first + SEEKERS_AT_ONCE, world.n)
            spent, found = timed(lambda first=first, last=last: database.best(first, last))
            asked, theirs = asked + spent, [*theirs, found]
            if asked > options.sql_seconds:
                break
        release = database.connection.server_version // 10_000
    peer = prepared + asked * world.n / last
    theirs = Lists(*map(np.concatenate, zip(*theirs, strict=True)))
    note = f"{world.n} organizations; from the claims in the database to the lists; {options.rounds} rounds, median; "
    note += "peer asked for everybody" if last == world.n else f"peer asked for {last} seekers and scaled up"
    note += f", in blocks of {SEEKERS_AT_ONCE}; {same_lists(lists, theirs, slice(0, last)):.2%} of its entries the same"
    report("two_way_vs_sql", seconds, "s", note, f"PostgreSQL {release}", peer)


# --- The same question as a sparse product ----------------------------------------------------------------------------


def two_way_vs_sparse_dot_topn(world, options):
    """From the supply of everybody to everybody's lists, turn by turn on one thread."""
    engine = world.engine()
    ours, theirs = [], []
    for _ in range(options.rounds):
        engine._tiles = None
        ours.append(timed(lambda: engine.all_pairs(K)))
        theirs.append(timed(lambda: over_fetched(engine)))
    lists, their_lists = ours[-1][1], theirs[-1][1]
    seconds, peer = (statistics.median(each for each, _lists in runs) for runs in (ours, theirs))
    note = f"{world.n} organizations; one thread each, in turn, {options.rounds} rounds, median; "
    note += f"peer over-fetches {OVER_FETCH} one way and ranks them again, not exact: "
    note += f"recall {recall(lists, their_lists):.1%}"
    report("two_way_vs_sparse_dot_topn", seconds, "s", note, f"sparse_dot_topn {version('sparse_dot_topn')}", peer)


def over_fetched(engine: Engine) -> Lists:
    """Everybody's lists from the best of the one-way product, scored in both directions and ranked again."""
    from scipy.sparse import csr_matrix
    from sparse_dot_topn import sp_matmul_topn

    needs, n = engine.needs, len(engine.ids)
    shape = (n, len(engine.questions))
    lacking = (needs.priority * (100 - needs.own) / 100).astype(np.float32)  # as near as a product comes to the gain
    wanted = csr_matrix((lacking, needs.question, needs.start), shape)
    supply = csr_matrix(engine.supply.astype(np.float32).T)
    fetched = sp_matmul_topn(wanted, supply, top_n=OVER_FETCH, n_threads=1)
    lists = Lists(np.empty((n, K), np.int32), np.empty((n, K), np.int16))
    for first in range(0, n, 256):
        last = min(first + 256, n)
        lists.partners[first:last], lists.points[first:last] = ranked_again(engine, fetched, first, last)
    return lists


def ranked_again(engine: Engine, fetched, first: int, last: int) -> Lists:
    start, end = fetched.indptr[first], fetched.indptr[last]
    at = np.repeat(np.arange(last - first), np.diff(fetched.indptr[first : last + 1]))
    seeker, partner = at + first, fetched.indices[start:end].astype(np.int64)
    sides = ((engine.needs, seeker, partner), (engine.public, partner, seeker))
    x, y = (percent(needs.met_in_pairs(*pair, engine.supply), needs.gap[pair[0]]) for needs, *pair in sides)
    loss = engine.far[engine.place[seeker], engine.place[partner]] + engine.age[partner]
    points = engine._points(x, y, loss)
    some = np.flatnonzero(points)
    return best_of_each(last - first, K, [BestPairs(at[some], partner[some], points[some])])


def percent(part, whole):
    whole = np.maximum(whole, 1)
    return (200 * part + whole) // (2 * whole)


# --- Memory, growth, one change, input and output ---------------------------------------------------------------------


def memory(world, options):
    """The most that a process of its own ever held, Python and NumPy included."""
    run = multiprocessing.get_context("spawn").Pool
    peaks = []
    for work in ("all_pairs", "over_fetched"):
        with run(1) as alone:
            peaks.append(alone.apply(peak, (world.n, work)))
    note = f"{world.n} organizations; highest resident memory of a process that does only this"
    report("memory", peaks[0], "MB", note, "sparse_dot_topn", peaks[1])


def peak(n: int, work: str) -> float:
    engine = World(n).engine()
    engine.all_pairs(K) if work == "all_pairs" else over_fetched(engine)
    status = Path("/proc/self/status").read_text()
    return int(re.search(r"^VmHWM:\s+(\d+)", status, re.MULTILINE)[1]) / 1024


def growth(world, options):
    """How the time grows: 2 when four times the organizations cost sixteen times as much."""
    sizes = (world.n // 4, world.n)
    engines = [World(size).engine() for size in sizes]
    small, large = (
        statistics.median(timed(lambda engine=engine: engine.all_pairs(K))[0] for _ in range(options.rounds))
        for engine in engines
    )
    note = f"from {sizes[0]} to {sizes[1]} organizations: {small:.3f} s and {large:.3f} s"
    report("growth", math.log(large / small) / math.log(sizes[1] / sizes[0]), "exponent", note, "quadratic", 2)


def load_and_store(world, options):
    """Reading everybody's claims from PostgreSQL and storing everybody's lists, one row each, against scoring."""
    with Database(world) as database:
        read, engine = timed(database.load)
        scored, lists = timed(lambda: engine.all_pairs(K))
        stored, _ = timed(lambda: store(database, lists))
        database.cursor.execute("SELECT count(*), sum(points[1]) FROM list")
        count, points = database.cursor.fetchone()
    note = f"{world.n} organizations, {len(world.offers.owner) + len(world.asked.owner)} claims; read and made into an "
    note += f"engine {read:.2f} s, {count} rows of arrays stored {stored:.2f} s"
    note += "" if points == lists.points[:, 0].sum() else "; NOT what was stored"
    report("load_and_store", read + stored, "s", note, "scoring", scored)


def store(database: Database, lists: Lists):
    """One row for each organization: who, and how many points."""
    text = io.StringIO()
    for row, (partners, points) in enumerate(zip(lists.partners.tolist(), lists.points.tolist(), strict=True)):
        text.write(f"{row}\t{{{str(partners)[1:-1]}}}\t{{{str(points)[1:-1]}}}\n")
    text.seek(0)
    database.cursor.copy_expert("COPY list FROM STDIN", text)


if __name__ == "__main__":
    main()
