import type { Command } from '../command.ts'
import { recordsAt, textAt } from '../json-object.ts'
import { changeNetworkAcls, isSameRange, networkRuleOptions } from '../network-acls.ts'

export const keyvaultNetworkRuleRemove: Command = {
  path: 'keyvault network-rule remove',
  summary: 'Take back addresses or ranges that may reach a vault.',
  options: networkRuleOptions,
  run: (context) =>
    changeNetworkAcls(context, (acls, { addresses, subnet }) => ({
      ...acls,
      ipRules: recordsAt(acls, 'ipRules').filter(
        (rule) => !addresses.some((address) => isSameRange(address, textAt(rule, 'value'))),
      ),
      virtualNetworkRules: recordsAt(acls, 'virtualNetworkRules').filter(
        (rule) => textAt(rule, 'id').toLowerCase() !== subnet?.toLowerCase(),
      ),
    })),
}
