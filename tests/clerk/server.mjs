// A server of a workspace whose organizations are managed in Clerk, and how it is asked.

import { execFileSync, spawn } from 'node:child_process'
import fs from 'node:fs'
import http from 'node:http'
import path from 'node:path'

/** The moment of the contract's vectors, in seconds. */
export const NOW = 1795170000

/** What the server's webhooks are signed with: the present secret and the one before it. */
export const SECRETS = [
  'whsec_c3RhdHVhcnktdGVzdC1zZWNyZXQtMzItYnl0ZXMtb2s=',
  'whsec_c3RhdHVhcnktcm90YXRlZC1rZXktMjRi',
]

/** The origin for which tokens are made. */
export const PARTY = 'https://status.example.com'

/** Starts the server with these public keys for session tokens. */
export async function start(program, work, pem) {
  const root = path.join(work, 'status')
  const environment = { ...process.env, STATUARY_NOW: new Date(NOW * 1000).toISOString(), RUST_LOG: 'statuary=debug' }
  execFileSync(program, ['--quiet', 'init', root], { env: environment })
  fs.writeFileSync(path.join(root, 'clerk-key.pem'), pem)
  fs.writeFileSync(path.join(root, 'clerk-secrets'), `${SECRETS.join('\n')}\n`, { mode: 0o600 })
  fs.writeFileSync(
    path.join(root, 'statuary.toml'),
    `[serve]\nport = 0\nwebhooks = "127.0.0.1:0"\n` +
      `[clerk]\nsecrets_file = "clerk-secrets"\njwt_key_file = "clerk-key.pem"\nauthorized_parties = ["${PARTY}"]\n`,
  )
  const log = path.join(work, 'log')
  const child = spawn(program, ['--root', root, '--json', 'serve'], {
    env: environment,
    stdio: ['ignore', 'pipe', fs.openSync(log, 'w')],
  })
  const ended = new Promise((resolve) => child.on('exit', resolve))
  const first = await new Promise((resolve, reject) => {
    let text = ''
    child.stdout.on('data', (bytes) => (text += bytes).includes('\n') && resolve(text.split('\n')[0]))
    ended.then(() => reject(new Error(`the server ended: ${fs.readFileSync(log)}`)))
  })
  const { address, webhooks } = JSON.parse(first)
  return {
    root,
    address,
    webhooks,
    said: () => fs.readFileSync(log, 'utf8'),
    run: (...args) => execFileSync(program, ['--root', root, ...args], { env: environment, encoding: 'utf8' }),
    stop: () => (child.kill(), ended),
  }
}

/** Sends one request; `headers` is a flat list of names and values, as Node has it for repeated ones. */
export function ask(base, method, target, headers, body = '') {
  const url = new URL(target, base)
  return new Promise((resolve, reject) => {
    const options = { method, agent: false, headers: ['host', url.host, 'content-length', String(Buffer.byteLength(body)), ...headers] }
    const request = http.request(url, options, (response) => {
      let text = ''
      response.setEncoding('latin1')
      response.on('data', (piece) => (text += piece))
      response.on('end', () => resolve({ status: response.statusCode, text, id: response.headers['x-request-id'] }))
    })
    request.on('error', reject)
    request.end(body)
  })
}

/** Waits until something holds. */
export async function until(what, holds) {
  const end = Date.now() + 60_000
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`${what} did not happen`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
