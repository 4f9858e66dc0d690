"""Counts what the golden files hold and writes it, with the versions, into docs/conformance.md."""

import gzip
import json
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
GOLDEN = ROOT / "tests" / "conformance" / "golden"
DOCUMENT = ROOT / "docs" / "conformance.md"
BEGIN, END = "<!-- counted: begin -->\n", "<!-- counted: end -->\n"


def cases(path):
    text = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return [json.loads(line) for line in text.splitlines()]


def rows(case):
    """How many rows went in."""
    if "late-arrivals" in case["case"]:
        return sum(1 for _ in (ROOT / "scenarios" / "data" / "late_arrivals.csv").open()) - 1
    return len(case["rows"]) if "rows" in case else sum(map(len, case["batches"]))


def line(path):
    held = cases(path)
    total = sum(map(rows, held))
    if path.name.startswith("flink"):
        again = sum(len(firings) - len({tuple(firing[:3]) for firing in firings}) for firings in timed(held))
        told = [
            ("firings", sum(len(case.get("firings", [])) for case in held)),
            ("of windows that had fired", again),
            ("matches", sum(len(case.get("matches", [])) for case in held)),
            ("attempts that ran out of time", sum(len(case.get("timed_out", [])) for case in held)),
            ("late rows", sum(len(case.get("late", [])) for case in held)),
            ("rows that passed", sum(len(case.get("passed", [])) for case in held)),
        ]
    else:
        told = [
            ("batches", sum(len(case["input"]) for case in held)),
            ("without rows", sum(case["input"].count(None) for case in held)),
            ("groups out", sum(len(batch) for case in held if "window" in case for batch in case["emitted"])),
            ("steps reached", sum(len(batch) for case in held if "steps" in case for batch in case["emitted"])),
            ("groups or rows dropped", sum(sum(case["dropped"]) for case in held)),
            ("rows that passed", sum(len(batch) for case in held for batch in case.get("passed", []))),
        ]
    text = ", ".join(f"{number:,} {what}" for what, number in told if number)
    return f"| `{path.name}` | {len(held):,} | {total:,} | {text} |\n"


def timed(held):
    """Firings of windows that have a time; a count window is no place to come back to."""
    return [case["firings"] for case in held if case.get("window", {}).get("kind") not in (None, "count")]


def table():
    versions = json.loads((GOLDEN / "versions.json").read_text())
    engines = ", ".join(f"{name} {version}" for name, version in versions.items())
    head = f"Engines: {engines}.\n\n| File | Cases | Rows in | Answers |\n|---|---|---|---|\n"
    return head + "".join(line(path) for path in sorted(GOLDEN.glob("*.ndjson*")))


if __name__ == "__main__":
    before, rest = DOCUMENT.read_text().split(BEGIN)
    DOCUMENT.write_text(before + BEGIN + table() + END + rest.split(END)[1])
