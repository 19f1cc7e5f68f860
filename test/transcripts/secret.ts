import type { Step } from './step.ts'

/** Every verb of secrets. */
export const secretSteps: readonly Step[] = [
  { run: 'az group create -n rg-secrets -l westeurope -o none' },
  { run: 'az keyvault create -n kv-az-secrets -g rg-secrets -o none' },
  {
    run: 'az keyvault secret set --vault-name kv-az-secrets -n db-password --value denied',
    code: 1,
    says: 'ERROR: (Forbidden) Caller is not authorized to perform action on resource.',
  },
  {
    run: 'az role assignment create --role "Key Vault Secrets Officer" --assignee operator@strongroom.local --scope "$(az keyvault show -n kv-az-secrets --query id -o tsv)" -o none',
  },
  {
    run: 'az keyvault secret set --vault-name kv-az-secrets -n db-password --value one',
    json: {
      attributes: {
        created: '2000-01-01T00:00:00+00:00',
        enabled: true,
        expires: null,
        notBefore: null,
        recoverableDays: 90,
        recoveryLevel: 'Recoverable+Purgeable',
        updated: '2000-01-01T00:00:00+00:00',
      },
      contentType: null,
      id: 'https://kv-az-secrets.vault.azure.net/secrets/db-password/00000000000000000000000000000000',
      kid: null,
      managed: null,
      name: 'db-password',
      tags: { 'file-encoding': 'utf-8' },
      value: 'one',
    },
  },
  {
    run: 'az keyvault secret set --vault-name kv-az-secrets -n db-password --value "zwei Ω" --content-type text/plain --tags team=blue --expires 2035-01-01T00:00:00Z --not-before 2020-01-01T00:00:00Z --query "{value:value,tags:tags,type:contentType}"',
    json: { tags: { 'file-encoding': 'utf-8', team: 'blue' }, type: 'text/plain', value: 'zwei Ω' },
  },
  { run: "printf 'from a file\\n' >given.txt" },
  {
    run: 'az keyvault secret set --vault-name kv-az-secrets -n from-file --file given.txt --query value',
    json: 'from a file\n',
  },
  {
    run: 'az keyvault secret set --vault-name kv-az-secrets -n from-base64 --file given.txt --encoding base64 --query "{value:value,tags:tags}"',
    json: { tags: { 'file-encoding': 'base64' }, value: 'ZnJvbSBhIGZpbGUK\n' },
  },
  {
    run: 'az keyvault secret set --vault-name kv-az-secrets -n disabled-one --value x --disabled true --query attributes.enabled',
    json: false,
  },
  {
    run: 'az keyvault secret set --vault-name kv-az-secrets -n "bad name" --value x',
    code: 1,
    says: 'ERROR: (BadParameter) The request URI contains an invalid name: bad name',
  },
  {
    run: 'az keyvault secret set --vault-name kv-az-secrets -n empty --value ""',
    code: 1,
    says: 'ERROR: incorrect usage: [Required] --value VALUE | --file PATH',
  },
  {
    run: 'az keyvault secret show --vault-name kv-az-secrets -n db-password --query "[name,value,contentType,attributes.notBefore,attributes.recoveryLevel]"',
    json: ['db-password', 'zwei Ω', 'text/plain', '2000-01-01T00:00:00+00:00', 'Recoverable+Purgeable'],
  },
  {
    run: 'az keyvault secret show --id https://kv-az-secrets.vault.azure.net/secrets/db-password --query value -o tsv',
    prints: 'zwei Ω\n',
  },
  {
    run: 'az keyvault secret show --vault-name kv-az-secrets -n db-password --version "$(az keyvault secret list-versions --vault-name kv-az-secrets -n db-password --query "[?contentType!=\'text/plain\'].id | [0]" -o tsv | sed \'s:.*/::\')" --query value -o tsv',
    prints: 'one\n',
  },
  {
    run: 'az keyvault secret show --vault-name kv-az-secrets -n disabled-one',
    code: 1,
    says: 'ERROR: (Forbidden) Operation get is not allowed on a disabled secret.',
  },
  {
    run: 'az keyvault secret show --vault-name kv-az-secrets -n missing',
    code: 3,
    says: 'ERROR: (SecretNotFound) A secret with (name/id) missing was not found in this key vault. If you recently deleted this secret you may be able to',
  },
  {
    run: 'az keyvault secret list --vault-name kv-az-secrets --query "[].{name:name,enabled:attributes.enabled,type:contentType}" -o table',
    prints:
      'Name          Enabled\n------------  ---------\ndb-password   True\ndisabled-one  False\nfrom-base64   True\nfrom-file     True\n',
  },
  { run: 'az keyvault secret list --vault-name kv-az-secrets --maxresults 2 --query "length(@)"', json: 2 },
  {
    // The ids of versions are random, and so is their order.
    run: 'az keyvault secret list-versions --vault-name kv-az-secrets -n db-password --query "{all:length(@),plain:length([?contentType==\'text/plain\']),enabled:length([?attributes.enabled])}"',
    json: { all: 2, plain: 1, enabled: 2 },
  },
  {
    run: 'az keyvault secret set-attributes --vault-name kv-az-secrets -n db-password --enabled false --content-type text/x --query "{type:contentType,enabled:attributes.enabled}"',
    json: { enabled: false, type: 'text/x' },
  },
  {
    run: 'az keyvault secret set-attributes --vault-name kv-az-secrets -n db-password --enabled true --query attributes.enabled',
    json: true,
  },
  { run: 'az keyvault secret download --vault-name kv-az-secrets -n db-password --file got.txt' },
  { run: 'cat got.txt', prints: 'zwei Ω' },
  {
    run: 'az keyvault secret download --vault-name kv-az-secrets -n from-base64 --file decoded.txt --encoding base64 && cat decoded.txt',
    prints: 'from a file\n',
  },
  {
    run: 'az keyvault secret backup --vault-name kv-az-secrets -n from-file --file from-file.backup && test -s from-file.backup',
  },
  {
    run: 'az keyvault secret restore --vault-name kv-az-secrets --file from-file.backup',
    code: 1,
    says: 'ERROR: (Conflict) There was a conflict restoring the secret',
  },
  {
    run: 'az keyvault secret delete --vault-name kv-az-secrets -n from-file',
    json: {
      attributes: {
        created: '2000-01-01T00:00:00+00:00',
        enabled: true,
        expires: null,
        notBefore: null,
        recoverableDays: 90,
        recoveryLevel: 'Recoverable+Purgeable',
        updated: '2000-01-01T00:00:00+00:00',
      },
      contentType: null,
      deletedDate: '2000-01-01T00:00:00+00:00',
      id: 'https://kv-az-secrets.vault.azure.net/secrets/from-file/00000000000000000000000000000000',
      kid: null,
      managed: null,
      name: 'from-file',
      recoveryId: 'https://kv-az-secrets.vault.azure.net/deletedsecrets/from-file',
      scheduledPurgeDate: '2000-01-01T00:00:00+00:00',
      tags: { 'file-encoding': 'utf-8' },
      value: null,
    },
  },
  {
    run: 'az keyvault secret delete --vault-name kv-az-secrets -n db-password --query name -o tsv',
    prints: 'db-password\n',
  },
  {
    run: 'az keyvault secret show-deleted --vault-name kv-az-secrets -n db-password --query "{name:name,recoveryId:recoveryId}"',
    json: { name: 'db-password', recoveryId: 'https://kv-az-secrets.vault.azure.net/deletedsecrets/db-password' },
  },
  {
    run: 'az keyvault secret list-deleted --vault-name kv-az-secrets --query "[].name" -o tsv',
    prints: 'db-password\nfrom-file\n',
  },
  {
    run: 'az keyvault secret set --vault-name kv-az-secrets -n db-password --value again',
    code: 1,
    says: 'ERROR: (Conflict) Secret db-password is currently in a deleted but recoverable state, and its name cannot be reused; in this state, the secret can',
  },
  {
    run: 'az keyvault secret recover --vault-name kv-az-secrets -n db-password --query "{name:name,type:contentType}"',
    json: { name: 'db-password', type: 'text/x' },
  },
  { run: 'az keyvault secret purge --vault-name kv-az-secrets -n from-file' },
  {
    run: 'az keyvault secret show-deleted --vault-name kv-az-secrets -n from-file',
    code: 1,
    says: 'ERROR: (SecretNotFound) Deleted Secret not found: from-file',
  },
  {
    run: 'az keyvault secret restore --vault-name kv-az-secrets --file from-file.backup --query name -o tsv',
    prints: 'from-file\n',
  },
  { run: 'az keyvault secret show --vault-name kv-az-secrets -n from-file --query value', json: 'from a file\n' },
  { run: 'az keyvault secret list-deleted --vault-name kv-az-secrets', json: [] },
]
