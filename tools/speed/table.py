"""Prints the table of tools/speed from the measurements in a folder:

    python tools/speed/table.py FOLDER ENV…
"""

import json
import pathlib
import statistics
import sys

folder, environments = pathlib.Path(sys.argv[1]), sys.argv[2:]
SIDES = {"ours": "proximal", "sb3": "Stable-Baselines3", "sbx": "sbx (JAX)"}


def speeds(side, env):
    """Returns the median steps for a second of processor time, and of the clock."""
    path = folder / side
    rows = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    rows = [r for r in rows if r.get("env", r.get("name")) == env]
    if not rows:
        return None
    median = lambda field: statistics.median(r["steps"] / r[field] for r in rows)
    return median("cpu_seconds"), median("seconds")


print("| Task | Program | steps / CPU-s | of Stable-Baselines3 | steps / s |")
print("|---|---|---|---|---|")
for env in environments:
    theirs = speeds("sb3", env)
    for side, name in SIDES.items():
        found = speeds(side, env)
        if found:
            print(f"| {env} | {name} | {found[0]:,.0f} | {found[0] / theirs[0]:.1f} × | {found[1]:,.0f} |")
