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
    mail_nickname: string | null
    description: string | null
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
  user_assigned_identity: {
    tenant_id: string
    subscription_id: string
    resource_group: string
    resource_group_canonical: string
    name: string
    name_canonical: string
    location: string
    tags_json: string
    principal_id: string
    client_id: string
    created_at: number
    created_by: string
    created_by_type: string
    updated_at: number
    updated_by: string
    updated_by_type: string
  }
  /** Issuer and subject of outside tokens that an application or managed identity accepts in place of a secret. */
  federated_credential: {
    tenant_id: string
    client_id: string
    name: string
    name_canonical: string
    issuer: string
    subject: string
    audience: string
    created_at: number
    updated_at: number
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
    /** Version 2.0. */
    condition: string | null
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
    /** These three of deleted vaults only. */
    deleted_at: number | null
    purge_at: number | null
    /** Until then one server is purging it. */
    purge_claimed_until: number | null
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
    /** Begins at random: a secret made anew under a purged name never repeats what memories of the former one are kept under. */
    revision: number
    created_at: number
    /** These three of deleted secrets only. */
    deleted_at: number | null
    purge_at: number | null
    /** Until then one server is purging it. */
    purge_claimed_until: number | null
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
    /** A GUID that is never used again, unlike the name. */
    id: string
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
    /** The ARM id of its environment, in lower case. */
    environment_canonical: string
    revision_name: string
    created_at: number
    created_by: string
    created_by_type: string
    updated_at: number
    updated_by: string
    updated_by_type: string
  }
  container_app_revision: {
    tenant_id: string
    app_id: string
    /** `APP--SUFFIX`. */
    name: string
    /** From 1, in the order of creation. */
    ordinal: number
    template_json: string
    active: number
    created_at: number
  }
  /** Inline values only; references to a vault stand in the app's document. */
  container_app_secret: {
    tenant_id: string
    app_id: string
    name: string
    sealed_key: Buffer
    sealed_value: Buffer
  }
  log_workspace: {
    tenant_id: string
    subscription_id: string
    resource_group: string
    resource_group_canonical: string
    name: string
    name_canonical: string
    location: string
    tags_json: string
    properties_json: string
    customer_id: string
    sealed_keys: Buffer
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
  /** Management locks. `scope_canonical` is what a lock stands at; `scope` is that as it was written. */
  resource_lock: {
    tenant_id: string
    scope_canonical: string
    name_canonical: string
    scope: string
    name: string
    level: string
    notes: string | null
  }
  /** Resource providers whose registration was changed; one without a row is registered. */
  provider_registration: { tenant_id: string; subscription_id: string; namespace_canonical: string; state: string }
  /** What the activity log shows of control-plane writes; kept 90 days. The audit log is what counts. */
  activity_event: {
    tenant_id: string
    id: string
    subscription_id: string
    event_at: number
    resource: string
    resource_group_canonical: string
    provider_canonical: string
    operation_name: string
    action: string
    authorized_scope: string
    method: string
    status: number
    caller: string
    principal_id: string
    client_id: string
    client_address: string
    correlation_id: string
    client_request_id: string | null
  }
  /** Which audit sinks get the records of a vault. A vault of the same name that comes later has another id. */
  diagnostic_setting: {
    tenant_id: string
    vault_id: string
    name_canonical: string
    name: string
    scope_canonical: string
    properties_json: string
    sinks_json: string
  }
  /** Which server process delivers to a sink at the moment, and how far the sink has got in each lane. */
  audit_sink_claim: { sink: string; holder: string; ends_at: number }
  audit_sink_cursor: { sink: string; lane: number; next_index: number }
  /** Audit records committed with their write and not yet known to be in the log. */
  audit_outbox: { position: Generated<number>; record_id: string; tenant_id: string; lane: number; body: string }
  /** PostgreSQL only: the log itself. (lane, record_index) is the fence. */
  audit_record: { lane: number; record_index: number; record_id: string; line: Buffer }
  /** `frontier`: the tree's right edge, kept with one checkpoint in many so that a lane can be continued. */
  audit_checkpoint: { lane: number; size: number; note: Buffer; frontier: Buffer | null }
}
