import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * What the running job answered, in its order. Static, as Flink hands copies of the functions to its tasks, which run in
 * this same JVM; one job runs at a time.
 */
final class Seen {
    /** start, end, key, count, distinct users, sum of bytes, watermark. */
    static final List<Long[]> FIRINGS = Collections.synchronizedList(new ArrayList<>());

    /** Places of late rows. */
    static final List<Integer> LATE = Collections.synchronizedList(new ArrayList<>());

    /** Places of rows that deduplication let pass. */
    static final List<Integer> PASSED = Collections.synchronizedList(new ArrayList<>());

    /** id, time of the timer, watermark. */
    static final List<Long[]> CLEARED = Collections.synchronizedList(new ArrayList<>());

    /** Places of the rows of a match of a pattern, and the watermark before the one that completed it. */
    static final List<Object[]> MATCHES = Collections.synchronizedList(new ArrayList<>());

    /** Places of the rows of attempts that ran out of time. */
    static final List<Integer[]> TIMED_OUT = Collections.synchronizedList(new ArrayList<>());

    private Seen() {}

    static void forget() {
        FIRINGS.clear();
        LATE.clear();
        PASSED.clear();
        CLEARED.clear();
        MATCHES.clear();
        TIMED_OUT.clear();
    }

    /** The last watermark of a bounded input has no meaning as a time. */
    static Long watermark(long watermark) {
        return watermark == Long.MAX_VALUE ? null : Long.valueOf(watermark);
    }
}
