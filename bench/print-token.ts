/** Prints the access token for vaults that the managed identity endpoint of this session gives. */
import { get } from 'node:http'

const endpoint = new URL(process.env['IDENTITY_ENDPOINT'] ?? '')
endpoint.searchParams.set('api-version', '2019-08-01')
endpoint.searchParams.set('resource', 'https://vault.azure.net')
get(endpoint, { headers: { 'x-identity-header': process.env['IDENTITY_HEADER'] ?? '' } }, (response) => {
  const chunks: Buffer[] = []
  response.on('data', (chunk: Buffer) => chunks.push(chunk))
  response.on('end', () => {
    const answer: { access_token: string } = JSON.parse(Buffer.concat(chunks).toString('utf8'))
    console.log(answer.access_token)
  })
})
