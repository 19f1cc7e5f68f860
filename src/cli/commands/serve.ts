import { ServiceError } from '#base/errors.ts'
import { type Command, ExitCode } from '../command.ts'
import { CommandError } from '../command-error.ts'

const watchdogMilliseconds = 10_000

export const serve: Command = {
  path: 'serve',
  summary: 'Run the server until it is told to stop.',
  options: [
    { name: '--https-port', summary: 'Port of https (default 8443; 0 takes a free one).', placeholder: 'PORT' },
    {
      name: '--proxy-port',
      summary: 'Port of the loopback proxy for the literal Azure names (default 8480).',
      placeholder: 'PORT',
    },
    {
      name: '--identity-port',
      summary: 'Port of the loopback managed identity endpoint (default 8481).',
      placeholder: 'PORT',
    },
    { name: '--health-port', summary: 'Port of /livez and /readyz (default 8482).', placeholder: 'PORT' },
    { name: '--listen', summary: 'Address of https and health (default 127.0.0.1).', placeholder: 'ADDRESS' },
    {
      name: '--private-endpoint',
      takes: 'list',
      summary:
        'A source network that vaults can approve, and the address at which only it reaches this server; a port may follow (default: of https). Can be repeated.',
      placeholder: 'NAME=ADDRESS',
    },
    { name: '--domain', summary: 'The own domain: NAME.vault.DOMAIN (default localhost).' },
    {
      name: '--database',
      summary: "'sqlite' (default) or a postgres:// address without a password.",
      placeholder: 'DATABASE',
    },
    { name: '--database-url-file', summary: 'A file of mode 0600 with the postgres:// address.', placeholder: 'FILE' },
    {
      name: '--kek-file',
      summary: 'The key-encryption key (default DIR/keys/key-encryption-key).',
      placeholder: 'FILE',
    },
    {
      name: '--passphrase-file',
      summary: 'Derive the key-encryption key from the passphrase in this file.',
      placeholder: 'FILE',
    },
    {
      name: '--tls-certificate-file',
      summary: 'Your own certificate chain (PEM) for the names under --domain, read at start.',
      placeholder: 'FILE',
    },
    { name: '--tls-key-file', summary: 'Its private key (PEM), mode 0600.', placeholder: 'FILE' },
    {
      name: '--checkpoint-file',
      summary: 'The second place of audit checkpoints, best on another disk (default DIR/checkpoints/latest).',
      placeholder: 'FILE',
    },
    {
      name: '--audit-sink',
      takes: 'list',
      summary: 'Places outside the log, NAME=file:PATH, that diagnostic settings of vaults may send audit records to.',
      placeholder: 'SINK',
    },
    {
      name: '--new-audit-lane',
      takes: 'switch',
      summary: 'Leave an audit log that start refuses, and open a new lane whose first record quotes what was found.',
    },
    {
      name: '--isolate-sessions',
      takes: 'switch',
      summary: 'Sessions reach nothing but this server through the proxy.',
    },
    { name: '--dev', takes: 'switch', summary: 'Allow what production must not: a PostgreSQL that may lose writes.' },
    {
      name: '--fault',
      summary: "For this project's own tests, with --dev: 'no-dsync' leaves the audit log unsynced.",
      placeholder: 'FAULT',
    },
  ],
  async run(context) {
    const given = context.arguments
    let end: (code: number) => void = () => undefined
    const ended = new Promise<number>((resolve) => {
      end = resolve
    })
    // Other commands must not wait for the server's modules.
    const { startServer } = await import('#app/serve.ts')
    const server = await startServer(
      {
        dataDirectory: context.dataDirectory,
        httpsPort: given.text('https-port'),
        proxyPort: given.text('proxy-port'),
        identityPort: given.text('identity-port'),
        healthPort: given.text('health-port'),
        listen: given.text('listen'),
        privateEndpoints: given.list('private-endpoint'),
        domain: given.text('domain'),
        database: given.text('database'),
        databaseUrlFile: given.text('database-url-file'),
        kekFile: given.text('kek-file'),
        passphraseFile: given.text('passphrase-file'),
        tlsCertificateFile: given.text('tls-certificate-file'),
        tlsKeyFile: given.text('tls-key-file'),
        checkpointFile: given.text('checkpoint-file'),
        auditSinks: given.list('audit-sink'),
        newAuditLane: given.flag('new-audit-lane'),
        passThrough: !given.flag('isolate-sessions'),
        development: given.flag('dev'),
        fault: given.text('fault'),
      },
      { quiet: false },
    ).catch((failure: unknown) => {
      if (failure instanceof ServiceError) throw new CommandError(failure.message, 1, { cause: failure })
      throw failure
    })
    context.stdout.write(`${server.readyLine}\n`)
    let isStopping = false
    const stop = (): void => {
      // The other signal may follow; a second end beside the first would hold it up, and close what is closed.
      if (isStopping) return
      isStopping = true
      // Whatever hangs, the process is gone in time; a write that was under way was never acknowledged.
      setTimeout(() => process.kill(process.pid, 'SIGKILL'), watchdogMilliseconds).unref()
      server.stop().then(
        () => end(0),
        (failure: unknown) => {
          context.note(`ERROR: ${failure instanceof Error ? failure.message : 'The server did not stop cleanly.'}`)
          end(1)
        },
      )
    }
    process.once('SIGTERM', stop)
    process.once('SIGINT', stop)
    return new ExitCode(await ended)
  },
}
