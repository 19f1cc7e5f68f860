import type { Migration, SqlDialect } from './migration.ts'

/** Every table of the first release. */
export const initial: Migration = {
  version: 1,
  name: 'initial',
  statements: (dialect) => [
    ...installationTables(dialect),
    ...directoryTables(dialect),
    ...authorizationTables(dialect),
    ...resourceTables(dialect),
    ...vaultTables(dialect),
    ...auditTables(dialect),
  ],
}

function installationTables({ text, integer, bytes, tableOptions }: SqlDialect): readonly string[] {
  return [
    `CREATE TABLE installation (name ${text} NOT NULL PRIMARY KEY, value ${text} NOT NULL)${tableOptions}`,
    `CREATE TABLE tenant (
      id ${text} NOT NULL PRIMARY KEY,
      display_name ${text} NOT NULL,
      domain ${text} NOT NULL UNIQUE,
      generation ${integer} NOT NULL,
      epoch ${integer} NOT NULL,
      created_at ${integer} NOT NULL
    )${tableOptions}`,
    `CREATE TABLE subscription (
      id ${text} NOT NULL PRIMARY KEY,
      tenant_id ${text} NOT NULL,
      display_name ${text} NOT NULL,
      created_at ${integer} NOT NULL
    )${tableOptions}`,
    'CREATE INDEX subscription_by_tenant ON subscription (tenant_id)',
    `CREATE TABLE domain_key (
      id ${text} NOT NULL PRIMARY KEY,
      domain ${text} NOT NULL UNIQUE,
      kek_id ${text} NOT NULL,
      sealed ${bytes} NOT NULL,
      created_at ${integer} NOT NULL
    )${tableOptions}`,
    `CREATE TABLE signing_key (
      kid ${text} NOT NULL PRIMARY KEY,
      tenant_id ${text} NOT NULL,
      sealed ${bytes} NOT NULL,
      certificate ${bytes} NOT NULL,
      public_jwk_json ${text} NOT NULL,
      state ${text} NOT NULL,
      published_at ${integer} NOT NULL,
      signs_from_at ${integer} NOT NULL,
      retires_at ${integer}
    )${tableOptions}`,
    'CREATE INDEX signing_key_by_tenant ON signing_key (tenant_id, state)',
  ]
}

function directoryTables({ text, integer, bytes, tableOptions }: SqlDialect): readonly string[] {
  return [
    `CREATE TABLE principal (
      tenant_id ${text} NOT NULL,
      id ${text} NOT NULL,
      type ${text} NOT NULL,
      display_name ${text} NOT NULL,
      user_principal_name ${text},
      client_id ${text},
      service_principal_type ${text},
      resource_id ${text},
      alternative_names_json ${text} NOT NULL,
      enabled ${integer} NOT NULL CHECK (enabled IN (0, 1)),
      tokens_valid_from_at ${integer} NOT NULL,
      created_at ${integer} NOT NULL,
      PRIMARY KEY (tenant_id, id),
      UNIQUE (tenant_id, client_id),
      UNIQUE (tenant_id, user_principal_name)
    )${tableOptions}`,
    'CREATE INDEX principal_by_resource ON principal (tenant_id, resource_id)',
    `CREATE TABLE group_member (
      tenant_id ${text} NOT NULL,
      group_id ${text} NOT NULL,
      member_id ${text} NOT NULL,
      PRIMARY KEY (tenant_id, group_id, member_id)
    )${tableOptions}`,
    'CREATE INDEX group_member_by_member ON group_member (tenant_id, member_id, group_id)',
    `CREATE TABLE client_secret (
      tenant_id ${text} NOT NULL,
      client_id ${text} NOT NULL,
      key_id ${text} NOT NULL,
      hint ${text} NOT NULL,
      salt ${bytes} NOT NULL,
      verifier ${bytes} NOT NULL,
      starts_at ${integer} NOT NULL,
      ends_at ${integer} NOT NULL,
      PRIMARY KEY (tenant_id, client_id, key_id)
    )${tableOptions}`,
  ]
}

