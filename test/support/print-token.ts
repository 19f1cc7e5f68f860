/** Prints the access token that this session's managed identity endpoint gives for a resource (default: vaults). */
import { get } from 'node:http'

const endpoint = new URL(process.env['IDENTITY_ENDPOINT'] ?? '')
endpoint.searchParams.set('api-version', '2019-08-01')
endpoint.searchParams.set('resource', process.argv[2] ?? 'https://vault.azure.net')
get(endpoint, { headers: { 'x-identity-header': process.env['IDENTITY_HEADER'] ?? '' } }, (response) => {
  const chunks: Buffer[] = []
  response.on('data', (chunk: Buffer) => chunks.push(chunk))
  response.on('end', () => {
    const text = Buffer.concat(chunks).toString('utf8')
    const answer: { access_token?: string } = JSON.parse(text)
    if (answer.access_token === undefined) throw new Error(text)
    console.log(answer.access_token)
  })
})
