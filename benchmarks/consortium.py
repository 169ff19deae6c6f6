"""How long the smallest team takes: `python3 manage.py bench consortium [--organizations 2000] [--instances 30]`.

Invented calls of 14 competences with five rules of partnership. The peer states the same question as an integer program
(SciPy's HiGHS) in the same run, and must find a team of the same size. Both start from the same coverage in percent;
for each the whole answer is timed, one instance after the other. Each figure is one JSON line; `ratio` is the peer's
time divided by ours.
"""

import argparse
import json
import random
import statistics
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from matchmaking.algorithms import team_rules
from matchmaking.algorithms.team_rules import Candidate, TeamRule
from matchmaking.algorithms.team_search import propose_teams

COMPETENCES, THRESHOLD, SEED = 14, 60, 40
RULES = [
    TeamRule(team_rules.MIN_SMES, 2),
    TeamRule(team_rules.RESEARCH_SHARE, 20),
    TeamRule(team_rules.LOCAL_SHARE, 25),
    TeamRule(team_rules.MAX_PARTNERS, 10),
    TeamRule(team_rules.AT_LEAST_ONE, any_of=("medium", "large")),
]
BREADTH = (0.7, 1.3, 2.2, 4.0)  # how many competences an organization has on average: four sorts of district


def main():
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--organizations", type=int, default=2_000)
    asked.add_argument("--instances", type=int, default=32)
    options = asked.parse_args()
    size = f"{options.organizations} organizations, {COMPETENCES} competences"
    for name, rules in (("consortium_vs_milp", RULES), ("consortium_without_rules_vs_milp", [])):
        compare(name, size, options, rules)
    alternatives(size, options)
    growth()


def instances(organizations, count):
    """(lead, candidates) of each instance: always the same ones."""
    for number in range(count):
        chance = random.Random(SEED + number)
        breadth = BREADTH[number % len(BREADTH)]
        lead, *others = [candidate(chance, id, breadth) for id in range(organizations + 1)]
        yield lead, others


def candidate(chance, id, breadth):
    coverage = [0] * COMPETENCES
    for at in chance.sample(range(COMPETENCES), min(COMPETENCES, int(chance.expovariate(1 / breadth)))):
        coverage[at] = chance.choice([30, 40, 54, 60, 70, 81, 90, 100])
    kind = chance.choices(["firm", "research_center", "financier"], [80, 16, 4])[0]
    size = chance.choice(["", "micro", "micro", "small", "small", "medium", "large"])
    return Candidate(id, tuple(coverage), kind, size, chance.choices(["MS", "LU", "PI", "FI"], [3, 30, 30, 37])[0])


def compare(name, size, options, rules):
    """The exact smallest team, against the integer program: the same size, or both none, in every instance."""
    ours, theirs, sizes = [], [], []
    for lead, others in instances(options.organizations, options.instances):
        spent, proposal = timed(propose_teams, lead, others, [THRESHOLD] * COMPETENCES, rules, 0)
        assert proposal.is_exact
        found = proposal.team and proposal.team.is_certain and len(proposal.team)
        spent_by_peer, expected = timed(milp_size, lead, others, rules)
        assert (found or None) == expected, (found, expected)
        ours.append(spent), theirs.append(spent_by_peer), sizes.append(expected)
    teams = [size for size in sizes if size]
    note = f"{size}, {len(rules)} rules, median of {len(sizes)} instances, worst {max(ours):.1f} ms"
    note += f" (peer {max(theirs):.1f}); same optimum in all, teams of {min(teams)} to {max(teams)}"
    report(name, statistics.median(ours), note, "scipy milp (HiGHS)", statistics.median(theirs))


def milp_size(lead, others, rules):
    """Fewest partners such that each competence is covered and each rule kept; None when it is impossible."""
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_matrix

    team = [lead, *others]
    reaches = np.array([each.coverage for each in team]).T >= THRESHOLD
    rows, least = [row for row in reaches if row.any()], [1.0] * int(reaches.any(axis=1).sum())
    for rule in rules:
        if rule.kind == team_rules.MAX_PARTNERS:
            rows, least = [*rows, -np.ones(len(team))], [*least, -rule.value]
            continue
        counts = np.array([rule.counts(each) is True for each in team], float)
        is_share = rule.kind in team_rules.SHARES
        rows, least = (
            [*rows, 100 * counts - rule.value if is_share else counts],
            [*least, 0 if is_share else rule.least(0)],
        )
    low = np.zeros(len(team))
    low[0] = 1
    answer = milp(
        np.ones(len(team)),
        constraints=LinearConstraint(csr_matrix(np.array(rows, float)), np.array(least), np.inf),
        integrality=np.ones(len(team)),
        bounds=Bounds(low, 1),
    )
    assert answer.status in (0, 2), answer.message  # optimal, or infeasible
    return round(answer.fun) if answer.status == 0 else None


def alternatives(size, options):
    spent, counts = [], []
    for lead, others in instances(options.organizations, options.instances):
        milliseconds, proposal = timed(propose_teams, lead, others, [THRESHOLD] * COMPETENCES, RULES)
        spent.append(milliseconds), counts.append(len(proposal.alternatives))
    note = (
        f"{size}, {len(RULES)} rules, median, worst {max(spent):.1f} ms; alternatives: {min(counts)} to {max(counts)}"
    )
    report("consortium_with_alternatives", statistics.median(spent), note)


def growth():
    """From the district to where greedy + swaps begin."""
    for organizations in (140, 1_000, 10_000, 10_001):
        spent, exact = [], []
        for lead, others in instances(organizations, 8):
            milliseconds, proposal = timed(propose_teams, lead, others, [THRESHOLD] * COMPETENCES, RULES, 0)
            spent.append(milliseconds), exact.append(proposal.is_exact)
        how = f"exact in {sum(exact)} of {len(exact)}"
        report(f"consortium_{organizations}", statistics.median(spent), f"{how}, worst {max(spent):.1f} ms")


def timed(work, *arguments):
    """(milliseconds, result)"""
    began = time.perf_counter()
    result = work(*arguments)
    return 1000 * (time.perf_counter() - began), result


def report(name, value, note, peer=None, peer_value=None):
    line = {"name": name, "value": round(value, 2), "unit": "ms", "peer": peer}
    line |= {"peer_value": peer and round(peer_value, 2), "ratio": peer and round(peer_value / value, 2), "note": note}
    print(json.dumps(line, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()
