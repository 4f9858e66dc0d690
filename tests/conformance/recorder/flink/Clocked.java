import java.io.IOException;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.runtime.state.AbstractKeyedStateBackend;
import org.apache.flink.runtime.state.KeyedStateBackendParametersImpl;
import org.apache.flink.runtime.state.StateBackendFactory;
import org.apache.flink.runtime.state.hashmap.HashMapStateBackend;

/**
 * Flink's heap state whose state TTL reads a set clock instead of the machine's, so that what expires does not hang on
 * how fast the job runs.
 */
public final class Clocked extends HashMapStateBackend {
    static volatile long now;

    @Override
    public <K> AbstractKeyedStateBackend<K> createKeyedStateBackend(KeyedStateBackendParameters<K> parameters)
            throws IOException {
        return super.createKeyedStateBackend(
                new KeyedStateBackendParametersImpl<>(parameters).setTtlTimeProvider(() -> now));
    }

    /** What the configuration names. */
    public static final class Factory implements StateBackendFactory<Clocked> {
        @Override
        public Clocked createFromConfig(ReadableConfig configuration, ClassLoader loader) {
            return new Clocked();
        }
    }
}
