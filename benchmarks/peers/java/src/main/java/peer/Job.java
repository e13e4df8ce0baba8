package peer;

import java.time.LocalDate;
import java.time.LocalTime;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** What to insert: every restaurant has a slot at each of {@code times} on {@code days} dates. */
record Job(String way, LocalDate from, int days, List<LocalTime> times, int batchRows, int threads) {
  static Job parse(String[] args) {
    List<LocalTime> times = Stream.of(args[3].split(",")).map(LocalTime::parse).toList();
    return new Job(
        args[0],
        LocalDate.parse(args[1]),
        Integer.parseInt(args[2]),
        times,
        Integer.parseInt(args[4]),
        Integer.parseInt(args[5]));
  }

  long rows(int restaurants) {
    return (long) restaurants * days * times.size();
  }

  void forEachSlot(Restaurant restaurant, Consumer<SlotRow> consumer) {
    for (int day = 0; day < days; day++) {
      LocalDate date = from.plusDays(day);
      for (LocalTime time : times) {
        consumer.accept(new SlotRow(restaurant.id(), date, time, restaurant.maxCapacity()));
      }
    }
  }
}
