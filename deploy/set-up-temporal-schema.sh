#!/bin/sh
# Brings the schemas of Temporal's two databases up to the version of temporal-sql-tool. Safe to repeat.
# deploy/create-databases.ts makes the databases and their owner. Settings: SQL_HOST, SQL_PORT, SQL_USER, SQL_PASSWORD.
set -eu

bring_up() {
  SQL_PLUGIN=postgres12_pgx SQL_DATABASE=$1 temporal-sql-tool setup-schema --version 0.0
  SQL_PLUGIN=postgres12_pgx SQL_DATABASE=$1 temporal-sql-tool update-schema --schema-name "postgresql/v12/$2"
}

bring_up temporal temporal
bring_up temporal_visibility visibility
