import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { auditRecords, operatorToken, type RawAnswer, RawClient } from '../support/raw-client.ts'
import { sendBytes, type WireAnswer } from '../support/raw-socket.ts'
import { type Furnished, furnish, RunningServer } from '../support/running-server.ts'

/** Every value that is sent, taken or refused, begins with this. */
const canary = 'canary-requests-77aa'
const maximumValueBytes = 25_600
const maximumBodyBytes = 256 * 1024

describe('requests that are refused for what they are', () => {
  let server: RunningServer
  let made: Furnished
  let client: RawClient
  let token: string
  const host = 'kv-requests.vault.azure.net'
  /** All that the server has answered to requests it refused. */
  const refusals: string[] = []

  before(async () => {
    server = await RunningServer.start()
    made = await furnish(server, { vault: 'kv-requests', app: 'requests-app' })
    token = await operatorToken(server)
    client = new RawClient(server.facts.httpsPort)
  })
  after(async () => {
    client?.close()
    await server?.remove()
  })

  const put = (name: string, body: string, headers: Readonly<Record<string, string>> = {}): Promise<RawAnswer> =>
    client.send({ method: 'PUT', path: `/secrets/${name}?api-version=7.4`, host, token, body, headers })

  /** Sends a request line and headers as they are, with a good token unless told otherwise. */
  function sendHead(
    target: string,
    options: { readonly signedIn?: boolean; readonly more?: string } = {},
  ): Promise<WireAnswer> {
    const authorization = options.signedIn === false ? '' : `Authorization: Bearer ${token}\r\n`
    const head = `GET ${target} HTTP/1.1\r\nHost: ${host}\r\n${authorization}${options.more ?? ''}Connection: close\r\n\r\n`
    return sendBytes(server.facts.httpsPort, host, Buffer.from(head, 'latin1'))
  }

  function assertBadParameter(answer: { readonly status: number; readonly text: string }, message: string): void {
    refusals.push(answer.text)
    assert.equal(answer.status, 400, answer.text)
    assert.deepEqual(JSON.parse(answer.text), { error: { code: 'BadParameter', message } })
  }

  describe('names', () => {
    const bad = [
      'under_score',
      'dotted.name',
      'two%20words',
      'semi;colon',
      'caf%C3%A9',
      'x'.repeat(128),
      '%27or%271%27%3D%271',
      '~',
      '*',
    ]
    for (const name of bad) {
      test(`the name ${name.slice(0, 24)} is refused`, async () => {
        const shown = decodeURIComponent(name)
        assertBadParameter(
          await put(name, JSON.stringify({ value: canary })),
          `The request URI contains an invalid name: ${shown}`,
        )
        assertBadParameter(
          await client.send({ path: `/secrets/${name}?api-version=7.4`, host, token }),
          `The request URI contains an invalid name: ${shown}`,
        )
      })
    }

    test('a name of 127 characters is accepted', async () => {
      assert.equal((await put('x'.repeat(127), JSON.stringify({ value: canary }))).status, 200)
    })

    for (const version of ['latest', 'a'.repeat(31), 'a'.repeat(33)]) {
      test(`the version ${version} is refused`, async () => {
        assertBadParameter(
          await client.send({ path: `/secrets/held/${version}?api-version=7.4`, host, token }),
          `The request URI contains an invalid version: ${version}`,
        )
      })
    }

    for (const version of ['', '7', '7.x', '2016-13-01', 'latest', '7.4&api-version=7.5']) {
      test(`the api-version '${version}' is refused`, async () => {
        const answer = await client.send({ path: `/secrets/held?api-version=${version}`, host, token })
        refusals.push(answer.text)
        assert.equal(answer.status, 400)
        assert.equal(JSON.parse(answer.text).error.code, 'BadParameter')
      })
    }
  })

  describe('values and bodies', () => {
    /** As many bytes of UTF-8 as asked for, each character of the filling two bytes in UTF-8 and six in escaped JSON. */
    const accented = (bytes: number): string =>
      canary + 'x'.repeat((bytes - canary.length) % 2) + 'é'.repeat(Math.floor((bytes - canary.length) / 2))
    const escaped = (value: string): string =>
      JSON.stringify({ value }).replace(
        /[^\x20-\x7e]/g,
        (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
      )
    const controls = (bytes: number): string => canary + '\u0001'.repeat(bytes - canary.length)
    const tooLong = `Property has invalid value\r\nThe property 'value' must be at most ${maximumValueBytes} bytes of UTF-8.`

    for (const [how, write] of [
      ['plain', (bytes: number) => JSON.stringify({ value: accented(bytes) })],
      ['escaped', (bytes: number) => escaped(accented(bytes))],
      ['of control characters, over 100 KiB of JSON', (bytes: number) => JSON.stringify({ value: controls(bytes) })],
    ] as const) {
      test(`a value of 25,600 bytes is accepted and comes back, one of 25,601 is refused: ${how}`, async () => {
        const body = write(maximumValueBytes)
        const expected = JSON.parse(body).value
        assert.equal(Buffer.byteLength(expected), maximumValueBytes)
        const accepted = await put('sized', body)
        assert.equal(accepted.status, 200, accepted.text.slice(0, 300))
        const read = await client.send({ path: '/secrets/sized?api-version=7.4', host, token })
        assert.ok(JSON.parse(read.text).value === expected, 'the value came back changed')
        const over = write(maximumValueBytes + 1)
        assert.equal(Buffer.byteLength(JSON.parse(over).value), maximumValueBytes + 1)
        assertBadParameter(await put('sized', over), tooLong)
      })
    }

    test('sixteen tags are refused, fifteen are accepted', async () => {
      const tags = (count: number): Record<string, string> =>
        Object.fromEntries(Array.from({ length: count }, (_, at) => [`tag-${at}`, 'x']))
      assert.equal((await put('tagged', JSON.stringify({ value: canary, tags: tags(15) }))).status, 200)
      assertBadParameter(
        await put('tagged', JSON.stringify({ value: canary, tags: tags(16) })),
        "Property has invalid value\r\nThe property 'tags' may hold at most 15 tags.",
      )
    })

    const bodies: readonly (readonly [string, string, string])[] = [
      ['broken JSON', `{"value":"${canary}`, 'The request body is not valid JSON.'],
      ['nothing', '', 'The request body is not valid JSON.'],
      ['an array', `["${canary}"]`, 'The request body must be a JSON object.'],
      ['null', 'null', 'The request body must be a JSON object.'],
      ['no value', '{}', "Property has invalid value\r\nThe property 'value' is required."],
      ['a number as value', '{"value":77}', "Property has invalid value\r\nThe property 'value' must be a string."],
      [
        'a lone surrogate',
        `{"value":"${canary}\\ud800"}`,
        "Property has invalid value\r\nThe property 'value' must be well-formed Unicode.",
      ],
      [
        'deep JSON',
        `{"value":"${canary}","deep":${'['.repeat(17)}${']'.repeat(17)}}`,
        'The request body is nested deeper than 16 levels.',
      ],
      ['very deep JSON', '['.repeat(200_000), 'The request body is nested deeper than 16 levels.'],
      ['a trailing comma', `{"value":"${canary}",}`, 'The request body is not valid JSON.'],
    ]
    for (const [what, body, message] of bodies) {
      test(`${what} is refused`, async () => assertBadParameter(await put('bodied', body), message))
    }

    test('bytes that are not UTF-8 are refused', async () => {
      const body = Buffer.concat([Buffer.from(`{"value":"${canary}`), Buffer.from([0xc3, 0x28]), Buffer.from('"}')])
      const head = `PUT /secrets/bodied?api-version=7.4 HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${token}\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n`
      assertBadParameter(
        await sendBytes(server.facts.httpsPort, host, Buffer.concat([Buffer.from(head), body])),
        'The request body is not valid UTF-8.',
      )
    })

    test('a member __proto__ is data like any other, and gives nothing to anybody', async () => {
      assertBadParameter(
        await put('bodied', `{"__proto__":{"value":"${canary}"}}`),
        "Property has invalid value\r\nThe property 'value' is required.",
      )
    })
  })

  describe('raw paths, before anybody is asked who they are', () => {
    const targets: readonly string[] = [
      '/secrets/../secrets/held?api-version=7.4',
      '/secrets/./held?api-version=7.4',
      '/./secrets/held?api-version=7.4',
      '/secrets/held/..?api-version=7.4',
      '/secrets/%2e%2e/secrets/held?api-version=7.4',
      '/secrets/%2E%2e/held?api-version=7.4',
      '/secrets/.%2e/held?api-version=7.4',
      '/secrets/%2e/held?api-version=7.4',
      '/secrets/a%2fb?api-version=7.4',
      '/secrets/a%2Fb?api-version=7.4',
      '/secrets%2fheld?api-version=7.4',
      '/secrets/a%5cb?api-version=7.4',
      '/secrets/a\\b?api-version=7.4',
      '/secrets/a%00b?api-version=7.4',
      '/secrets/a%0d%0ab?api-version=7.4',
      '/secrets/a%7fb?api-version=7.4',
      '/secrets/a%zzb?api-version=7.4',
      '/secrets/a%?api-version=7.4',
      '/secrets/a%c3%28?api-version=7.4',
      '/secrets/held#fragment',
      `/secrets/${'x'.repeat(5000)}?api-version=7.4`,
      `${'/x'.repeat(100)}?api-version=7.4`,
    ]
    for (const target of targets) {
      test(`${JSON.stringify(target).slice(0, 60)} is refused`, async () => {
        for (const signedIn of [true, false]) {
          const answer = await sendHead(target, { signedIn })
          assert.equal(answer.headers.get('www-authenticate'), undefined)
          assertBadParameter(answer, 'The request URI contains an invalid path.')
        }
      })
    }

    const queries: readonly string[] = [
      '/secrets/held?api-version=7.4%00',
      '/secrets/held?api-version=7.4&x=%0a',
      `/secrets/held?api-version=7.4&x=${'x'.repeat(9000)}`,
    ]
    for (const target of queries) {
      test(`the query of ${JSON.stringify(target).slice(0, 60)} is refused`, async () => {
        assertBadParameter(await sendHead(target, { signedIn: false }), 'The request URI contains an invalid query.')
      })
    }

    /** Not HTTP any more, so no surface is asked. */
    const unparsable: readonly (readonly [string, string])[] = [
      ['a control character', '/secrets/a\x01b?api-version=7.4'],
      ['a null byte', '/secrets/a\x00b?api-version=7.4'],
      ['a tab', '/secrets/a\tb?api-version=7.4'],
      ['a bare carriage return', '/secrets/a\rb?api-version=7.4'],
      ['a space', '/secrets/a b?api-version=7.4'],
      ['a backslash at the start', '\\secrets\\held?api-version=7.4'],
      ['a letter that is not ASCII', '/secrets/caf\xc3\xa9?api-version=7.4'],
      ['a byte over 127 in the query', '/secrets/held?api-version=7.4&x=\x80'],
    ]
    for (const [what, target] of unparsable) {
      test(`${what} in the request line is refused`, async () => {
        const answer = await sendHead(target, { signedIn: false })
        refusals.push(answer.text)
        assert.equal(answer.status, 400)
        assert.deepEqual(JSON.parse(answer.text), {
          error: { code: 'BadRequest', message: 'The request is not valid HTTP.' },
        })
      })
    }

    test('what an encoded path spells is what is authorised: %61lpha is alpha', async () => {
      await server.command(
        ['keyvault', 'secret', 'set', '--vault-name', made.vault, '-n', 'alpha', '--file', '/dev/stdin', '-o', 'none'],
        canary,
      )
      const answer = await sendHead('/secrets/%61lpha?api-version=7.4')
      assert.equal(answer.status, 200)
      assert.equal(JSON.parse(answer.text).value, canary)
    })
  })

  describe('size', () => {
    const body413 = {
      error: { code: 'RequestEntityTooLarge', message: `The request body is larger than ${maximumBodyBytes} bytes.` },
    }

    test('an announced body over the limit is refused before anybody is asked who they are', async () => {
      for (const signedIn of [true, false]) {
        const answer = await sendBytes(
          server.facts.httpsPort,
          host,
          `PUT /secrets/held?api-version=7.4 HTTP/1.1\r\nHost: ${host}\r\n${signedIn ? `Authorization: Bearer ${token}\r\n` : ''}Content-Length: ${maximumBodyBytes + 1}\r\n\r\n${canary}`,
        )
        refusals.push(answer.text)
        assert.equal(answer.status, 413)
        assert.deepEqual(JSON.parse(answer.text), body413)
      }
    })

    test('a chunked body is refused at the byte over the limit', async () => {
      const answer = await client.send({
        method: 'PUT',
        path: '/secrets/held?api-version=7.4',
        host,
        token,
        headers: { 'transfer-encoding': 'chunked' },
        chunks: [JSON.stringify({ value: canary }), ' '.repeat(maximumBodyBytes)],
      })
      refusals.push(answer.text)
      assert.equal(answer.status, 413)
      assert.deepEqual(JSON.parse(answer.text), body413)
    })

    test('headers over the limit are refused with 431', async () => {
      const one = await sendHead('/secrets/held?api-version=7.4', { more: `X-Filler: ${'x'.repeat(40_000)}\r\n` })
      const many = await sendHead('/secrets/held?api-version=7.4', {
        more: Array.from({ length: 3000 }, (_, at) => `X-${at}: filler\r\n`).join(''),
      })
      for (const answer of [one, many]) {
        assert.equal(answer.status, 431)
        assert.deepEqual(JSON.parse(answer.text), {
          error: { code: 'RequestHeaderFieldsTooLarge', message: 'The request line and headers are too large.' },
        })
      }
    })

    test('two lengths, or a length and chunks, are refused: where the body ends must not be guessed', async () => {
      for (const more of [
        'Content-Length: 5\r\nContent-Length: 6\r\n',
        'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n',
        'Content-Length: -1\r\n',
        'Transfer-Encoding: gzip, identity\r\n',
      ]) {
        const answer = await sendHead('/secrets/held?api-version=7.4', { more })
        assert.equal(answer.status, 400, more)
      }
    })

    test('no Host, and two, are refused: whom a request is for must not be guessed', async () => {
      const none = await sendBytes(
        server.facts.httpsPort,
        host,
        'GET /secrets/held?api-version=7.4 HTTP/1.1\r\nConnection: close\r\n\r\n',
      )
      const two = await sendHead('/secrets/held?api-version=7.4', { more: 'Host: kv1.vault.azure.net\r\n' })
      assert.deepEqual([none.status, two.status], [400, 421])
    })
  })

  test('the server still answers, and no value that was sent is in a refusal, the log or a record', async () => {
    assert.equal((await client.send({ path: '/secrets/sized?api-version=7.4', host, token })).status, 200)
    const records = JSON.stringify(await auditRecords(server))
    for (const [where, text] of [
      ['a refusal', refusals.join('\n')],
      ['the log', server.log],
      ['a record', records],
    ] as const) {
      assert.ok(!text.includes(canary), `a value is in ${where}`)
      assert.ok(!text.includes(token.split('.')[2] ?? ''), `a token is in ${where}`)
    }
    // No request may make the server log an error: it could be made to fill a disk.
    assert.doesNotMatch(server.log, /"level":(50|60)/)
  })
})
