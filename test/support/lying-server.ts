import { once } from 'node:events'
import { createServer, type Server } from 'node:https'
import { certificateToPem, createAuthorityCertificate, issueServerCertificate } from '#crypto/certificates.ts'
import { generateP256KeyPair } from '#crypto/signing.ts'

const validity = { notBefore: new Date(Date.now() - 86_400_000), notAfter: new Date(Date.now() + 86_400_000) }

/**
 * A server with the names that Strongroom has under `localhost`, whose metadata names the hosts that a test wants (`PORT` stands
 * for its port). It notes what it is asked, and answers to the names under `evil.localhost` as well.
 */
export class LyingServer {
  /** Of its certificate authority, PEM. */
  readonly certificate: string
  /** `HOST METHOD PATH`, in their order. */
  readonly asked: string[] = []
  readonly #server: Server

  static async start(metadata: object): Promise<LyingServer> {
    const server = new LyingServer(metadata)
    server.#server.listen(0, '127.0.0.1')
    await once(server.#server, 'listening')
    return server
  }

  private constructor(metadata: object) {
    const authorityKey = generateP256KeyPair()
    const authority = createAuthorityCertificate({
      ...validity,
      privateKey: authorityKey.privateKey,
      commonName: 'Authority of a lying server',
      permittedDnsNames: ['localhost'],
    })
    const key = generateP256KeyPair()
    const leaf = issueServerCertificate(
      { privateKey: authorityKey.privateKey, certificate: authority },
      {
        ...validity,
        publicKey: key.publicKey,
        commonName: 'Lying server',
        names: [...names('localhost'), ...names('evil.localhost')],
      },
    )
    this.certificate = certificateToPem(authority)
    this.#server = createServer(
      { cert: certificateToPem(leaf), key: key.privateKey.export({ format: 'pem', type: 'pkcs8' }) },
      (request, response) => {
        this.asked.push(`${request.headers.host} ${request.method} ${request.url}`)
        response.setHeader('content-type', 'application/json')
        response.end(this.#metadata(metadata))
      },
    )
  }

  get port(): number {
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('The lying server does not listen.')
    return address.port
  }

  stop(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }

  #metadata(changes: object): string {
    const honest = {
      name: 'Strongroom',
      resourceManager: 'https://management.localhost:PORT/',
      authentication: { loginEndpoint: 'https://login.localhost:PORT' },
      graph: 'https://graph.localhost:PORT',
      suffixes: { keyVaultDns: 'vault.localhost:PORT' },
    }
    return JSON.stringify({ ...honest, ...changes }).replaceAll('PORT', String(this.port))
  }
}

function names(domain: string): readonly string[] {
  return ['login', 'management', 'graph', 'vault'].map((name) => `${name}.${domain}`)
}
