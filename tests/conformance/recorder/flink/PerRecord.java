import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;

/** Sends a watermark right behind each row: largest event time so far − bound − 1. */
final class PerRecord implements WatermarkGenerator<Row> {
    private final long bound;
    private long largest;

    private PerRecord(long bound) {
        this.bound = bound;
        this.largest = Long.MIN_VALUE + bound + 1;
    }

    static WatermarkStrategy<Row> strategy(long bound) {
        return WatermarkStrategy.<Row>forGenerator(context -> new PerRecord(bound))
                .withTimestampAssigner((row, before) -> row.time);
    }

    @Override
    public void onEvent(Row row, long time, WatermarkOutput output) {
        largest = Math.max(largest, time);
        output.emitWatermark(new Watermark(largest - bound - 1));
    }

    @Override
    public void onPeriodicEmit(WatermarkOutput output) {}
}
