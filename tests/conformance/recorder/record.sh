#!/usr/bin/env bash
# Records what Flink and Spark answer to the cases, as golden files in tests/conformance/golden/.
#
#   tests/conformance/recorder/record.sh [flink] [spark] [store]     (flink and spark without an argument)
#
# `store` measures what an id costs in Flink's state, into store_bytes.json.
#
# Needs Python 3.10 or later with venv, a JDK (17 or 21), a network for the first run (0.8 GB of
# packages) and some 3 GB of memory. The engines stay in a folder of the user's cache, or in
# $MILLSTREAM_RECORDER_CACHE. docs/conformance.md says what is recorded.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${MILLSTREAM_RECORDER_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/millstream-recorder}
export PYTHONDONTWRITEBYTECODE=1

for tool in javac jar java; do
    if ! command -v "$tool" > /dev/null; then
        echo "$tool is missing: install a JDK, for instance" >&2
        echo "    apt-get update && apt-get install -y default-jdk-headless" >&2
        exit 1
    fi
done

engines=("$@")
[ $# -gt 0 ] || engines=(flink spark)

work=$(mktemp -d)
# Checkpoints are small and many: in memory where that is to be had.
checkpoints=$(mktemp -d -p "$([ -d /dev/shm ] && echo /dev/shm || echo "$work")")
trap 'rm -rf "$work" "$checkpoints"' EXIT
mkdir "$work/asked" "$work/answered" "$work/flink" "$work/spark" "$work/store"

[ -x "$cache/venv/bin/python" ] || python3 -m venv "$cache/venv"
"$cache/venv/bin/pip" install --quiet --requirement "$here/requirements.txt"
packages=$("$cache/venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')

record_flink() {
    local jars="$packages/pyflink/lib/*"
    javac -nowarn -cp "$jars" -d "$work/flink" "$here"/flink/*.java
    python3 "$here/flink_cases.py" "$work/asked"
    for asked in "$work"/asked/flink_*.ndjson; do
        java -Dlog4j.level=OFF -cp "$work/flink:$jars" FlinkRecorder "$asked" "$work/answered/$(basename "$asked")"
    done
}

record_spark() {
    local home=$packages/pyspark
    javac -nowarn -cp "$home/jars/*" -d "$work/spark" "$here"/spark/*.java
    jar cf "$work/spark.jar" -C "$work/spark" .
    python3 "$here/spark_cases.py" "$work/asked"
    for asked in "$work"/asked/spark_*.ndjson; do
        SPARK_HOME=$home "$home/bin/spark-submit" --class SparkRecorder --master 'local[2]' --driver-memory 2g \
            --driver-class-path "$work/spark.jar" --conf spark.hadoop.fs.file.impl=PlainFiles \
            --driver-java-options "-Dlog4j2.configurationFile=file:$here/spark/log4j2.properties" \
            "$work/spark.jar" "$asked" "$work/answered/$(basename "$asked")" "$checkpoints"
    done
}

measure_store() {
    local jars="$packages/pyflink/lib/*"
    javac -nowarn -cp "$jars" -d "$work/store" "$here"/store/*.java
    TMPDIR=$checkpoints python3 "$here/store/store_bytes.py" "$work/store:$jars" "$here/../golden/store_bytes.json"
}

for engine in "${engines[@]}"; do
    case $engine in
        flink) record_flink ;;
        spark) record_spark ;;
        store) measure_store; continue ;;
        *) echo "$engine is none of flink, spark and store" >&2; exit 1 ;;
    esac
    python3 "$here/golden.py" "$engine" "$work/asked" "$work/answered"
    "$cache/venv/bin/python" "$here/versions.py" "$engine"
done
python3 "$here/counts.py"
