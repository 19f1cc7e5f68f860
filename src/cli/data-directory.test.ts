import assert from 'node:assert/strict'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { dataDirectoryFrom } from './data-directory.ts'

const names = ['STRONGROOM_DATA', 'XDG_DATA_HOME'] as const

describe('the data directory', () => {
  const former = new Map<string, string | undefined>()
  beforeEach(() => {
    for (const name of names) {
      former.set(name, process.env[name])
      delete process.env[name]
    }
  })
  afterEach(() => {
    for (const [name, value] of former) {
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
    }
  })

  test('is the one given, before all else', () => {
    process.env['STRONGROOM_DATA'] = '/from/the/environment'
    assert.equal(dataDirectoryFrom('/given'), '/given')
  })

  test('is absolute, whatever was given', () => {
    assert.equal(dataDirectoryFrom('some/where'), resolve('some/where'))
  })

  test('is the one that the environment names', () => {
    process.env['STRONGROOM_DATA'] = '/from/the/environment'
    process.env['XDG_DATA_HOME'] = '/data/home'
    assert.equal(dataDirectoryFrom(undefined), '/from/the/environment')
  })

  test('lies in the data home, and that in the home', () => {
    process.env['STRONGROOM_DATA'] = ''
    assert.equal(dataDirectoryFrom(undefined), join(homedir(), '.local', 'share', 'strongroom'))
    process.env['XDG_DATA_HOME'] = '/data/home'
    assert.equal(dataDirectoryFrom(undefined), '/data/home/strongroom')
  })
})
