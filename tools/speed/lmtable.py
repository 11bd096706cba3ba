"""Prints the table of tools/speed/lm.sh from the measurements in a folder:

    python tools/speed/lmtable.py FOLDER
"""

import json
import pathlib
import statistics
import sys

folder = pathlib.Path(sys.argv[1])


def read(side):
    """Returns the rows of one side by work and threads."""
    decoder, text, rows = json.JSONDecoder(), (folder / side).read_text(), {}
    while text := text.lstrip():
        value, end = decoder.raw_decode(text)
        text = text[end:]
        for row in value if isinstance(value, list) else [value]:
            rows.setdefault((row["name"], row["threads"]), []).append(row)
    return rows


def middle(rows, field):
    """Returns the median time of an update in milliseconds."""
    return 1000 * statistics.median(r[field] / r["updates"] for r in rows)


ours, theirs = read("ours"), read("theirs")
print("| Work | threads | ours, ms | theirs, ms | ours of theirs | times as fast | of the peak | processor time, ours of theirs |")
print("|---|---:|---:|---:|---:|---:|---:|---:|")
for key, rows in ours.items():
    if key not in theirs:
        continue
    a, b = middle(rows, "seconds"), middle(theirs[key], "seconds")
    cpu = middle(rows, "cpu_seconds") / middle(theirs[key], "cpu_seconds")
    peak = statistics.median(r["utilisation"] for r in rows)
    print(f"| {key[0]} | {key[1]} | {a:.4g} | {b:.4g} | {a / b:.2f} | {b / a:.2f} | {peak:.0%} | {cpu:.2f} |")
