-- What a provider last said of a payment that is not what it was asked for. It counts while the payment is still in this status; only an operator or
-- the provider can settle it.
CREATE TABLE IF NOT EXISTS payment_mismatch (
  reservation_id BIGINT NOT NULL,
  status VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  reason VARCHAR(255) NOT NULL,
  actor VARCHAR(128) NOT NULL,
  noted_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
  PRIMARY KEY (reservation_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
