-- What a service says to others and hears from them. Every service has these tables in its own schema.

-- id, aggregatetype, aggregateid, type and payload are what Debezium's outbox event router reads; aggregatetype is the topic.
-- seq is the order of writing. lane spreads the keys over the relays: all rows of a key are in one. There is no column for when a row was sent:
-- marking it is most of what a relay costs.
CREATE TABLE IF NOT EXISTS outbox (
  seq BIGINT NOT NULL AUTO_INCREMENT,
  id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  aggregatetype VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  aggregateid VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  type VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  payload MEDIUMTEXT NOT NULL,
  schema_version SMALLINT NOT NULL DEFAULT 1,
  attempt SMALLINT NOT NULL DEFAULT 1,
  occurred_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
  traceparent VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
  lane TINYINT UNSIGNED GENERATED ALWAYS AS (CRC32(aggregateid) % 16) STORED,
  status ENUM('PENDING', 'SENT', 'REFUSED') NOT NULL DEFAULT 'PENDING',
  PRIMARY KEY (seq),
  KEY ix_outbox_claim (status, lane, seq)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

-- A relay holds the row locks of the lanes it sends; they end with its connection.
CREATE TABLE IF NOT EXISTS outbox_lane (
  lane TINYINT UNSIGNED NOT NULL,
  PRIMARY KEY (lane)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

-- A message that a group has handled, written in the transaction of its effect.
CREATE TABLE IF NOT EXISTS inbox (
  consumer_group VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  message_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  handled_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
  PRIMARY KEY (consumer_group, message_id),
  KEY ix_inbox_age (handled_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

-- A message that could not be handled or sent. consumer_group is '' for one that the transport refused.
CREATE TABLE IF NOT EXISTS dead_letter (
  id BIGINT NOT NULL AUTO_INCREMENT,
  consumer_group VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  message_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  topic VARCHAR(249) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  message_key VARCHAR(255) NOT NULL,
  type VARCHAR(64) NOT NULL,
  handler VARCHAR(255) NOT NULL,
  reason VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  error TEXT NOT NULL,
  stack TEXT NULL,
  attempts INT NOT NULL,
  headers TEXT NOT NULL,
  payload MEDIUMTEXT NOT NULL,
  first_at DATETIME(6) NOT NULL,
  last_at DATETIME(6) NOT NULL,
  state ENUM('DEAD', 'REDRIVEN', 'PARKED') NOT NULL DEFAULT 'DEAD',
  redrives INT NOT NULL DEFAULT 0,
  note TEXT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY uk_dead_letter_message (consumer_group, message_id),
  KEY ix_dead_letter_state (state, id),
  KEY ix_dead_letter_key (message_key)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

-- The database as a transport: a log a partition, and how far each group has read it.
CREATE TABLE IF NOT EXISTS message_partition (
  topic VARCHAR(249) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  partition_no SMALLINT UNSIGNED NOT NULL,
  next_offset BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (topic, partition_no)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS message (
  topic VARCHAR(249) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  partition_no SMALLINT UNSIGNED NOT NULL,
  message_offset BIGINT NOT NULL,
  message_key VARCHAR(255) NOT NULL,
  headers TEXT NOT NULL,
  payload MEDIUMTEXT NOT NULL,
  published_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
  PRIMARY KEY (topic, partition_no, message_offset)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

-- lease_until: how long an owner that does not answer keeps its partition. epoch grows with each owner: an earlier one can commit nothing more.
CREATE TABLE IF NOT EXISTS message_group (
  consumer_group VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  topic VARCHAR(249) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  partition_no SMALLINT UNSIGNED NOT NULL,
  committed_offset BIGINT NOT NULL DEFAULT 0,
  owner CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NULL,
  epoch BIGINT NOT NULL DEFAULT 0,
  lease_until DATETIME(6) NULL,
  PRIMARY KEY (consumer_group, topic, partition_no)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS message_member (
  consumer_group VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  topic VARCHAR(249) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  member CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  seen_until DATETIME(6) NOT NULL,
  PRIMARY KEY (consumer_group, topic, member)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