function authorizationTables({ text, integer, tableOptions }: SqlDialect): readonly string[] {
  return [
    `CREATE TABLE role_definition (
      tenant_id ${text} NOT NULL,
      id ${text} NOT NULL,
      name ${text} NOT NULL,
      name_canonical ${text} NOT NULL,
      description ${text} NOT NULL,
      permissions_json ${text} NOT NULL,
      assignable_scopes_json ${text} NOT NULL,
      created_at ${integer} NOT NULL,
      updated_at ${integer} NOT NULL,
      created_by ${text} NOT NULL,
      updated_by ${text} NOT NULL,
      PRIMARY KEY (tenant_id, id),
      UNIQUE (tenant_id, name_canonical)
    )${tableOptions}`,
    `CREATE TABLE role_assignment (
      tenant_id ${text} NOT NULL,
      id ${text} NOT NULL,
      scope ${text} NOT NULL,
      scope_canonical ${text} NOT NULL,
      role_definition_id ${text} NOT NULL,
      principal_id ${text} NOT NULL,
      principal_type ${text} NOT NULL,
      description ${text},
      created_at ${integer} NOT NULL,
      updated_at ${integer} NOT NULL,
      created_by ${text} NOT NULL,
      updated_by ${text} NOT NULL,
      PRIMARY KEY (tenant_id, id),
      UNIQUE (tenant_id, scope_canonical, role_definition_id, principal_id)
    )${tableOptions}`,
    'CREATE INDEX role_assignment_by_principal ON role_assignment (tenant_id, principal_id)',
    'CREATE INDEX role_assignment_by_role ON role_assignment (tenant_id, role_definition_id)',
    `CREATE TABLE deny_assignment (
      tenant_id ${text} NOT NULL,
      id ${text} NOT NULL,
      name ${text} NOT NULL,
      description ${text} NOT NULL,
      scope ${text} NOT NULL,
      scope_canonical ${text} NOT NULL,
      permissions_json ${text} NOT NULL,
      applies_to_child_scopes ${integer} NOT NULL CHECK (applies_to_child_scopes IN (0, 1)),
      is_system_protected ${integer} NOT NULL CHECK (is_system_protected IN (0, 1)),
      created_at ${integer} NOT NULL,
      PRIMARY KEY (tenant_id, id)
    )${tableOptions}`,
    'CREATE INDEX deny_assignment_by_scope ON deny_assignment (tenant_id, scope_canonical)',
    `CREATE TABLE deny_assignment_principal (
      tenant_id ${text} NOT NULL,
      deny_assignment_id ${text} NOT NULL,
      principal_id ${text} NOT NULL,
      principal_type ${text} NOT NULL,
      excluded ${integer} NOT NULL CHECK (excluded IN (0, 1)),
      PRIMARY KEY (tenant_id, deny_assignment_id, principal_id, excluded),
      FOREIGN KEY (tenant_id, deny_assignment_id) REFERENCES deny_assignment (tenant_id, id)
        ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
    )${tableOptions}`,
    'CREATE INDEX deny_assignment_principal_by_principal ON deny_assignment_principal (tenant_id, principal_id)',
  ]
}

/** The columns that resources of the resource manager share. */
function resourceColumns(text: string, integer: string): string {
  return `tenant_id ${text} NOT NULL,
      subscription_id ${text} NOT NULL,
      resource_group ${text} NOT NULL,
      resource_group_canonical ${text} NOT NULL,
      name ${text} NOT NULL,
      name_canonical ${text} NOT NULL,
      location ${text} NOT NULL,
      tags_json ${text} NOT NULL,
      properties_json ${text} NOT NULL,
      created_at ${integer} NOT NULL,
      created_by ${text} NOT NULL,
      created_by_type ${text} NOT NULL,
      updated_at ${integer} NOT NULL,
      updated_by ${text} NOT NULL,
      updated_by_type ${text} NOT NULL`
}

function resourceTables({ text, integer, tableOptions }: SqlDialect): readonly string[] {
  return [
    `CREATE TABLE resource_group (
      tenant_id ${text} NOT NULL,
      subscription_id ${text} NOT NULL,
      name ${text} NOT NULL,
      name_canonical ${text} NOT NULL,
      location ${text} NOT NULL,
      tags_json ${text} NOT NULL,
      created_at ${integer} NOT NULL,
      updated_at ${integer} NOT NULL,
      PRIMARY KEY (tenant_id, subscription_id, name_canonical)
    )${tableOptions}`,
    `CREATE TABLE vault (
      ${resourceColumns(text, integer)},
      id ${text} NOT NULL,
      retention_days ${integer} NOT NULL,
      state ${text} NOT NULL,
      PRIMARY KEY (tenant_id, id),
      UNIQUE (name_canonical)
    )${tableOptions}`,
    'CREATE INDEX vault_by_group ON vault (tenant_id, subscription_id, resource_group_canonical)',
    `CREATE TABLE managed_environment (
      ${resourceColumns(text, integer)},
      PRIMARY KEY (tenant_id, subscription_id, resource_group_canonical, name_canonical)
    )${tableOptions}`,
    `CREATE TABLE container_app (
      ${resourceColumns(text, integer)},
      identity_json ${text} NOT NULL,
      principal_id ${text},
      revision_name ${text} NOT NULL,
      PRIMARY KEY (tenant_id, subscription_id, resource_group_canonical, name_canonical)
    )${tableOptions}`,
    'CREATE INDEX container_app_by_principal ON container_app (tenant_id, principal_id)',
    `CREATE TABLE operation_status (
      tenant_id ${text} NOT NULL,
      id ${text} NOT NULL,
      subscription_id ${text} NOT NULL,
      location ${text} NOT NULL,
      status ${text} NOT NULL,
      error_json ${text},
      started_at ${integer} NOT NULL,
      ended_at ${integer} NOT NULL,
      PRIMARY KEY (tenant_id, id)
    )${tableOptions}`,
    'CREATE INDEX operation_status_by_end ON operation_status (ended_at)',
  ]
}

