package peer;

import java.util.List;
import org.springframework.jdbc.core.JdbcTemplate;

/** A restaurant that needs slots. */
record Restaurant(long id, int maxCapacity) {
  static List<Restaurant> readAll(JdbcTemplate jdbc) {
    return jdbc.query(
        "SELECT id, max_capacity FROM restaurant ORDER BY id",
        (row, index) -> new Restaurant(row.getLong(1), row.getInt(2)));
  }
}
