package peer;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.GenerationType;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import jakarta.persistence.Version;
import java.time.LocalDate;
import java.time.LocalTime;

/** A slot as an entity of the original service. */
@Entity
@Table(name = "reservation_slot")
class SlotEntity {
  @Id
  @GeneratedValue(strategy = GenerationType.IDENTITY)
  Long id;

  @Column(name = "restaurant_id")
  long restaurantId;

  LocalDate date;
  LocalTime time;
  int capacity;
  int count;
  @Version long version;

  static SlotEntity of(SlotRow row) {
    SlotEntity entity = new SlotEntity();
    entity.restaurantId = row.restaurantId();
    entity.date = row.date();
    entity.time = row.time();
    entity.capacity = row.capacity();
    return entity;
  }
}
