import org.apache.flink.api.common.state.StateTtlConfig;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.util.Collector;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;

/** Lets the first row of an id pass, by id, and forgets the id after a time. */
final class Dedup {
    private Dedup() {}

    static void attach(DataStream<Row> rows, JsonNode wanted) {
        long ttl = wanted.get("ttl").asLong();
        KeyedProcessFunction<Long, Row, Long> first =
                wanted.get("clears").asText().equals("event_time_timer") ? new ByTimer(ttl) : new ByStateTtl(ttl);
        rows.keyBy(row -> row.id).process(first).sinkTo(new DiscardingSink<>());
    }

    /** Forgets an id when the watermark reaches the event time of the row that passed + TTL. */
    private static final class ByTimer extends KeyedProcessFunction<Long, Row, Long> {
        private final long ttl;
        private transient ValueState<Boolean> seen;

        ByTimer(long ttl) {
            this.ttl = ttl;
        }

        @Override
        public void open(OpenContext context) {
            seen = getRuntimeContext().getState(new ValueStateDescriptor<>("seen", Boolean.class));
        }

        @Override
        public void processElement(Row row, Context context, Collector<Long> out) throws Exception {
            if (seen.value() == null) {
                seen.update(true);
                context.timerService().registerEventTimeTimer(row.time + ttl);
                Seen.PASSED.add(row.place);
            }
        }

        @Override
        public void onTimer(long time, OnTimerContext context, Collector<Long> out) throws Exception {
            seen.clear();
            long watermark = context.timerService().currentWatermark();
            Seen.CLEARED.add(new Long[] {context.getCurrentKey(), time, Seen.watermark(watermark)});
        }
    }

    /** Flink's own state TTL; the clock is the one of {@link Clocked}. */
    private static final class ByStateTtl extends KeyedProcessFunction<Long, Row, Long> {
        private final long ttl;
        private transient ValueState<Boolean> seen;

        ByStateTtl(long ttl) {
            this.ttl = ttl;
        }

        @Override
        public void open(OpenContext context) {
            ValueStateDescriptor<Boolean> descriptor = new ValueStateDescriptor<>("seen", Boolean.class);
            descriptor.enableTimeToLive(StateTtlConfig.newBuilder(Duration.ofMillis(ttl)).build());
            seen = getRuntimeContext().getState(descriptor);
        }

        @Override
        public void processElement(Row row, Context context, Collector<Long> out) throws Exception {
            // The rows of these cases carry the arrival as their time.
            Clocked.now = row.time;
            if (seen.value() == null) {
                seen.update(true);
                Seen.PASSED.add(row.place);
            }
        }
    }
}
