import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.function.FlatMapGroupsWithStateFunction;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.streaming.GroupState;
import org.apache.spark.sql.streaming.GroupStateTimeout;
import org.apache.spark.sql.streaming.OutputMode;
import org.apache.spark.sql.types.StructType;

/**
 * Ordered steps of a user, as a job writes them with flatMapGroupsWithState: the rows of a batch by event time, on top of the
 * attempts in the user's state, which end by event-time timeout. The key of a row is its type, its id its place.
 */
final class Funnel implements FlatMapGroupsWithStateFunction<Long, Row, String, Row> {
    private static final StructType REACHED = new StructType().add("opened", "long").add("step", "long").add("by", "long");

    private final long[] steps;
    private final long within;

    private Funnel(JsonNode wanted) {
        steps = new long[wanted.get("steps").size()];
        for (int step = 0; step < steps.length; step++) {
            steps[step] = wanted.get("steps").get(step).asLong();
        }
        within = wanted.get("within").asLong();
    }

    static Dataset<Row> of(Dataset<Row> rows, JsonNode wanted) {
        return rows.groupByKey((MapFunction<Row, Long>) row -> row.<Long>getAs("user"), Encoders.LONG())
                .flatMapGroupsWithState(
                        new Funnel(wanted),
                        OutputMode.Append(),
                        Encoders.STRING(),
                        Encoders.row(REACHED),
                        GroupStateTimeout.EventTimeTimeout());
    }

    @Override
    public Iterator<Row> call(Long user, Iterator<Row> arrived, GroupState<String> state) {
        // Each attempt: id and time of the row that opened it, steps reached, time of the last.
        List<long[]> attempts = new ArrayList<>();
        if (state.exists()) {
            for (String attempt : state.get().split(";")) {
                String[] cells = attempt.split(",");
                attempts.add(new long[] {number(cells[0]), number(cells[1]), number(cells[2]), number(cells[3])});
            }
        }
        List<Row> rows = new ArrayList<>();
        arrived.forEachRemaining(rows::add);
        rows.sort(Comparator.comparing((Row row) -> row.<Long>getAs("ms")).thenComparing(row -> row.<Long>getAs("id")));
        List<Row> out = new ArrayList<>();
        for (Row row : rows) {
            long id = row.getAs("id");
            long time = row.getAs("ms");
            long type = row.getAs("key");
            for (long[] attempt : attempts) {
                int next = (int) attempt[2];
                if (next < steps.length && type == steps[next] && time >= attempt[3] && time - attempt[1] < within) {
                    out.add(RowFactory.create(attempt[0], attempt[2], id));
                    attempt[2] += 1;
                    attempt[3] = time;
                }
            }
            if (type == steps[0]) {
                out.add(RowFactory.create(id, 0L, id));
                attempts.add(new long[] {id, time, 1, time});
            }
        }
        long watermark = state.getCurrentWatermarkMs();
        attempts.removeIf(attempt -> attempt[2] == steps.length || attempt[1] + within <= watermark);
        if (attempts.isEmpty()) {
            if (state.exists()) {
                state.remove();
            }
            return out.iterator();
        }
        StringBuilder kept = new StringBuilder();
        long ends = Long.MAX_VALUE;
        for (long[] attempt : attempts) {
            kept.append(attempt[0]).append(',').append(attempt[1]).append(',').append(attempt[2]).append(',');
            kept.append(attempt[3]).append(';');
            ends = Math.min(ends, attempt[1] + within);
        }
        state.update(kept.toString());
        // It runs out when the watermark is above it.
        state.setTimeoutTimestamp(Math.max(ends - 1, watermark + 1));
        return out.iterator();
    }

    private static long number(String text) {
        return Long.parseLong(text);
    }
}
