-- The highest fencing token that wrote to a slot; only strategies that lock outside of the database use it.
CREATE TABLE IF NOT EXISTS slot_fence (
  slot_id BIGINT NOT NULL,
  token BIGINT NOT NULL,
  PRIMARY KEY (slot_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
