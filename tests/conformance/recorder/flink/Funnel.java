import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.flink.cep.CEP;
import org.apache.flink.cep.functions.PatternProcessFunction;
import org.apache.flink.cep.functions.TimedOutPartialMatchHandler;
import org.apache.flink.cep.pattern.Pattern;
import org.apache.flink.cep.pattern.conditions.SimpleCondition;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;

/**
 * Matches begin(A).followedBy(B)….within(T) in each user's rows with Flink CEP: event time, no skipping, late rows to the side
 * output. The key of a row is its type.
 */
final class Funnel {
    private Funnel() {}

    static void attach(DataStream<Row> rows, JsonNode wanted) {
        JsonNode steps = wanted.get("steps");
        Pattern<Row, Row> pattern = Pattern.<Row>begin("0").where(SimpleCondition.of(is(steps.get(0).asLong())));
        for (int step = 1; step < steps.size(); step++) {
            pattern = pattern.followedBy("" + step).where(SimpleCondition.of(is(steps.get(step).asLong())));
        }
        pattern = pattern.within(Duration.ofMillis(wanted.get("within").asLong()));
        OutputTag<Row> late = new OutputTag<Row>("late") {};
        SingleOutputStreamOperator<Integer[]> matched =
                CEP.pattern(rows.keyBy(row -> row.user), pattern).inEventTime().sideOutputLateData(late).process(new Matches());
        matched.process(new Before()).sinkTo(new DiscardingSink<>());
        matched.getSideOutput(late).process(new Late()).sinkTo(new DiscardingSink<>());
    }

    private static org.apache.flink.api.common.functions.FilterFunction<Row> is(long type) {
        return row -> row.key == type;
    }

    private static Integer[] places(Map<String, List<Row>> match) {
        return IntStream.range(0, match.size()).mapToObj(step -> match.get("" + step).get(0).place).toArray(Integer[]::new);
    }

    /** Places of the rows of a match. */
    private static final class Matches extends PatternProcessFunction<Row, Integer[]>
            implements TimedOutPartialMatchHandler<Row> {
        @Override
        public void processMatch(Map<String, List<Row>> match, Context context, Collector<Integer[]> out) {
            out.collect(places(match));
        }

        @Override
        public void processTimedOutMatch(Map<String, List<Row>> match, Context context) {
            Seen.TIMED_OUT.add(places(match));
        }
    }

    /** Is chained to the operator, and learns of a watermark right after all that it made match. */
    private static final class Before extends ProcessFunction<Integer[], Integer> {
        @Override
        public void processElement(Integer[] match, Context context, Collector<Integer> out) {
            long before = context.timerService().currentWatermark();
            Seen.MATCHES.add(new Object[] {match, before});
        }
    }

    private static final class Late extends ProcessFunction<Row, Integer> {
        @Override
        public void processElement(Row row, Context context, Collector<Integer> out) {
            Seen.LATE.add(row.place);
        }
    }
}
