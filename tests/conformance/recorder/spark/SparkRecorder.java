import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.spark.sql.SparkSession;

/** Runs each case of a file as a query of its own and writes what Spark answered, a case a line. */
public final class SparkRecorder {
    /** Queries at a time; each is a chain of batches of its own. */
    private static final int AT_A_TIME = 6;

    private static final String FILES =
            "org.apache.spark.sql.execution.streaming.checkpointing.FileSystemBasedCheckpointFileManager";

    private SparkRecorder() {}

    /** Arguments: file of cases, file for the answers, folder for the checkpoints. */
    public static void main(String[] arguments) throws Exception {
        SparkSession spark =
                SparkSession.builder()
                        .appName("recorder")
                        .config("spark.ui.enabled", "false")
                        .config("spark.sql.session.timeZone", "UTC")
                        .config("spark.sql.shuffle.partitions", "1")
                        .config("spark.sql.streaming.numRecentProgressUpdates", "100000")
                        // An idle query reports nothing, so that each report is a batch.
                        .config("spark.sql.streaming.noDataProgressEventInterval", "86400000")
                        .config("spark.sql.adaptive.enabled", "false")
                        // The usual manager starts a process of the shell for every file it renames.
                        .config("spark.sql.streaming.checkpointFileManagerClass", FILES)
                        .config("spark.sql.streaming.checkpoint.fileChecksum.enabled", "false")
                        // Compiling code for ten rows takes longer than running it.
                        .config("spark.sql.codegen.wholeStage", "false")
                        .config("spark.sql.codegen.factoryMode", "NO_CODEGEN")
                        .getOrCreate();
        ObjectMapper json = new ObjectMapper();
        ExecutorService workers = Executors.newFixedThreadPool(AT_A_TIME);
        List<Future<String>> answers = new ArrayList<>();
        for (String line : Files.readAllLines(Path.of(arguments[0]))) {
            JsonNode wanted = json.readTree(line);
            Path checkpoint = Path.of(arguments[2], wanted.get("case").asText());
            answers.add(workers.submit(() -> json.writeValueAsString(new Query(spark, wanted, checkpoint).answer())));
        }
        try (BufferedWriter file = Files.newBufferedWriter(Path.of(arguments[1]))) {
            for (Future<String> answer : answers) {
                file.write(answer.get());
                file.newLine();
            }
        } finally {
            workers.shutdownNow();
        }
        spark.stop();
    }
}
