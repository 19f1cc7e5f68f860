/** The baseline: a bare `node:https` server that answers every request with the same bytes. Reads its orders from the environment of the benchmark alone. */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'

const [keyFile, certificateFile, answerFile] = process.argv.slice(2)
if (keyFile === undefined || certificateFile === undefined || answerFile === undefined)
  throw new Error('usage: bare-server.ts KEY CERTIFICATE ANSWER')
const answer: { status: number; headers: string[]; body: string } = JSON.parse(readFileSync(answerFile, 'utf8'))
const server = createServer(
  { key: readFileSync(keyFile), cert: readFileSync(certificateFile) },
  (_request, response) => {
    response.writeHead(answer.status, answer.headers)
    response.end(answer.body)
  },
)
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (address !== null && typeof address === 'object') console.log(address.port)
})
