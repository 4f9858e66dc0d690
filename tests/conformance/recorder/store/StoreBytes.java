import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.StateTtlConfig;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.core.execution.CheckpointType;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.streaming.api.functions.source.legacy.SourceFunction;
import org.apache.flink.util.Collector;

/**
 * Measures what an id costs in Flink's state: a job remembers so many ids and stands still; then the heap is measured
 * after a collection and a checkpoint is taken. Arguments: store (hashmap or rocksdb), id (long or text), whether with
 * state TTL, number of ids, folder for checkpoints. Prints heap bytes and bytes of the checkpoint.
 */
public final class StoreBytes {
    private static volatile long remembered;

    private StoreBytes() {}

    public static void main(String[] arguments) throws Exception {
        Configuration shape = new Configuration();
        shape.set(RestOptions.BIND_PORT, "0");
        shape.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ofMebiBytes(512));
        shape.set(CheckpointingOptions.FS_SMALL_FILE_THRESHOLD, MemorySize.ofMebiBytes(0));
        MiniClusterConfiguration cluster =
                new MiniClusterConfiguration.Builder()
                        .setConfiguration(shape)
                        .setNumTaskManagers(1)
                        .setNumSlotsPerTaskManager(1)
                        .build();
        long ids = Long.parseLong(arguments[3]);
        Path checkpoints = Path.of(arguments[4]);
        try (MiniCluster flink = new MiniCluster(cluster)) {
            flink.start();
            JobGraph job = job(arguments, ids, checkpoints);
            JobID id = flink.submitJob(job).get().getJobID();
            while (remembered < ids) {
                if (flink.getJobStatus(id).get().isTerminalState()) {
                    flink.requestJobResult(id).get().toJobExecutionResult(StoreBytes.class.getClassLoader());
                }
                TimeUnit.MILLISECONDS.sleep(100);
            }
            long heap = heap();
            // There are no others: periodic checkpoints are off.
            flink.triggerCheckpoint(id, CheckpointType.FULL).get();
            System.out.println(heap + " " + size(checkpoints));
            flink.cancelJob(id).get();
            flink.requestJobResult(id).get();
        }
        System.exit(0);
    }

    private static JobGraph job(String[] arguments, long ids, Path checkpoints) {
        Configuration job = new Configuration();
        job.set(StateBackendOptions.STATE_BACKEND, arguments[0]);
        job.set(CheckpointingOptions.CHECKPOINT_STORAGE, "filesystem");
        job.set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, checkpoints.toUri().toString());
        // RocksDB then hands over its own files as they are; heap state does not care.
        job.set(CheckpointingOptions.INCREMENTAL_CHECKPOINTS, true);
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment(job);
        env.setParallelism(1);
        env.getConfig().enableObjectReuse();
        boolean ttl = Boolean.parseBoolean(arguments[2]);
        if (arguments[1].equals("long")) {
            DataStream<Long> numbers = env.addSource(new Numbers(ids)).returns(Long.class);
            numbers.keyBy(number -> number).process(new Remember<Long>(ttl)).sinkTo(new DiscardingSink<>());
        } else {
            DataStream<String> texts = env.addSource(new Texts(ids)).returns(String.class);
            texts.keyBy(text -> text).process(new Remember<String>(ttl)).sinkTo(new DiscardingSink<>());
        }
        return env.getStreamGraph().getJobGraph();
    }

    /** Used heap after collections, when it has stopped falling. */
    private static long heap() throws InterruptedException {
        long least = Long.MAX_VALUE;
        for (int round = 0; round < 4; round++) {
            System.gc();
            TimeUnit.MILLISECONDS.sleep(500);
            least = Math.min(least, Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory());
        }
        return least;
    }

    private static long size(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile).mapToLong(file -> file.toFile().length()).sum();
        }
    }

    /** Distinct numbers that look like chance: the finaliser of SplitMix64, which is one to one. */
    private static long mix(long number) {
        long mixed = number * 0x9e3779b97f4a7c15L;
        mixed = (mixed ^ (mixed >>> 30)) * 0xbf58476d1ce4e5b9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94d049bb133111ebL;
        return mixed ^ (mixed >>> 31);
    }

    /** Emits the ids, then stands still until it is cancelled. */
    private abstract static class Ids<T> implements SourceFunction<T> {
        private static final long serialVersionUID = 1;

        private final long ids;
        private volatile boolean running = true;

        Ids(long ids) {
            this.ids = ids;
        }

        abstract T id(long number);

        @Override
        public void run(SourceContext<T> context) throws Exception {
            for (long number = 0; number < ids && running; number++) {
                context.collect(id(number));
            }
            while (running) {
                TimeUnit.MILLISECONDS.sleep(20);
            }
        }

        @Override
        public void cancel() {
            running = false;
        }
    }

    private static final class Numbers extends Ids<Long> {
        private static final long serialVersionUID = 1;

        Numbers(long ids) {
            super(ids);
        }

        @Override
        Long id(long number) {
            return mix(number);
        }
    }

    private static final class Texts extends Ids<String> {
        private static final long serialVersionUID = 1;

        Texts(long ids) {
            super(ids);
        }

        @Override
        String id(long number) {
            return new UUID(mix(number), mix(~number)).toString();
        }
    }

    private static final class Remember<T> extends KeyedProcessFunction<T, T, T> {
        private static final long serialVersionUID = 1;

        private final boolean ttl;
        private transient ValueState<Boolean> seen;
        private transient long count;

        Remember(boolean ttl) {
            this.ttl = ttl;
        }

        @Override
        public void open(OpenContext context) {
            ValueStateDescriptor<Boolean> descriptor = new ValueStateDescriptor<>("seen", Boolean.class);
            if (ttl) {
                descriptor.enableTimeToLive(StateTtlConfig.newBuilder(Duration.ofDays(1)).build());
            }
            seen = getRuntimeContext().getState(descriptor);
        }

        @Override
        public void processElement(T id, Context context, Collector<T> out) throws Exception {
            if (seen.value() == null) {
                seen.update(true);
                count += 1;
                remembered = count;
            }
        }
    }
}
