"""Joins cases with the engine's answers into golden files."""

import gzip
import json
import sys
from pathlib import Path

from late_arrivals import EVERY

FOLDER = Path(__file__).resolve().parents[1] / "golden"
# Above this a file is compressed.
PLAIN = 1_000_000
LOG = "late_arrivals.csv"


def write(name, cases):
    """A case a line; the same cases give the same bytes."""
    names = [case["case"] for case in cases]
    assert len(set(names)) == len(names), f"{name}: two cases of one name"
    text = "".join(json.dumps(case, separators=(",", ":")) + "\n" for case in cases).encode()
    FOLDER.mkdir(exist_ok=True)
    plain, packed = FOLDER / f"{name}.ndjson", FOLDER / f"{name}.ndjson.gz"
    for path in (plain, packed):
        path.unlink(missing_ok=True)
    if len(text) <= PLAIN:
        plain.write_bytes(text)
    else:
        with packed.open("wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=0) as stream:
            stream.write(text)
    print(f"{name}: {len(cases)} cases, {len(text)} bytes")


def record(engine, asked, answered):
    for path in sorted(asked.glob(f"{engine}_*.ndjson")):
        with path.open() as cases, (answered / path.name).open() as answers:
            both = [(json.loads(case), json.loads(answer)) for case, answer in zip(cases, answers, strict=True)]
        assert all(case["case"] == answer["case"] for case, answer in both)
        write(path.stem, [compact({**case, **answer}) for case, answer in both])


def compact(case):
    """Of the shipped log: names it instead of repeating its rows, and counts times from its first event."""
    if "late-arrivals" not in case["case"]:
        return case
    if "rows" in case:
        origin = min(row[1] for row in case["rows"])
        firings = [since(origin, firing, [0, 1, 6]) for firing in case["firings"]]
        return {**case, "rows": LOG, "origin": origin, "firings": firings}
    origin = min(row[1] for batch in case["batches"] for row in batch)
    emitted = [[since(origin, row, [0, 1]) for row in batch] for batch in case["emitted"]]
    # 0 is that of a query that has seen no rows yet.
    watermarks = [None if watermark == 0 else watermark - origin for watermark in case["watermarks"]]
    answers = {"origin": origin, "emitted": emitted, "watermarks": watermarks}
    return {**case, "batches": LOG, "every": EVERY, **answers}


def since(origin, row, times):
    return [cell - origin if at in times and cell is not None else cell for at, cell in enumerate(row)]


if __name__ == "__main__":
    record(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
