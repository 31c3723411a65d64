/** "lpct", in the header of the file: this is a relay's database and no other. */
export const APPLICATION_ID = 0x6c706374;
export const SCHEMA_VERSION = 1;

/**
 * The tables. Nonces are texts of 78 digits, the length of the largest uint256, so that they sort as numbers; other integers of
 * the chain are decimal texts; times are milliseconds since 1970.
 */
export const SCHEMA = `
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

CREATE TABLE safes (
  address TEXT PRIMARY KEY,
  first_block INTEGER NOT NULL,
  scanned_block INTEGER NOT NULL
) STRICT;

CREATE TABLE transactions (
  id INTEGER PRIMARY KEY,
  safe_tx_hash TEXT NOT NULL UNIQUE,
  safe TEXT NOT NULL,
  receiver TEXT NOT NULL,
  value_wei TEXT NOT NULL,
  data TEXT NOT NULL,
  operation INTEGER NOT NULL,
  safe_tx_gas TEXT NOT NULL,
  base_gas TEXT NOT NULL,
  gas_price_wei TEXT NOT NULL,
  gas_token TEXT NOT NULL,
  refund_receiver TEXT NOT NULL,
  nonce TEXT NOT NULL,
  origin TEXT NOT NULL,
  proposer TEXT NOT NULL,
  proposed_by_delegate TEXT,
  trusted INTEGER NOT NULL,
  threshold INTEGER NOT NULL,
  approvals_asked INTEGER NOT NULL DEFAULT 0,
  created_ms INTEGER NOT NULL,
  modified_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX transactions_by_nonce ON transactions (safe, nonce);
CREATE INDEX transactions_unasked ON transactions (id) WHERE approvals_asked = 0;

CREATE TABLE confirmations (
  safe_tx_hash TEXT NOT NULL REFERENCES transactions (safe_tx_hash) ON DELETE CASCADE,
  owner TEXT NOT NULL,
  kind TEXT NOT NULL,
  data TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  PRIMARY KEY (safe_tx_hash, owner)
) STRICT, WITHOUT ROWID;

CREATE TABLE executions (
  safe TEXT NOT NULL,
  safe_tx_hash TEXT NOT NULL,
  block_number INTEGER NOT NULL,
  transaction_hash TEXT NOT NULL,
  succeeded INTEGER NOT NULL,
  payment_wei TEXT NOT NULL,
  executor TEXT NOT NULL,
  gas_used TEXT NOT NULL,
  gas_price_wei TEXT NOT NULL,
  executed_ms INTEGER NOT NULL,
  PRIMARY KEY (safe, safe_tx_hash)
) STRICT, WITHOUT ROWID;
CREATE INDEX executions_by_block ON executions (block_number);

CREATE TABLE approvals (
  safe TEXT NOT NULL,
  safe_tx_hash TEXT NOT NULL,
  owner TEXT NOT NULL,
  block_number INTEGER NOT NULL,
  transaction_hash TEXT,
  approved_ms INTEGER NOT NULL,
  PRIMARY KEY (safe, safe_tx_hash, owner)
) STRICT, WITHOUT ROWID;
CREATE INDEX approvals_by_block ON approvals (block_number);

CREATE TABLE checkpoints (number INTEGER PRIMARY KEY, hash TEXT NOT NULL) STRICT;

CREATE TABLE delegates (
  id INTEGER PRIMARY KEY,
  safe TEXT NOT NULL,
  delegate TEXT NOT NULL,
  delegator TEXT NOT NULL,
  label TEXT NOT NULL,
  expires_ms INTEGER,
  UNIQUE (delegate, delegator, safe)
) STRICT;
CREATE INDEX delegates_of_owners ON delegates (delegator, safe);

CREATE TABLE messages (
  id INTEGER PRIMARY KEY,
  message_hash TEXT NOT NULL UNIQUE,
  safe TEXT NOT NULL,
  message TEXT NOT NULL,
  proposed_by TEXT NOT NULL,
  safe_app_id INTEGER,
  origin TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  modified_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE message_confirmations (
  message_hash TEXT NOT NULL REFERENCES messages (message_hash) ON DELETE CASCADE,
  owner TEXT NOT NULL,
  kind TEXT NOT NULL,
  data TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  PRIMARY KEY (message_hash, owner)
) STRICT, WITHOUT ROWID;
`;
