"""Joins cases with the engine's answers into golden files."""

import gzip
import json
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "golden"
# Above this a file is compressed.
PLAIN = 1_000_000


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


def flink(asked, answered):
    for path in sorted(asked.glob("flink_*.ndjson")):
        with path.open() as cases, (answered / path.name).open() as answers:
            both = [(json.loads(case), json.loads(answer)) for case, answer in zip(cases, answers, strict=True)]
        assert all(case["case"] == answer["case"] for case, answer in both)
        whole = [{**case, **answer} for case, answer in both]
        write(path.stem, [of_file(case) if path.stem == "flink_late_arrivals" else case for case in whole])


def of_file(case):
    """The rows are those of the file, and times count from its first event."""
    origin = min(row[1] for row in case["rows"])
    firings = [
        [start - origin, end - origin, *rest, None if watermark is None else watermark - origin]
        for start, end, *rest, watermark in case["firings"]
    ]
    return {**case, "rows": "late_arrivals.csv", "origin": origin, "firings": firings}


if __name__ == "__main__":
    flink(Path(sys.argv[1]), Path(sys.argv[2]))
