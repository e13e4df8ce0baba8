-- The reservation side of the saga: what compensates a payment, and what happened to whom and why.

-- A refund that was asked for. COMPENSATION_FAILED waits for an operator, RESOLVED was settled by one.
CREATE TABLE IF NOT EXISTS compensation (
  reservation_id BIGINT NOT NULL,
  state ENUM('REFUND_REQUESTED', 'REFUNDED', 'COMPENSATION_FAILED', 'RESOLVED') NOT NULL DEFAULT 'REFUND_REQUESTED',
  reason VARCHAR(64) NOT NULL,
  attempts INT NOT NULL DEFAULT 1,
  error VARCHAR(1000) NULL,
  requested_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
  changed_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
  PRIMARY KEY (reservation_id),
  KEY ix_compensation_state (state, changed_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

-- subject: reservation, payment (as last heard of) or compensation. actor: the message that caused it, a member, a job or an operator.
CREATE TABLE IF NOT EXISTS reservation_history (
  id BIGINT NOT NULL AUTO_INCREMENT,
  reservation_id BIGINT NOT NULL,
  subject VARCHAR(16) NOT NULL,
  from_state VARCHAR(32) NULL,
  to_state VARCHAR(32) NOT NULL,
  reason VARCHAR(255) NOT NULL,
  actor VARCHAR(128) NOT NULL,
  changed_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
  PRIMARY KEY (id),
  KEY ix_reservation_history (reservation_id, id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
