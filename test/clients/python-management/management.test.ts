import { join } from 'node:path'
import { after, before, describe } from 'node:test'
import { findPython } from '../../support/python.ts'
import { checkout, RunningServer } from '../../support/running-server.ts'
import { furnishManagement, type ManagementScene, testManagement } from '../management.ts'

const here = join(checkout, 'test', 'clients', 'python-management')
const { python, skip } = await findPython(join(here, 'requirements.txt'))

describe('the newest management SDKs for Python', { skip }, () => {
  let scene: ManagementScene

  before(async () => {
    const server = await RunningServer.start()
    scene = await furnishManagement(server, 'python', (name) => [python, '-B', join(here, `${name}.py`)])
  })
  after(async () => scene?.server.remove())

  testManagement(() => scene)
})
