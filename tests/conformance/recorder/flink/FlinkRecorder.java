import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ObjectNode;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** Runs each case of a file as a job of its own and writes what Flink answered, a case a line. */
public final class FlinkRecorder {
    private static final ObjectMapper JSON = new ObjectMapper();

    private FlinkRecorder() {}

    public static void main(String[] files) throws Exception {
        Configuration cluster = new Configuration();
        cluster.set(RestOptions.BIND_PORT, "0");
        MiniClusterConfiguration shape =
                new MiniClusterConfiguration.Builder()
                        .setConfiguration(cluster)
                        .setNumTaskManagers(1)
                        .setNumSlotsPerTaskManager(1)
                        .build();
        try (MiniCluster flink = new MiniCluster(shape);
                BufferedReader cases = Files.newBufferedReader(Path.of(files[0]));
                BufferedWriter answers = Files.newBufferedWriter(Path.of(files[1]))) {
            flink.start();
            for (String line = cases.readLine(); line != null; line = cases.readLine()) {
                answers.write(JSON.writeValueAsString(answer(flink, JSON.readTree(line))));
                answers.newLine();
            }
        }
        // Pools of the engine may still have threads.
        System.exit(0);
    }

    private static ObjectNode answer(MiniCluster flink, JsonNode wanted) throws Exception {
        Configuration job = new Configuration();
        job.set(StateBackendOptions.STATE_BACKEND, Clocked.Factory.class.getName());
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment(job);
        env.setParallelism(1);
        env.setRuntimeMode(RuntimeExecutionMode.STREAMING);
        // No periodic watermarks.
        env.getConfig().setAutoWatermarkInterval(0);
        long bound = wanted.path("bound").asLong();
        DataStream<Row> rows = env.fromData(rows(wanted)).assignTimestampsAndWatermarks(PerRecord.strategy(bound));
        boolean dedup = wanted.has("clears");
        boolean funnel = wanted.has("steps");
        if (dedup) {
            Dedup.attach(rows, wanted);
        } else if (funnel) {
            Funnel.attach(rows, wanted);
        } else {
            Windows.attach(rows, wanted);
        }
        Seen.forget();
        Clocked.now = 0;
        flink.executeJobBlocking(env.getStreamGraph().getJobGraph());
        ObjectNode answer = JSON.createObjectNode();
        answer.put("case", wanted.get("case").asText());
        if (dedup) {
            answer.set("passed", JSON.valueToTree(Seen.PASSED));
            answer.set("cleared", JSON.valueToTree(Seen.CLEARED));
        } else if (funnel) {
            answer.set("matches", JSON.valueToTree(Seen.MATCHES));
            answer.set("timed_out", JSON.valueToTree(Seen.TIMED_OUT));
            answer.set("late", JSON.valueToTree(Seen.LATE));
        } else {
            answer.set("firings", JSON.valueToTree(Seen.FIRINGS));
            answer.set("late", JSON.valueToTree(Seen.LATE));
        }
        return answer;
    }

    private static List<Row> rows(JsonNode wanted) {
        List<Row> rows = new ArrayList<>();
        for (JsonNode row : wanted.get("rows")) {
            long[] cell = new long[5];
            for (int at = 0; at < row.size(); at++) {
                cell[at] = row.get(at).asLong();
            }
            rows.add(new Row(rows.size(), cell[0], cell[1], cell[2], cell[3], cell[4]));
        }
        return rows;
    }
}
