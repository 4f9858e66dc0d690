import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.streaming.api.datastream.AllWindowedStream;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.datastream.WindowedStream;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.streaming.api.functions.windowing.ProcessAllWindowFunction;
import org.apache.flink.streaming.api.functions.windowing.ProcessWindowFunction;
import org.apache.flink.streaming.api.windowing.assigners.EventTimeSessionWindows;
import org.apache.flink.streaming.api.windowing.assigners.SlidingEventTimeWindows;
import org.apache.flink.streaming.api.windowing.assigners.TumblingEventTimeWindows;
import org.apache.flink.streaming.api.windowing.assigners.WindowAssigner;
import org.apache.flink.streaming.api.windowing.triggers.CountTrigger;
import org.apache.flink.streaming.api.windowing.triggers.EventTimeTrigger;
import org.apache.flink.streaming.api.windowing.triggers.PurgingTrigger;
import org.apache.flink.streaming.api.windowing.triggers.Trigger;
import org.apache.flink.streaming.api.windowing.windows.GlobalWindow;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;
import org.apache.flink.streaming.api.windowing.windows.Window;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;

/** Windows of the DataStream API, by key and over all rows. */
final class Windows {
    /** The key of windows over all rows. */
    private static final long ALL = -1;

    private static final OutputTag<Row> LATE = new OutputTag<Row>("late") {};

    private Windows() {}

    static void attach(DataStream<Row> rows, JsonNode wanted) {
        JsonNode window = wanted.get("window");
        boolean byKey = wanted.get("by").asText().equals("key");
        Duration lateness = Duration.ofMillis(wanted.get("lateness").asLong());
        if (window.get("kind").asText().equals("count")) {
            count(rows, window, byKey);
            return;
        }
        WindowAssigner<Object, TimeWindow> assigner = assigner(window);
        SingleOutputStreamOperator<Long> fired;
        if (byKey) {
            WindowedStream<Row, Long, TimeWindow> open = rows.keyBy(row -> row.key).window(assigner);
            fired = open.allowedLateness(lateness).sideOutputLateData(LATE).process(new ByKey<>());
        } else {
            AllWindowedStream<Row, TimeWindow> open = rows.windowAll(assigner);
            open.trigger(new Watched<>(EventTimeTrigger.create()));
            fired = open.allowedLateness(lateness).sideOutputLateData(LATE).process(new OverAll<>());
        }
        fired.sinkTo(new DiscardingSink<>());
        fired.getSideOutput(LATE).map(row -> Seen.LATE.add(row.place)).sinkTo(new DiscardingSink<>());
    }

    private static WindowAssigner<Object, TimeWindow> assigner(JsonNode window) {
        Duration size = Duration.ofMillis(window.path("size").asLong());
        Duration offset = Duration.ofMillis(window.path("offset").asLong());
        switch (window.get("kind").asText()) {
            case "tumbling":
                return TumblingEventTimeWindows.of(size, offset);
            case "sliding":
                return SlidingEventTimeWindows.of(size, Duration.ofMillis(window.get("slide").asLong()), offset);
            case "session":
                return EventTimeSessionWindows.withGap(Duration.ofMillis(window.get("gap").asLong()));
            default:
                throw new IllegalArgumentException(window.toString());
        }
    }

    private static void count(DataStream<Row> rows, JsonNode window, boolean byKey) {
        long size = window.get("size").asLong();
        JsonNode slide = window.get("slide");
        SingleOutputStreamOperator<Long> fired;
        if (byKey) {
            var keyed = rows.keyBy(row -> row.key);
            var open = slide == null ? keyed.countWindow(size) : keyed.countWindow(size, slide.asLong());
            fired = open.process(new ByKey<GlobalWindow>());
        } else {
            var open = slide == null ? rows.countWindowAll(size) : rows.countWindowAll(size, slide.asLong());
            // The triggers that these two set themselves.
            Trigger<Object, GlobalWindow> each = CountTrigger.of(slide == null ? size : slide.asLong());
            open.trigger(new Watched<>(slide == null ? PurgingTrigger.of(each) : each));
            fired = open.process(new OverAll<GlobalWindow>());
        }
        fired.sinkTo(new DiscardingSink<>());
    }

    private static void write(Window window, long key, Iterable<Row> rows, long watermark) {
        long count = 0;
        long bytes = 0;
        Set<Long> users = new HashSet<>();
        for (Row row : rows) {
            count += 1;
            bytes += row.bytes;
            users.add(row.user);
        }
        // A count window has no time.
        TimeWindow times = window instanceof TimeWindow ? (TimeWindow) window : null;
        Long start = times == null ? null : Long.valueOf(times.getStart());
        Long end = times == null ? null : Long.valueOf(times.getEnd());
        Seen.FIRINGS.add(
                new Long[] {start, end, key, count, Long.valueOf(users.size()), bytes, Seen.watermark(watermark)});
    }

    private static final class ByKey<W extends Window> extends ProcessWindowFunction<Row, Long, Long, W> {
        @Override
        public void process(Long key, Context context, Iterable<Row> rows, Collector<Long> out) {
            write(context.window(), key, rows, context.currentWatermark());
        }
    }

    private static final class OverAll<W extends Window> extends ProcessAllWindowFunction<Row, Long, W> {
        @Override
        public void process(Context context, Iterable<Row> rows, Collector<Long> out) {
            write(context.window(), ALL, rows, Watched.watermark);
        }
    }
}
