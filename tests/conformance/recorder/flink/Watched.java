import org.apache.flink.streaming.api.windowing.triggers.Trigger;
import org.apache.flink.streaming.api.windowing.triggers.TriggerResult;
import org.apache.flink.streaming.api.windowing.windows.Window;

/**
 * Flink's own trigger, asked as ever, that also notes the watermark: functions of windows over all rows are not told it.
 * A trigger decides right before the window's function is called, in the same thread.
 */
final class Watched<W extends Window> extends Trigger<Object, W> {
    static long watermark;

    private final Trigger<Object, W> own;

    Watched(Trigger<Object, W> own) {
        this.own = own;
    }

    @Override
    public TriggerResult onElement(Object row, long time, W window, TriggerContext context) throws Exception {
        watermark = context.getCurrentWatermark();
        return own.onElement(row, time, window, context);
    }

    @Override
    public TriggerResult onEventTime(long time, W window, TriggerContext context) throws Exception {
        watermark = context.getCurrentWatermark();
        return own.onEventTime(time, window, context);
    }

    @Override
    public TriggerResult onProcessingTime(long time, W window, TriggerContext context) throws Exception {
        return own.onProcessingTime(time, window, context);
    }

    @Override
    public boolean canMerge() {
        return own.canMerge();
    }

    @Override
    public void onMerge(W window, OnMergeContext context) throws Exception {
        own.onMerge(window, context);
    }

    @Override
    public void clear(W window, TriggerContext context) throws Exception {
        own.clear(window, context);
    }
}
