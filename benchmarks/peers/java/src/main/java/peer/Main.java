package peer;

import com.zaxxer.hikari.HikariDataSource;
import java.util.List;
import org.springframework.jdbc.core.JdbcTemplate;

/**
 * Fills the slot table the way a Spring service would: {@code peer.Main WAY FROM DAYS TIMES BATCH_ROWS THREADS}.
 * The tables and restaurants are there already; the connection comes from the environment. Prints one JSON line.
 */
public final class Main {
  public static void main(String[] args) throws Exception {
    Job job = Job.parse(args);
    try (HikariDataSource pool = Connections.open(job.threads() + 1)) {
      List<Restaurant> restaurants = Restaurant.readAll(new JdbcTemplate(pool));
      try (InsertWay way = createWay(job, pool)) {
        Measurement measurement = Measurement.start();
        way.insert(restaurants, job);
        System.out.println(measurement.toJson(job.rows(restaurants.size())));
      }
    }
  }

  private static InsertWay createWay(Job job, HikariDataSource pool) {
    return switch (job.way()) {
      case "identity" -> new HibernateIdentity();
      case "row" -> new TemplateRow(pool);
      case "batch" -> new TemplateBatch(pool, (statement, slot) -> slot.bindSqlTypes(statement));
      case "batch-java-time" -> new TemplateBatch(pool, (statement, slot) -> slot.bindJavaTime(statement));
      default -> throw new IllegalArgumentException("unknown way: " + job.way());
    };
  }

  private Main() {}
}