function vaultTables({ text, integer, bytes, tableOptions }: SqlDialect): readonly string[] {
  return [
    `CREATE TABLE secret (
      tenant_id ${text} NOT NULL,
      vault_id ${text} NOT NULL,
      name ${text} NOT NULL,
      name_canonical ${text} NOT NULL,
      latest_version ${text} NOT NULL,
      latest_ordinal ${integer} NOT NULL,
      state ${text} NOT NULL,
      revision ${integer} NOT NULL,
      created_at ${integer} NOT NULL,
      PRIMARY KEY (tenant_id, vault_id, name_canonical),
      FOREIGN KEY (tenant_id, vault_id) REFERENCES vault (tenant_id, id) DEFERRABLE INITIALLY DEFERRED
    )${tableOptions}`,
    // The ordinal, not a time, says which version is the latest.
    `CREATE TABLE secret_version (
      tenant_id ${text} NOT NULL,
      vault_id ${text} NOT NULL,
      name_canonical ${text} NOT NULL,
      version ${text} NOT NULL,
      ordinal ${integer} NOT NULL,
      sealed_key ${bytes} NOT NULL,
      sealed_value ${bytes} NOT NULL,
      content_type ${text},
      tags_json ${text},
      enabled ${integer} NOT NULL CHECK (enabled IN (0, 1)),
      not_before_seconds ${integer},
      expires_seconds ${integer},
      previous_version ${text},
      created_at ${integer} NOT NULL,
      updated_at ${integer} NOT NULL,
      revision ${integer} NOT NULL,
      PRIMARY KEY (tenant_id, vault_id, name_canonical, version),
      UNIQUE (tenant_id, vault_id, name_canonical, ordinal),
      FOREIGN KEY (tenant_id, vault_id, name_canonical) REFERENCES secret (tenant_id, vault_id, name_canonical)
        ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
    )${tableOptions}`,
  ]
}

function auditTables({ engine, text, integer, bytes, position, tableOptions }: SqlDialect): readonly string[] {
  const tables = [
    `CREATE TABLE audit_outbox (
      position ${position},
      record_id ${text} NOT NULL UNIQUE,
      tenant_id ${text} NOT NULL,
      lane ${integer} NOT NULL,
      body ${text} NOT NULL
    )${tableOptions}`,
    'CREATE INDEX audit_outbox_by_lane ON audit_outbox (lane, position)',
    `CREATE TABLE audit_record (
      lane ${integer} NOT NULL,
      record_index ${integer} NOT NULL,
      record_id ${text} NOT NULL UNIQUE,
      line ${bytes} NOT NULL,
      PRIMARY KEY (lane, record_index)
    )${tableOptions}`,
    `CREATE TABLE audit_checkpoint (
      lane ${integer} NOT NULL,
      size ${integer} NOT NULL,
      note ${bytes} NOT NULL,
      frontier ${bytes},
      PRIMARY KEY (lane, size)
    )${tableOptions}`,
  ]
  return engine === 'postgres' ? [...tables, ...refuseAuditChanges()] : tables
}

/**
 * On PostgreSQL the log lives in tables. The server's role has no right to change it; where one role does everything,
 * this still stops every change that does not first take the trigger away.
 */
function refuseAuditChanges(): readonly string[] {
  return [
    `CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        RAISE EXCEPTION 'audit rows are never changed' USING ERRCODE = 'insufficient_privilege';
      END
    $$`,
    ...['audit_record', 'audit_checkpoint'].map(
      (table) => `CREATE TRIGGER ${table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ${table}
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()`,
    ),
  ]
}
