/**
 * Node's `http` without the facade that importing its names by hand would make: that reads every name once, and some of them
 * load a whole fetch client, which costs a twelfth of the start.
 */
const http: Pick<typeof import('node:http'), 'createServer' | 'request'> = process.getBuiltinModule('node:http')

export const { createServer, request } = http
