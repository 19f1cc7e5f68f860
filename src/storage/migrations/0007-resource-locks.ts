import type { Migration } from './migration.ts'

/** Locks, provider registrations, the activity log, diagnostic settings, and how far audit sinks have got. */
export const resourceLocks: Migration = {
  version: 7,
  name: 'resource-locks',
  statements: ({ text, integer, tableOptions }) => [
    `CREATE TABLE resource_lock (
      tenant_id ${text} NOT NULL,
      scope_canonical ${text} NOT NULL,
      name_canonical ${text} NOT NULL,
      scope ${text} NOT NULL,
      name ${text} NOT NULL,
      level ${text} NOT NULL CHECK (level IN ('CanNotDelete', 'ReadOnly')),
      notes ${text},
      PRIMARY KEY (tenant_id, scope_canonical, name_canonical)
    )${tableOptions}`,
    `CREATE TABLE provider_registration (
      tenant_id ${text} NOT NULL,
      subscription_id ${text} NOT NULL,
      namespace_canonical ${text} NOT NULL,
      state ${text} NOT NULL CHECK (state IN ('Registered', 'Unregistered')),
      PRIMARY KEY (tenant_id, subscription_id, namespace_canonical)
    )${tableOptions}`,
    `CREATE TABLE activity_event (
      tenant_id ${text} NOT NULL,
      id ${text} NOT NULL,
      subscription_id ${text} NOT NULL,
      event_at ${integer} NOT NULL,
      resource ${text} NOT NULL,
      resource_group_canonical ${text} NOT NULL,
      provider_canonical ${text} NOT NULL,
      operation_name ${text} NOT NULL,
      action ${text} NOT NULL,
      authorized_scope ${text} NOT NULL,
      method ${text} NOT NULL,
      status ${integer} NOT NULL,
      caller ${text} NOT NULL,
      principal_id ${text} NOT NULL,
      client_id ${text} NOT NULL,
      client_address ${text} NOT NULL,
      correlation_id ${text} NOT NULL,
      client_request_id ${text},
      PRIMARY KEY (tenant_id, id)
    )${tableOptions}`,
    'CREATE INDEX activity_event_by_time ON activity_event (tenant_id, subscription_id, event_at, id)',
    `CREATE TABLE diagnostic_setting (
      tenant_id ${text} NOT NULL,
      vault_id ${text} NOT NULL,
      name_canonical ${text} NOT NULL,
      name ${text} NOT NULL,
      scope_canonical ${text} NOT NULL,
      properties_json ${text} NOT NULL,
      sinks_json ${text} NOT NULL,
      PRIMARY KEY (tenant_id, vault_id, name_canonical)
    )${tableOptions}`,
    `CREATE TABLE audit_sink_claim (
      sink ${text} NOT NULL PRIMARY KEY,
      holder ${text} NOT NULL,
      ends_at ${integer} NOT NULL
    )${tableOptions}`,
    `CREATE TABLE audit_sink_cursor (
      sink ${text} NOT NULL,
      lane ${integer} NOT NULL,
      next_index ${integer} NOT NULL,
      PRIMARY KEY (sink, lane)
    )${tableOptions}`,
  ],
}
