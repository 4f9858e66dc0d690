"""Runs StoreBytes for each store, kind of id and number of ids, and writes what an id costs.

Arguments: the class path, the file to write.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

METHOD = (
    "A Flink job of parallelism 1 remembers distinct ids that come in no order, each in a ValueState<Boolean> "
    "keyed by the id (8 bytes: a Long; 36 characters: a UUID as String), with TTL also with Flink's state TTL of a day. "
    "When all ids are in it stands still. Heap: used heap of the JVM after garbage collection (least of four), less "
    "that of the same job with 1,000 ids, by the ids between; G1 and compressed pointers. Checkpoint: bytes of the files "
    "of one full checkpoint, for RocksDB its own files as they lie on disk, by ids; they hang on how far it had "
    "compacted them."
)
FEW = 1_000


def run(class_path, *arguments):
    """Used heap, bytes of a checkpoint."""
    with tempfile.TemporaryDirectory() as folder:
        words = [str(argument) for argument in (*arguments, folder)]
        java = ["java", "-Xmx6g", "-XX:+UseG1GC", "-Dlog4j.level=OFF", "-cp", class_path, "StoreBytes", *words]
        out = subprocess.run(java, check=True, stdout=subprocess.PIPE, text=True).stdout
    heap, checkpoint = map(int, out.split())
    return heap, checkpoint


def measure(class_path):
    for store in ("hashmap", "rocksdb"):
        for kind in ("long", "text"):
            for ttl in ("false", "true"):
                few = run(class_path, store, kind, ttl, FEW)[0] if store == "hashmap" else None
                for ids in (1_000_000, 5_000_000):
                    heap, checkpoint = run(class_path, store, kind, ttl, ids)
                    line = {
                        "engine": "Flink",
                        "store": "heap" if store == "hashmap" else "rocksdb",
                        "id": "8 bytes" if kind == "long" else "36 characters",
                        "ttl": ttl == "true",
                        "ids": ids,
                        "heap_bytes_per_id": None if few is None else round((heap - few) / (ids - FEW), 1),
                        "checkpoint_bytes_per_id": round(checkpoint / ids, 1),
                    }
                    print(json.dumps(line), flush=True)
                    yield line


if __name__ == "__main__":
    lines = ",\n    ".join(json.dumps(line) for line in measure(sys.argv[1]))
    text = f'{{\n  "method": {json.dumps(METHOD)},\n  "measured": [\n    {lines}\n  ]\n}}\n'
    json.loads(text)
    Path(sys.argv[2]).write_text(text)
