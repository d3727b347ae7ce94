// Webhooks that others sign: all are taken, and none with one changed byte.

import { execFileSync } from 'node:child_process'
import path from 'node:path'
import { Webhook } from 'svix'
import { ask, NOW, SECRETS } from './server.mjs'

/** How a message is signed, by what signs it. */
function signers(python) {
  const here = import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname)
  return {
    'PyPI svix': ({ id, timestamp, body, secret }) => {
      const line = JSON.stringify({ id, timestamp, secret, body: Buffer.from(body).toString('base64') })
      return execFileSync(python, [path.join(here, 'sign.py')], { input: `${line}\n`, encoding: 'utf8' }).trim()
    },
    'npm svix': ({ id, timestamp, body, secret }) => new Webhook(secret).sign(id, new Date(timestamp * 1000), body),
    openssl: ({ id, timestamp, body, secret }) => {
      const key = Buffer.from(secret.slice('whsec_'.length), 'base64').toString('hex')
      const arguments_ = ['dgst', '-sha256', '-mac', 'HMAC', '-macopt', `hexkey:${key}`, '-binary']
      return `v1,${execFileSync('openssl', arguments_, { input: `${id}.${timestamp}.${body}` }).toString('base64')}`
    },
  }
}

function post(server, { id, timestamp, signature, body }, set = 'svix') {
  const headers = [`${set}-id`, id, `${set}-timestamp`, String(timestamp), `${set}-signature`, signature, 'content-type', 'application/json']
  return ask(server.webhooks, 'POST', '/webhooks/clerk', headers, body)
}

/** Each of the signers, with each of the secrets, in both sets of headers. */
export async function accepted(server, python, check, made) {
  let number = 0
  for (const [name, sign] of Object.entries(signers(python))) {
    for (const [event, secret, set, late] of [
      ['organization.created', SECRETS[0], 'svix', 0],
      ['user.created', SECRETS[1], 'svix', -300],
      ['organizationMembership.created', SECRETS[0], 'webhook', 300],
    ]) {
      number += 1
      // A name that is longer in bytes than in characters, and a body that is not as this program would write it.
      const body = JSON.stringify({ ...made(event), note: 'Ærøskøbing \u{1f6a2}' }, null, number % 3)
      const message = { id: `msg_made${number}`, timestamp: NOW + late, body, secret }
      message.signature = sign(message)
      const answer = await post(server, message, set)
      check(`${name} signs ${event}: taken`, answer.status === 200, `${answer.status} ${answer.text}`)
    }
    // While both secrets are valid, a delivery has a signature of each.
    const message = { id: `msg_both${name.length}`, timestamp: NOW, body: JSON.stringify(made('session.created')) }
    const both = SECRETS.map((secret) => sign({ ...message, secret }))
    const never = sign({ ...message, secret: `whsec_${Buffer.alloc(32, 7).toString('base64')}` })
    for (const [what, signature, status] of [
      ['the new secret and the old one', both.join(' '), 200],
      ['a secret that is unknown here and one that is not', `${never} ${both[1]}`, 200],
      ['a secret that is unknown here', never, 401],
    ]) {
      const answer = await post(server, { ...message, signature })
      check(`${name} signs with ${what}: ${status}`, answer.status === status, `${answer.status} ${answer.text}`)
    }
  }
}

/** A message of which one byte is another, at each position and in each part: nothing of it is taken. */
export async function changed(server, check, made, random) {
  const good = { id: 'msg_3Schanged', timestamp: String(NOW), body: JSON.stringify(made('organizationInvitation.created')) }
  good.signature = new Webhook(SECRETS[0]).sign(good.id, new Date(NOW * 1000), good.body)
  const before = server.run('clerk', 'status', '--json')
  for (const part of ['id', 'timestamp', 'signature', 'body']) {
    let tried = 0
    const taken = []
    for (let place = 0; place < good[part].length; place += 1) {
      const byte = good[part].charCodeAt(place)
      // The nearest other one, and any.
      const others = [String.fromCharCode(byte ^ 1), String.fromCharCode(33 + random(94))]
      for (const other of others.filter((other) => other !== good[part][place])) {
        const message = { ...good, [part]: good[part].slice(0, place) + other + good[part].slice(place + 1) }
        const answer = await post(server, message)
        tried += 1
        if (answer.status !== 401 || answer.text !== 'refused\n') taken.push(`${place}: ${JSON.stringify(other)} (${answer.status})`)
      }
    }
    check(`one changed byte of ${part}, at each of ${good[part].length} positions: ${tried} refused`, taken.length === 0, taken.join(', '))
  }
  check('and nothing has changed', server.run('clerk', 'status', '--json') === before)
  const answer = await post(server, good)
  check('the message itself is taken', answer.status === 200, `${answer.status} ${answer.text}`)
}
