// Runs all of it: check.mjs PROGRAM PYTHON FOLDER

import { createPrivateKey } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { exportPKCS8, exportSPKI, generateKeyPair } from 'jose'
import { accepted, changed } from './messages.mjs'
import { ask, start, until } from './server.mjs'
import { mutations, vectors } from './tokens.mjs'

const [program, python, work] = process.argv.slice(2)
const contract = new URL('../contracts/clerk/', import.meta.url)
const made = (name) => JSON.parse(fs.readFileSync(new URL(`made/${name}.json`, contract)))
const read = (name) => JSON.parse(fs.readFileSync(new URL(`vectors/${name}.json`, contract)))

let failed = 0
function check(words, good, why = '') {
  console.log(good ? `ok ${words}` : `FAIL ${words}${why && `: ${why}`}`)
  failed += Number(!good)
}

// Numbers that look like chance and are the same for the same seed.
let state = Number(process.env.SEED ?? 7) >>> 0
function random(below) {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0
  return Math.floor((state / 2 ** 32) * below)
}

const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true })
// One that signs by any algorithm that there is for such keys.
const key = createPrivateKey(await exportPKCS8(privateKey))
const pem = await exportSPKI(publicKey)
const tokens = read('session_tokens')
const server = await start(program, work, `${pem}\n${tokens[0].pem}`)
try {
  await accepted(server, python, check, made)
  await changed(server, check, made, random)
  const page = () => ask(server.address, 'GET', '/northwind/', []).then((answer) => answer.status === 200)
  await until('the page of the organization', page)
  await vectors(server, check, tokens)
  await mutations(server, check, key, pem, random)
} finally {
  await server.stop()
}
console.log(failed ? `${failed} failed` : 'all good')
process.exitCode = failed ? 1 : 0
