"""Writes down which engines were recorded, as they call themselves."""

import json
import subprocess
import sys
from importlib.metadata import version

from golden import FOLDER

PACKAGES = {"flink": ("Flink", "apache-flink-libraries"), "spark": ("Spark", "pyspark")}

if __name__ == "__main__":
    path = FOLDER / "versions.json"
    known = json.loads(path.read_text()) if path.exists() else {}
    for engine in sys.argv[1:]:
        name, package = PACKAGES[engine]
        known[name] = version(package)
    # The first line is: openjdk version "17.0.15" 2025-04-15
    java = subprocess.run(["java", "-version"], capture_output=True, check=True, text=True).stderr
    known["Java"] = java.split('"')[1]
    path.write_text(json.dumps(dict(sorted(known.items())), indent=2) + "\n")
