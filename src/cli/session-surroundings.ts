import { delimiter, resolve } from 'node:path'
import type { SessionSurroundings } from './child-environment.ts'
import type { CommandOption } from './command.ts'
import { CommandError } from './command-error.ts'
import type { ControlSession, SessionRequest } from './control-session.ts'

const maximumAddedPlaces = 16

/** What of the caller's own surroundings a session takes the place of. */
export function formerSurroundings(
  environment: Readonly<Record<string, string | undefined>>,
): Pick<SessionRequest, 'formerProxy' | 'formerRoots'> {
  const first = (...names: readonly string[]): string | undefined =>
    names.map((name) => environment[name]).find((value) => value !== undefined && value !== '')
  const all = first('all_proxy', 'ALL_PROXY')
  const httpProxy = first('http_proxy', 'HTTP_PROXY') ?? all
  const httpsProxy = first('https_proxy', 'HTTPS_PROXY') ?? all
  const noProxy = first('no_proxy', 'NO_PROXY')
  const places = (...names: readonly string[]): string[] =>
    names
      .flatMap((name) => (environment[name] ?? '').split(delimiter))
      .filter((place) => place !== '')
      .map((place) => resolve(place))
  return {
    formerProxy: {
      ...(httpProxy === undefined ? {} : { httpProxy }),
      ...(httpsProxy === undefined ? {} : { httpsProxy }),
      ...(noProxy === undefined ? {} : { noProxy }),
    },
    formerRoots: {
      replacing: [...new Set(places('REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE', 'SSL_CERT_FILE'))],
      added: places('SSL_CERT_DIR', 'NODE_EXTRA_CA_CERTS').slice(0, maximumAddedPlaces),
    },
  }
}

/** A session's surroundings for a child. Throws `CommandError` when the server gave no private folder. */
export function surroundingsOf(
  session: ControlSession,
  own: Pick<SessionSurroundings, 'dataDirectory' | 'allowedVariables'>,
): SessionSurroundings {
  const {
    kind,
    identityEndpoint,
    identityHeader,
    proxyUrl,
    variables,
    caFile,
    azureConfigDirectory,
    azdConfigDirectory,
  } = session
  if (caFile === undefined || azureConfigDirectory === undefined || azdConfigDirectory === undefined) {
    throw new CommandError('The server gave this session no private folder.', 1)
  }
  return {
    kind,
    identityEndpoint,
    identityHeader,
    proxyUrl,
    variables,
    caFile,
    azureConfigDirectory,
    azdConfigDirectory,
    ...own,
  }
}

/** For commands that start something with an app's variables. */
export const allowVariableOption: CommandOption = {
  name: '--allow-variable',
  takes: 'list',
  summary:
    'Variables of the app to take although they decide what code a program loads (NODE_OPTIONS) or where it signs in (AZURE_AUTHORITY_HOST): whoever writes the app then chooses it.',
  placeholder: 'NAME',
}
