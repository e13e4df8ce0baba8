-- Book-keeping of slot generation: runs, their rules, their chunks and what they met.
-- No foreign keys to the user's tables: a run's record outlives what it describes.

-- identity: SHA-256 of server, table, range and selection of restaurants. rules_hash: the rules it began with.
-- table_identity: what the table was, to notice one that was created anew.
-- owner is for people; owner_sessions holds the connection ids of whoever runs it.
-- distributed: its chunks are handed out to workers, who write by its epoch. halted: what stopped them, as JSON.
CREATE TABLE IF NOT EXISTS slot_run (
  id BIGINT NOT NULL AUTO_INCREMENT,
  identity CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  table_identity VARCHAR(255) NOT NULL,
  rules_hash CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  state VARCHAR(16) NOT NULL,
  strategy VARCHAR(16) NOT NULL,
  range_from DATE NOT NULL,
  range_days INT NOT NULL,
  overnight VARCHAR(16) NOT NULL,
  restaurants INT NOT NULL,
  planned BIGINT NOT NULL,
  chunk_rows INT NOT NULL,
  chunks INT NOT NULL,
  epoch BIGINT NOT NULL DEFAULT 0,
  owner VARCHAR(255) NULL,
  owner_sessions TEXT NULL,
  lease_until DATETIME(6) NULL,
  distributed BOOLEAN NOT NULL DEFAULT FALSE,
  halted TEXT NULL,
  started_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
  finished_at DATETIME(6) NULL,
  PRIMARY KEY (id),
  KEY ix_slot_run_identity (identity, state),
  KEY ix_slot_run_state (state)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

-- hours: one distinct week of the plan as JSON text.
CREATE TABLE IF NOT EXISTS slot_run_week (
  run_id BIGINT NOT NULL,
  week INT NOT NULL,
  hours LONGTEXT NOT NULL,
  PRIMARY KEY (run_id, week)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS slot_run_restaurant (
  run_id BIGINT NOT NULL,
  ordinal INT NOT NULL,
  restaurant_id BIGINT NOT NULL,
  week INT NOT NULL,
  capacity INT NOT NULL,
  PRIMARY KEY (run_id, ordinal),
  UNIQUE KEY uk_slot_run_restaurant (run_id, restaurant_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

-- A week's slots by date, for inserting on the server; capacity NULL means the restaurant's own.
CREATE TABLE IF NOT EXISTS slot_run_staged_slot (
  run_id BIGINT NOT NULL,
  week INT NOT NULL,
  date DATE NOT NULL,
  time TIME NOT NULL,
  capacity INT NULL,
  PRIMARY KEY (run_id, week, date, time)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

-- The checkpoint: written in the same transaction as the chunk's slots. removed, kept and gone are a rollback's.
CREATE TABLE IF NOT EXISTS slot_run_chunk (
  run_id BIGINT NOT NULL,
  chunk INT NOT NULL,
  state VARCHAR(16) NOT NULL,
  start_ordinal INT NOT NULL,
  end_ordinal INT NOT NULL,
  planned INT NOT NULL,
  inserted INT NOT NULL DEFAULT 0,
  existing INT NOT NULL DEFAULT 0,
  failed INT NOT NULL DEFAULT 0,
  first_id BIGINT NULL,
  last_id BIGINT NULL,
  epoch BIGINT NOT NULL DEFAULT 0,
  done_at DATETIME(6) NULL,
  removed INT NULL,
  kept INT NULL,
  gone INT NULL,
  PRIMARY KEY (run_id, chunk)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

-- Who works on a distributed run or follows it: it is active while one of them is seen. sessions: connection ids, as JSON.
CREATE TABLE IF NOT EXISTS slot_run_worker (
  run_id BIGINT NOT NULL,
  worker CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  role VARCHAR(16) NOT NULL,
  name VARCHAR(255) NOT NULL,
  sessions TEXT NOT NULL,
  lease_until DATETIME(6) NOT NULL,
  PRIMARY KEY (run_id, worker)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

-- Slots that were there before the run: never the run's to remove.
CREATE TABLE IF NOT EXISTS slot_run_existing (
  run_id BIGINT NOT NULL,
  chunk INT NOT NULL,
  slot_id BIGINT NOT NULL,
  PRIMARY KEY (run_id, chunk, slot_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

-- Rows the server refused, with its own words.
CREATE TABLE IF NOT EXISTS slot_run_failure (
  id BIGINT NOT NULL AUTO_INCREMENT,
  run_id BIGINT NOT NULL,
  chunk INT NOT NULL,
  restaurant_id BIGINT NOT NULL,
  date DATE NOT NULL,
  time TIME NOT NULL,
  errno INT NULL,
  message TEXT NOT NULL,
  PRIMARY KEY (id),
  KEY ix_slot_run_failure_chunk (run_id, chunk)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
