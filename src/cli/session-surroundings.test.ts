import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { formerSurroundings } from './session-surroundings.ts'

describe('what a session takes the place of', () => {
  test('is nothing where nothing was set', () => {
    assert.deepEqual(formerSurroundings({ HTTP_PROXY: '' }), {
      formerProxy: {},
      formerRoots: { replacing: [], added: [] },
    })
  })

  test('is the proxy for each scheme, in lower case before upper, else the one for all', () => {
    const environment = { http_proxy: 'http://one', HTTP_PROXY: 'http://two', ALL_PROXY: 'http://all', NO_PROXY: 'a,b' }
    assert.deepEqual(formerSurroundings(environment).formerProxy, {
      httpProxy: 'http://one',
      httpsProxy: 'http://all',
      noProxy: 'a,b',
    })
  })

  test('is every place of roots, once: those in place of the system’s and those on top', () => {
    const environment = {
      REQUESTS_CA_BUNDLE: '/one.pem',
      CURL_CA_BUNDLE: '/one.pem',
      SSL_CERT_FILE: '/two.pem',
      SSL_CERT_DIR: '/certs:/more',
      NODE_EXTRA_CA_CERTS: '/extra.pem',
    }
    assert.deepEqual(formerSurroundings(environment).formerRoots, {
      replacing: ['/one.pem', '/two.pem'],
      added: ['/certs', '/more', '/extra.pem'],
    })
  })
})
