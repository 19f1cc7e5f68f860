import type { Command } from '../command.ts'
import { recordsAt, textAt } from '../json-object.ts'
import { changeNetworkAcls, networkRuleOptions, overlapOf } from '../network-acls.ts'

export const keyvaultNetworkRuleAdd: Command = {
  path: 'keyvault network-rule add',
  summary: 'Let addresses or ranges reach a vault.',
  options: networkRuleOptions,
  run: (context) =>
    changeNetworkAcls(context, (acls, { addresses, subnet }) => {
      const rules = [...recordsAt(acls, 'ipRules')]
      const networks = [...recordsAt(acls, 'virtualNetworkRules')]
      for (const value of addresses) {
        const other = overlapOf(
          value,
          rules.map((rule) => textAt(rule, 'value')),
        )
        if (other === undefined) rules.push({ value })
        else context.warn(`IP/CIDR ${value} overlaps with ${other}, which exists already. Not adding duplicates.`)
      }
      if (subnet !== undefined && !networks.some((rule) => textAt(rule, 'id').toLowerCase() === subnet.toLowerCase()))
        networks.push({ id: subnet })
      return { ...acls, ipRules: rules, virtualNetworkRules: networks }
    }),
}
