package peer;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.sql.DataSource;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.ParameterizedPreparedStatementSetter;

/** JdbcTemplate.batchUpdate with rewriteBatchedStatements: a batch goes out as one INSERT and commits by itself. */
final class TemplateBatch implements InsertWay {
  private final JdbcTemplate jdbc;
  private final ParameterizedPreparedStatementSetter<SlotRow> binding;

  TemplateBatch(DataSource pool, ParameterizedPreparedStatementSetter<SlotRow> binding) {
    this.jdbc = new JdbcTemplate(pool);
    this.binding = binding;
  }

  @Override
  public void insert(List<Restaurant> restaurants, Job job) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(job.threads());
    try {
      List<Future<?>> shares = new ArrayList<>();
      for (int thread = 0; thread < job.threads(); thread++) {
        List<Restaurant> share = shareOf(restaurants, thread, job.threads());
        shares.add(threads.submit(() -> insertShare(share, job)));
      }
      for (Future<?> share : shares) share.get();
    } finally {
      threads.shutdown();
    }
  }

  private static List<Restaurant> shareOf(List<Restaurant> all, int thread, int threads) {
    int size = all.size();
    return all.subList((int) ((long) size * thread / threads), (int) ((long) size * (thread + 1) / threads));
  }

  private void insertShare(List<Restaurant> restaurants, Job job) {
    List<SlotRow> batch = new ArrayList<>(job.batchRows());
    for (Restaurant restaurant : restaurants) {
      job.forEachSlot(
          restaurant,
          slot -> {
            batch.add(slot);
            if (batch.size() == job.batchRows()) flush(batch);
          });
    }
    if (!batch.isEmpty()) flush(batch);
  }

  private void flush(List<SlotRow> batch) {
    jdbc.batchUpdate(SlotRow.INSERT, batch, batch.size(), binding);
    batch.clear();
  }
}
