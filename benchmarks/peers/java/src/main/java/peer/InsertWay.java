package peer;

import java.util.List;

/** One way of inserting slots; what it needs is open before {@link #insert} is called and measured. */
interface InsertWay extends AutoCloseable {
  void insert(List<Restaurant> restaurants, Job job) throws Exception;

  @Override
  default void close() {}
}
