package peer;

import java.util.List;
import javax.sql.DataSource;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** JdbcTemplate, one update a row; one transaction a restaurant. */
final class TemplateRow implements InsertWay {
  private final JdbcTemplate jdbc;
  private final TransactionTemplate transactions;

  TemplateRow(DataSource pool) {
    jdbc = new JdbcTemplate(pool);
    transactions = new TransactionTemplate(new DataSourceTransactionManager(pool));
  }

  @Override
  public void insert(List<Restaurant> restaurants, Job job) {
    for (Restaurant restaurant : restaurants) {
      transactions.executeWithoutResult(
          status -> job.forEachSlot(restaurant, slot -> jdbc.update(SlotRow.INSERT, slot::bindSqlTypes)));
    }
  }
}
