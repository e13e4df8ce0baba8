-- Restaurants, their weekly hours, slots and reservations.

CREATE TABLE IF NOT EXISTS {restaurant} (
  {restaurant.id} BIGINT NOT NULL AUTO_INCREMENT,
  {restaurant.name} VARCHAR(255) NOT NULL,
  {restaurant.maxCapacity} INT NOT NULL,
  {restaurant.timeZone} VARCHAR(64) NOT NULL DEFAULT 'Asia/Seoul',
  PRIMARY KEY ({restaurant.id})
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

-- day_of_week: 1 is Monday, 7 is Sunday. Several rows a day are several intervals.
CREATE TABLE IF NOT EXISTS {operatingHour} (
  id BIGINT NOT NULL AUTO_INCREMENT,
  {operatingHour.restaurantId} BIGINT NOT NULL,
  {operatingHour.dayOfWeek} TINYINT NOT NULL,
  {operatingHour.openTime} TIME NOT NULL,
  {operatingHour.closeTime} TIME NOT NULL,
  {operatingHour.isHoliday} BOOLEAN NOT NULL DEFAULT FALSE,
  {operatingHour.stepMinutes} SMALLINT NOT NULL DEFAULT 60,
  {operatingHour.capacity} INT NULL,
  PRIMARY KEY (id),
  KEY ix_operating_hour_day ({operatingHour.restaurantId}, {operatingHour.dayOfWeek}),
  FOREIGN KEY ({operatingHour.restaurantId}) REFERENCES {restaurant} ({restaurant.id})
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

-- uk_slot answers both look-ups of the service: the slots of a restaurant and day, and, joined from the restaurants, the free slots of a day.
-- An index on date would answer the second a little faster and be one more to insert into, for every row.
CREATE TABLE IF NOT EXISTS {slot} (
  {slot.id} BIGINT NOT NULL AUTO_INCREMENT,
  {slot.restaurantId} BIGINT NOT NULL,
  {slot.date} DATE NOT NULL,
  {slot.time} TIME NOT NULL,
  {slot.capacity} INT NOT NULL,
  {slot.count} INT NOT NULL DEFAULT 0,
  {slot.version} BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY ({slot.id}),
  UNIQUE KEY uk_slot ({slot.restaurantId}, {slot.date}, {slot.time}),
  FOREIGN KEY ({slot.restaurantId}) REFERENCES {restaurant} ({restaurant.id})
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

-- live_member_id is NULL once a reservation is over, and NULLs never collide: one live reservation a member and slot.
-- seats: what the reservation takes of its slot's capacity. group_id: the first of several reservations made as one, NULL when made alone.
-- Rows of a group other than the first have no idempotency key: the request is known by the first. They are found by its member: few reservations are
-- made as one, and every index is one more to insert into.
-- payment_id, payment_status: what was last heard of the payment; of reservations made as one the first has them.
CREATE TABLE IF NOT EXISTS {reservation} (
  {reservation.id} BIGINT NOT NULL AUTO_INCREMENT,
  {reservation.slotId} BIGINT NOT NULL,
  {reservation.restaurantId} BIGINT NOT NULL,
  {reservation.memberId} BIGINT NOT NULL,
  {reservation.partySize} INT NOT NULL DEFAULT 1,
  {reservation.seats} INT NOT NULL DEFAULT 1,
  {reservation.groupId} BIGINT NULL,
  {reservation.status} ENUM('PENDING', 'CONFIRMED', 'CANCELLED', 'EXPIRED') NOT NULL DEFAULT 'PENDING',
  {reservation.idempotencyKey} VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
  {reservation.createdAt} DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
  {reservation.expiresAt} DATETIME(6) NULL,
  {reservation.paymentId} VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
  {reservation.paymentStatus} ENUM('PAID', 'FAILED', 'REFUNDED', 'REFUND_FAILED') NULL,
  {reservation.liveMemberId} BIGINT GENERATED ALWAYS AS
    (CASE WHEN {reservation.status} IN ('PENDING', 'CONFIRMED') THEN {reservation.memberId} END) STORED,
  PRIMARY KEY ({reservation.id}),
  UNIQUE KEY uk_reservation_live ({reservation.slotId}, {reservation.liveMemberId}),
  UNIQUE KEY uk_reservation_idempotency ({reservation.idempotencyKey}),
  KEY ix_reservation_member ({reservation.memberId}, {reservation.createdAt}),
  KEY ix_reservation_due ({reservation.status}, {reservation.expiresAt}),
  FOREIGN KEY ({reservation.slotId}) REFERENCES {slot} ({slot.id})
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
