/** A row of a case. Public fields and an empty constructor make it a POJO for Flink. */
public class Row {
    /** Place of the row in the case, from 0. */
    public int place;

    public long id;
    public long time;
    public long key;
    public long user;
    public long bytes;

    public Row() {}

    Row(int place, long id, long time, long key, long user, long bytes) {
        this.place = place;
        this.id = id;
        this.time = time;
        this.key = key;
        this.user = user;
        this.bytes = bytes;
    }
}
