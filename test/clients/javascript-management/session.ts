/** What the programs of this folder share: whose subscription, retries off, no waiting between polls, and how a refusal is told. */
import { DefaultAzureCredential } from '@azure/identity'

const [subscription = '', group = '', ...more] = process.argv.slice(2)

export const subscriptionId = subscription
export const groupName = group
export const others = more
export const subscriptionScope = `/subscriptions/${subscription}`
export const groupScope = `${subscriptionScope}/resourceGroups/${group}`
export const credential = new DefaultAzureCredential()
export const options = { retryOptions: { maxRetries: 0 } }
export const poll = { updateIntervalInMs: 10 }

/** Status and code of what the service refuses. */
export async function refusal(work: PromiseLike<unknown>): Promise<unknown> {
  try {
    await work
    return 'not refused'
  } catch (failure) {
    const { statusCode, code } = Object(failure)
    return [statusCode, code]
  }
}

export async function all<Item>(list: AsyncIterable<Item>): Promise<Item[]> {
  const items: Item[] = []
  for await (const item of list) items.push(item)
  return items
}

export async function namesOf(list: AsyncIterable<{ readonly name?: string | undefined }>): Promise<string[]> {
  return (await all(list)).map(({ name }) => name ?? '')
}

/** The names on each page of a list. */
export async function pagesOf(
  pages: AsyncIterable<readonly { readonly name?: string | undefined }[]>,
): Promise<string[][]> {
  return (await all(pages)).map((page) => page.map(({ name }) => name ?? ''))
}

/** What came of each step, for the test that started the program. */
export function tell(seen: object): void {
  console.log(JSON.stringify(seen))
}
