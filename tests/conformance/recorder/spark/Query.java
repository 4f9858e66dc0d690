import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.session_window;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.window;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.api.java.function.VoidFunction2;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.execution.streaming.runtime.MemoryStream;
import org.apache.spark.sql.streaming.StateOperatorProgress;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.apache.spark.sql.streaming.StreamingQueryProgress;
import org.apache.spark.sql.types.StructType;
import scala.jdk.javaapi.CollectionConverters;

/** A streaming query over batches of known rows. */
final class Query {
    private static final StructType ROW =
            new StructType()
                    .add("place", "long")
                    .add("id", "long")
                    .add("ms", "long")
                    .add("key", "long")
                    .add("user", "long")
                    .add("bytes", "long");

    private final SparkSession spark;
    private final JsonNode wanted;
    private final Path checkpoint;

    Query(SparkSession spark, JsonNode wanted, Path checkpoint) {
        this.spark = spark;
        this.wanted = wanted;
        this.checkpoint = checkpoint;
    }

    /**
     * Feeds one batch after another, each only when the query has nothing left to do, so that a batch without rows has
     * run after each that raised the watermark, as on a live stream.
     */
    Map<String, Object> answer() throws Exception {
        MemoryStream<Row> stream = MemoryStream.apply(spark, 1, Encoders.row(ROW));
        Dataset<Row> rows = stream.toDF().withColumn("time", expr("timestamp_millis(ms)"));
        rows = rows.withWatermark("time", millis(wanted.get("delay").asLong()));
        boolean dedup = wanted.has("dedup");
        Map<Long, List<List<Long>>> emitted = Collections.synchronizedMap(new TreeMap<>());
        VoidFunction2<Dataset<Row>, Long> collect = (batch, number) -> emitted.put(number, sorted(batch));
        StreamingQuery query =
                (dedup ? firsts(rows) : wanted.has("steps") ? Funnel.of(rows, wanted) : windows(rows))
                        .writeStream()
                        .outputMode(wanted.path("output").asText("append"))
                        .option("checkpointLocation", checkpoint.toString())
                        .foreachBatch(collect)
                        .start();
        List<Long> input = new ArrayList<>();
        long fed = 0;
        for (JsonNode batch : wanted.get("batches")) {
            stream.addData(CollectionConverters.asScala(rows(batch)).toSeq());
            query.processAllAvailable();
            for (StreamingQueryProgress progress : ran(query).subList(input.size(), ran(query).size())) {
                input.add(progress.numInputRows() > 0 ? Long.valueOf(fed) : null);
            }
            fed += 1;
        }
        query.stop();
        return told(ran(query), input, emitted, dedup);
    }

    /** Reports of the batches that ran, in order; one of an idle query knows no operator. */
    private static List<StreamingQueryProgress> ran(StreamingQuery query) {
        List<StreamingQueryProgress> reports = new ArrayList<>();
        for (StreamingQueryProgress progress : query.recentProgress()) {
            if (progress.stateOperators().length > 0) {
                if (progress.batchId() != reports.size()) {
                    throw new IllegalStateException("batch " + progress.batchId() + " is not the next");
                }
                reports.add(progress);
            }
        }
        return reports;
    }

    private Map<String, Object> told(
            List<StreamingQueryProgress> ran,
            List<Long> input,
            Map<Long, List<List<Long>>> emitted,
            boolean dedup) {
        List<Object> watermarks = new ArrayList<>();
        List<Object> dropped = new ArrayList<>();
        List<Object> state = new ArrayList<>();
        List<Object> out = new ArrayList<>();
        for (StreamingQueryProgress progress : ran) {
            StateOperatorProgress operator = progress.stateOperators()[0];
            watermarks.add(Instant.parse(progress.eventTime().get("watermark")).toEpochMilli());
            dropped.add(operator.numRowsDroppedByWatermark());
            state.add(operator.numRowsTotal());
            List<List<Long>> rows = emitted.get(progress.batchId());
            out.add(dedup ? rows.stream().map(row -> row.get(0)).toArray() : rows);
        }
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("case", wanted.get("case").asText());
        answer.put("input", input);
        answer.put("watermarks", watermarks);
        answer.put(dedup ? "passed" : "emitted", out);
        answer.put("dropped", dropped);
        answer.put("state_rows", state);
        return answer;
    }

    private Dataset<Row> windows(Dataset<Row> rows) {
        boolean byKey = wanted.get("by").asText().equals("key");
        Column span = span(wanted.get("window")).as("span");
        Column bytes = sum("bytes").as("bytes");
        Column rowCount = count(lit(1)).as("rows");
        Dataset<Row> groups =
                byKey
                        ? rows.groupBy(span, col("key")).agg(rowCount, bytes)
                        : rows.groupBy(span).agg(rowCount, bytes).withColumn("key", lit(-1L));
        return groups.select(
                expr("unix_millis(span.start)"), expr("unix_millis(span.end)"), col("key"), col("rows"), col("bytes"));
    }

    private static Column span(JsonNode window) {
        String size = millis(window.path("size").asLong());
        String offset = millis(window.path("offset").asLong());
        switch (window.get("kind").asText()) {
            case "tumbling":
                return window(col("time"), size, size, offset);
            case "sliding":
                return window(col("time"), size, millis(window.get("slide").asLong()), offset);
            case "session":
                return session_window(col("time"), millis(window.get("gap").asLong()));
            default:
                throw new IllegalArgumentException(window.toString());
        }
    }

    private Dataset<Row> firsts(Dataset<Row> rows) {
        switch (wanted.get("dedup").asText()) {
            case "id":
                return rows.dropDuplicates("id").select("place");
            case "id_and_event_time":
                return rows.dropDuplicates("id", "time").select("place");
            case "id_within_watermark":
                return rows.dropDuplicatesWithinWatermark("id").select("place");
            default:
                throw new IllegalArgumentException(wanted.toString());
        }
    }

    private static String millis(long time) {
        return time + " milliseconds";
    }

    private static List<Row> rows(JsonNode batch) {
        List<Row> rows = new ArrayList<>();
        for (JsonNode row : batch) {
            Object[] cells = new Object[6];
            cells[0] = (long) rows.size();
            for (int at = 0; at < 5; at++) {
                cells[at + 1] = row.path(at).asLong();
            }
            rows.add(RowFactory.create(cells));
        }
        return rows;
    }

    private static List<List<Long>> sorted(Dataset<Row> batch) {
        List<List<Long>> rows = new ArrayList<>();
        for (Row row : batch.collectAsList()) {
            List<Long> cells = new ArrayList<>();
            for (int at = 0; at < row.length(); at++) {
                cells.add(row.getLong(at));
            }
            rows.add(cells);
        }
        rows.sort(
                (a, b) -> {
                    for (int at = 0; at < a.size(); at++) {
                        int order = Long.compare(a.get(at), b.get(at));
                        if (order != 0) {
                            return order;
                        }
                    }
                    return 0;
                });
        return rows;
    }
}
