import type { Generated } from 'kysely'

/**
 * Every table, as both engines hold it. Conventions: GUIDs and names as text, `*_canonical` in lower case; times as
 * integer Unix milliseconds (`*_at`) and, where the wire is seconds, `*_seconds`; documents as JSON text (`*_json`);
 * booleans as 0 or 1; bytes as BLOB/BYTEA.
 */
export interface Schema {
  installation: { name: string; value: string }
  tenant: { id: string; display_name: string; domain: string; generation: number; epoch: number; created_at: number }
  subscription: { id: string; tenant_id: string; display_name: string; created_at: number }
  /** Domain keys, sealed by the key-encryption key. `domain` is unique: `vault/<guid>`, `tenant/<guid>/signing`, … */
  domain_key: { id: string; domain: string; kek_id: string; sealed: Buffer; created_at: number }
  signing_key: {
    kid: string
    tenant_id: string
    sealed: Buffer
    certificate: Buffer
    public_jwk_json: string
    state: string
    published_at: number
    signs_from_at: number
    retires_at: number | null
  }
  /** Users, groups and service principals of a tenant. */
  principal: {
    tenant_id: string
    id: string
    type: string
    display_name: string
    user_principal_name: string | null
    client_id: string | null
    service_principal_type: string | null
    resource_id: string | null
    alternative_names_json: string
    enabled: number
    tokens_valid_from_at: number
    created_at: number
  }
  group_member: { tenant_id: string; group_id: string; member_id: string }
  client_secret: {
    tenant_id: string
    client_id: string
    key_id: string
    hint: string
    salt: Buffer
    verifier: Buffer
    starts_at: number
    ends_at: number
  }
  role_definition: {
    tenant_id: string
    id: string
    name: string
    name_canonical: string
    description: string
    permissions_json: string
    assignable_scopes_json: string
    created_at: number
    updated_at: number
    created_by: string
    updated_by: string
  }
  role_assignment: {
    tenant_id: string
    id: string
    scope: string
    scope_canonical: string
    role_definition_id: string
    principal_id: string
    principal_type: string
    description: string | null
    created_at: number
    updated_at: number
    created_by: string
    updated_by: string
  }
  deny_assignment: {
    tenant_id: string
    id: string
    name: string
    description: string
    scope: string
    scope_canonical: string
    permissions_json: string
    applies_to_child_scopes: number
    is_system_protected: number
    created_at: number
  }
  deny_assignment_principal: {
    tenant_id: string
    deny_assignment_id: string
    principal_id: string
    principal_type: string
    excluded: number
  }
  resource_group: {
    tenant_id: string
    subscription_id: string
    name: string
    name_canonical: string
    location: string
    tags_json: string
    created_at: number
    updated_at: number
  }
  vault: {
    tenant_id: string
    id: string
    name: string
    name_canonical: string
    subscription_id: string
    resource_group: string
    resource_group_canonical: string
    location: string
    tags_json: string
    properties_json: string
    retention_days: number
    state: string
    created_at: number
    created_by: string
    created_by_type: string
    updated_at: number
    updated_by: string
    updated_by_type: string
  }
  secret: {
    tenant_id: string
    vault_id: string
    name: string
    name_canonical: string
    latest_version: string
    latest_ordinal: number
    state: string
    revision: number
    created_at: number
  }
  secret_version: {
    tenant_id: string
    vault_id: string
    name_canonical: string
    version: string
    ordinal: number
    sealed_key: Buffer
    sealed_value: Buffer
    content_type: string | null
    tags_json: string | null
    enabled: number
    not_before_seconds: number | null
    expires_seconds: number | null
    previous_version: string | null
    created_at: number
    updated_at: number
    revision: number
  }
  managed_environment: {
    tenant_id: string
    subscription_id: string
    resource_group: string
    resource_group_canonical: string
    name: string
    name_canonical: string
    location: string
    tags_json: string
    properties_json: string
    created_at: number
    created_by: string
    created_by_type: string
    updated_at: number
    updated_by: string
    updated_by_type: string
  }
  container_app: {
    tenant_id: string
    subscription_id: string
    resource_group: string
    resource_group_canonical: string
    name: string
    name_canonical: string
    location: string
    tags_json: string
    identity_json: string
    principal_id: string | null
    properties_json: string
    revision_name: string
    created_at: number
    created_by: string
    created_by_type: string
    updated_at: number
    updated_by: string
    updated_by_type: string
  }
  /** Long-running operations that finished at once; kept 24 hours. */
  operation_status: {
    tenant_id: string
    id: string
    subscription_id: string
    location: string
    status: string
    error_json: string | null
    started_at: number
    ended_at: number
  }
  /** Audit records committed with their write and not yet known to be in the log. */
  audit_outbox: { position: Generated<number>; record_id: string; tenant_id: string; lane: number; body: string }
  /** PostgreSQL only: the log itself. (lane, record_index) is the fence. */
  audit_record: { lane: number; record_index: number; record_id: string; line: Buffer }
  /** `frontier`: the tree's right edge, kept with one checkpoint in many so that a lane can be continued. */
  audit_checkpoint: { lane: number; size: number; note: Buffer; frontier: Buffer | null }
}
