import type { Migration, SqlDialect } from './migration.ts'

/** Revisions and inline secrets of container apps, the environment an app is in, and Log Analytics workspaces. */
export const appRevisions: Migration = {
  version: 6,
  name: 'app-revisions',
  statements: (dialect) => [...appTables(dialect), ...carryOver(dialect), workspaceTable(dialect)],
}

function appTables({ text, integer, bytes, tableOptions }: SqlDialect): readonly string[] {
  return [
    `ALTER TABLE container_app ADD COLUMN id ${text} NOT NULL DEFAULT ''`,
    `ALTER TABLE container_app ADD COLUMN environment_canonical ${text} NOT NULL DEFAULT ''`,
    `CREATE TABLE container_app_revision (
      tenant_id ${text} NOT NULL,
      app_id ${text} NOT NULL,
      name ${text} NOT NULL,
      ordinal ${integer} NOT NULL,
      template_json ${text} NOT NULL,
      active ${integer} NOT NULL,
      created_at ${integer} NOT NULL,
      PRIMARY KEY (tenant_id, app_id, name),
      UNIQUE (tenant_id, app_id, ordinal)
    )${tableOptions}`,
    `CREATE TABLE container_app_secret (
      tenant_id ${text} NOT NULL,
      app_id ${text} NOT NULL,
      name ${text} NOT NULL,
      sealed_key ${bytes} NOT NULL,
      sealed_value ${bytes} NOT NULL,
      PRIMARY KEY (tenant_id, app_id, name)
    )${tableOptions}`,
  ]
}

/** Apps that were there before get an id of their own, and their one revision. */
function carryOver({ engine }: SqlDialect): readonly string[] {
  const isPostgres = engine === 'postgres'
  const guid = isPostgres
    ? 'gen_random_uuid()::text'
    : "lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-a' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))"
  const environment = isPostgres
    ? "properties_json::jsonb ->> 'environmentId'"
    : "json_extract(properties_json, '$.environmentId')"
  const template = isPostgres
    ? "(properties_json::jsonb -> 'template')::text"
    : "json_extract(properties_json, '$.template')"
  return [
    `UPDATE container_app SET id = ${guid}, environment_canonical = lower(coalesce(${environment}, ''))`,
    `INSERT INTO container_app_revision (tenant_id, app_id, name, ordinal, template_json, active, created_at)
      SELECT tenant_id, id, revision_name, 1, coalesce(${template}, '{}'), 1, updated_at FROM container_app`,
    'CREATE UNIQUE INDEX container_app_by_id ON container_app (tenant_id, id)',
    'CREATE INDEX container_app_by_environment ON container_app (tenant_id, environment_canonical, name_canonical)',
  ]
}

function workspaceTable({ text, integer, bytes, tableOptions }: SqlDialect): string {
  return `CREATE TABLE log_workspace (
    tenant_id ${text} NOT NULL,
    subscription_id ${text} NOT NULL,
    resource_group ${text} NOT NULL,
    resource_group_canonical ${text} NOT NULL,
    name ${text} NOT NULL,
    name_canonical ${text} NOT NULL,
    location ${text} NOT NULL,
    tags_json ${text} NOT NULL,
    properties_json ${text} NOT NULL,
    customer_id ${text} NOT NULL,
    sealed_keys ${bytes} NOT NULL,
    created_at ${integer} NOT NULL,
    created_by ${text} NOT NULL,
    created_by_type ${text} NOT NULL,
    updated_at ${integer} NOT NULL,
    updated_by ${text} NOT NULL,
    updated_by_type ${text} NOT NULL,
    PRIMARY KEY (tenant_id, subscription_id, resource_group_canonical, name_canonical),
    UNIQUE (tenant_id, customer_id)
  )${tableOptions}`
}
