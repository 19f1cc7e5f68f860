import type { Migration } from './migration.ts'

/** User-assigned identities, federated credentials, and what groups are searched by. */
export const managedIdentities: Migration = {
  version: 5,
  name: 'managed-identities',
  statements: ({ text, integer, tableOptions }) => [
    `CREATE TABLE user_assigned_identity (
      tenant_id ${text} NOT NULL,
      subscription_id ${text} NOT NULL,
      resource_group ${text} NOT NULL,
      resource_group_canonical ${text} NOT NULL,
      name ${text} NOT NULL,
      name_canonical ${text} NOT NULL,
      location ${text} NOT NULL,
      tags_json ${text} NOT NULL,
      principal_id ${text} NOT NULL,
      client_id ${text} NOT NULL,
      created_at ${integer} NOT NULL,
      created_by ${text} NOT NULL,
      created_by_type ${text} NOT NULL,
      updated_at ${integer} NOT NULL,
      updated_by ${text} NOT NULL,
      updated_by_type ${text} NOT NULL,
      PRIMARY KEY (tenant_id, subscription_id, resource_group_canonical, name_canonical),
      UNIQUE (tenant_id, principal_id)
    )${tableOptions}`,
    `CREATE TABLE federated_credential (
      tenant_id ${text} NOT NULL,
      client_id ${text} NOT NULL,
      name ${text} NOT NULL,
      name_canonical ${text} NOT NULL,
      issuer ${text} NOT NULL,
      subject ${text} NOT NULL,
      audience ${text} NOT NULL,
      created_at ${integer} NOT NULL,
      updated_at ${integer} NOT NULL,
      PRIMARY KEY (tenant_id, client_id, name_canonical),
      UNIQUE (tenant_id, client_id, issuer, subject)
    )${tableOptions}`,
    `ALTER TABLE principal ADD COLUMN mail_nickname ${text}`,
    `ALTER TABLE principal ADD COLUMN description ${text}`,
    'CREATE INDEX principal_by_type ON principal (tenant_id, type, id)',
    'CREATE INDEX principal_by_display_name ON principal (tenant_id, type, lower(display_name))',
  ],
}
