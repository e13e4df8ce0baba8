package peer;

import java.sql.Date;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Time;
import java.time.LocalDate;
import java.time.LocalTime;

/** A slot as JDBC inserts it; an existing one is kept, as the slot job of a running service must. */
record SlotRow(long restaurantId, LocalDate date, LocalTime time, int capacity) {
  static final String INSERT =
      "INSERT INTO reservation_slot (restaurant_id, date, time, capacity) VALUES (?, ?, ?, ?) "
          + "ON DUPLICATE KEY UPDATE count = count";

  /** As the original service bound its rows: java.sql.Date and Time. */
  void bindSqlTypes(PreparedStatement statement) throws SQLException {
    statement.setLong(1, restaurantId);
    statement.setDate(2, Date.valueOf(date));
    statement.setTime(3, Time.valueOf(time));
    statement.setInt(4, capacity);
  }

  /** With java.time, which Connector/J writes out faster. */
  void bindJavaTime(PreparedStatement statement) throws SQLException {
    statement.setLong(1, restaurantId);
    statement.setObject(2, date);
    statement.setObject(3, time);
    statement.setInt(4, capacity);
  }
}
