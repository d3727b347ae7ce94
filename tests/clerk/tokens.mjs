// Session tokens: the verdict of @clerk/backend and ours, on the contract's vectors and on changes of a good token.

import { sign as signWith } from 'node:crypto'
import { verifyToken } from '@clerk/backend'
import { SignJWT } from 'jose'
import { ask, NOW, PARTY, until } from './server.mjs'

/** Where the contract is narrower than Clerk's libraries: what it refuses, by the words in which that is listed. */
const NARROWER = {
  'RS256 only': ({ header }) => header.alg !== 'RS256',
  'categories of sessions only': ({ header }) => 'cat' in header && header.cat !== null && !['cl_B7d4PD111AAA', 'cl_I7d4PD111III'].includes(header.cat),
  'nothing critical': ({ header }) => 'crit' in header,
  'a user': ({ claims }) => !/^user_[A-Za-z0-9_-]{1,123}$/.test(claims.sub),
  'a session': ({ claims }) => typeof claims.sid !== 'string' || claims.sid === '',
  'an active session': ({ claims }) => 'sts' in claims && claims.sts !== null && claims.sts !== 'active',
  'versions 1 and 2': ({ claims }) => 'v' in claims && claims.v !== null && claims.v !== 1 && claims.v !== 2,
  'an organization has an id': ({ claims }) => {
    const id = claims.v === 2 ? (claims.o == null ? undefined : (claims.o.id ?? null)) : (claims.org_id ?? undefined)
    return id !== undefined && !(typeof id === 'string' && /^[A-Za-z0-9_-]{1,128}$/.test(id))
  },
  'moments that no calendar has lie ahead': ({ claims }) => [claims.iat, claims.nbf].some((moment) => typeof moment === 'number' && moment > 8.64e12),
  'whoever acts as the user is named': ({ claims }) => 'act' in claims && claims.act !== null && typeof claims.act?.sub !== 'string',
  'names of the header are texts': ({ header }) => ['kid', 'typ', 'cat'].some((name) => header[name] != null && typeof header[name] !== 'string'),
  'base64 without padding or other spellings': ({ token }) => /[^A-Za-z0-9_.-]/.test(token) || !isCanonical(token),
  'at most 8 KiB': ({ token }) => token.length > 8192,
}

/** Whether each part is the one way to write its bytes. */
function isCanonical(token) {
  return token.split('.').every((part) => Buffer.from(part, 'base64url').toString('base64url') === part)
}

/** What Clerk's library says. */
async function clerks(token, pem) {
  const realNow = Date.now
  Date.now = () => NOW * 1000
  try {
    await verifyToken(token, { jwtKey: pem, authorizedParties: [PARTY] })
    return 'ok'
  } catch (error) {
    return `reject: ${error.reason ?? error.message}`
  } finally {
    Date.now = realNow
  }
}

/** What our server says: by its answer, or by its log where the session is good and no member's. */
async function ours(server, token) {
  const answer = await ask(server.address, 'GET', '/northwind/api/status', ['authorization', `Bearer ${token}`])
  if (answer.status === 200) return 'ok'
  if (answer.status !== 401) return `unexpected: ${answer.status}`
  let said = ''
  await until('its line in the log', () => (said = server.said()).includes(` id=${answer.id} `))
  const line = said.split('\n').find((line) => line.includes(`a session token is refused: `) && line.includes(`request="${answer.id}"`))
  if (line?.includes('nobody in this organization has that session')) return 'ok'
  return `reject: ${line?.match(/refused: (.*?) request=/)?.[1] ?? 'no session token'}`
}

/** The contract's vectors, with whose session they are. */
export async function vectors(server, check, vectors) {
  for (const vector of vectors) {
    const [judge, verdict] = [await clerks(vector.token, vector.pem), await ours(server, vector.token)]
    const good = verdict.startsWith(vector.expect) && judge.startsWith(vector.expect)
    check(`vector ${vector.name}: ${vector.expect}`, good, `Clerk's: ${judge}, ours: ${verdict}`)
  }
}

const HEADER = { alg: 'RS256', kid: 'ins_1', typ: 'JWT', cat: 'cl_B7d4PD111AAA' }
const CLAIMS = {
  v: 2, sub: 'user_3S5L4uKPmbznKNWVTBPt31uNofO', sid: 'sess_1', iss: 'https://clerk.example.com', azp: PARTY, iat: NOW, nbf: NOW - 10, exp: NOW + 60,
  jti: 'a1b2c3', fva: [3, -1], fea: 'o:incidents', pla: 'o:free', o: { id: 'org_3SfuUpMDWnX9NKk6WZ8QPF5cr2h', slg: 'northwind', rol: 'admin', per: 'manage', fpm: '1' },
}

/** What a claim can be instead. */
const OTHERS = [
  undefined, null, '', 0, -1, 1e300, 7, '7', true, [], {}, ['x'], 'user_x', 'user_a b', 'mch_1', 'org_1', PARTY, 'https://evil.example', 'pending', 'active',
  NOW - 6, NOW - 5, NOW - 4, NOW + 4, NOW + 5, NOW + 6, NOW + 0.5, { sub: 'user_support' }, { id: 'org_1', rol: 'member' }, { id: '../x' }, 1, 2, 3,
]
const OTHERS_OF_HEADERS = [undefined, null, '', 'RS256', 'RS384', 'RS512', 'PS256', 'none', 'HS256', 'JWT', 'jwt', 'at+jwt', 'ins_2', 'cl_I7d4PD111III', 'cl_other', 7, [], ['exp']]

/** 200 changes of a good token, some signed anew and some not. */
async function changes(key, random) {
  const sign = async (header, claims, signedAs = header.alg) => {
    const signable = ['RS256', 'RS384', 'RS512', 'PS256'].includes(signedAs) && !('crit' in header)
    if (signable) return new SignJWT(claims).setProtectedHeader(header).sign(key)
    // jose keeps rules of its own; what it would not sign is signed as RS256 all the same.
    const signed = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
    return `${signed}.${signWith('sha256', Buffer.from(signed), key).toString('base64url')}`
  }
  const good = await sign(HEADER, CLAIMS)
  const found = []
  const add = (what, header, claims, token) => found.push({ what, header, claims, token })
  const pick = (list) => list[random(list.length)]
  const seen = new Set()
  // Whatever chance brings, each rule is tried.
  const always = [['sid', undefined], ['sub', 'mch_1'], ['sts', 'pending'], ['act', 'user_support'], ['act', { sub: 'user_support' }], ['v', 3], ['o', {}]]
  const alwaysOfHeaders = [['alg', 'RS384'], ['alg', 'RS512'], ['alg', 'none'], ['typ', 'at+jwt'], ['typ', undefined], ['cat', 'cl_other'], ['cat', 'cl_I7d4PD111III'], ['crit', ['exp']], ['kid', undefined]]
  while (found.length < 110) {
    const [name, value] = always.pop() ?? [pick([...Object.keys(CLAIMS), 'sts', 'act', 'org_id', 'org_role', 'new']), pick(OTHERS)]
    const what = `claim ${name}: ${JSON.stringify(value)}`
    if (seen.has(what) || (name in CLAIMS && value === CLAIMS[name])) continue
    seen.add(what)
    const claims = { ...CLAIMS, [name]: value }
    add(what, HEADER, JSON.parse(JSON.stringify(claims)), await sign(HEADER, claims))
  }
  while (found.length < 140) {
    const [name, value] = alwaysOfHeaders.pop() ?? [pick(['alg', 'kid', 'typ', 'cat', 'crit', 'oiat', 'new']), pick(OTHERS_OF_HEADERS)]
    const what = `header ${name}: ${JSON.stringify(value)}`
    if (seen.has(what) || (name in HEADER && value === HEADER[name])) continue
    seen.add(what)
    const header = JSON.parse(JSON.stringify({ ...HEADER, [name]: value }))
    add(what, header, CLAIMS, await sign(header, CLAIMS))
  }
  while (found.length < 183) {
    const place = random(good.length)
    const other = pick('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.')
    if (good[place] !== other) add(`character ${place}: ${other}`, HEADER, CLAIMS, good.slice(0, place) + other + good.slice(place + 1))
  }
  const [header, claims, signature] = good.split('.')
  for (const [what, token] of Object.entries({
    'no signature': `${header}.${claims}.`, 'two parts': `${header}.${claims}`, 'four parts': `${good}.x`, 'padding': `${good}==`,
    'padded parts': `${header}==.${claims}==.${signature}==`, 'a space in it': `${header} .${claims}.${signature}`, 'the scheme in it': `Bearer ${good}`,
    'twice': `${good}${good}`, 'a tail': `${good}AA`, 'standard base64': good.replaceAll('-', '+').replaceAll('_', '/'), 'a cut one': good.slice(0, -3),
    'the claims of another': `${header}.${Buffer.from(JSON.stringify({ ...CLAIMS, sub: 'user_eve' })).toString('base64url')}.${signature}`,
    'no header': `.${claims}.${signature}`, 'no claims': `${header}..${signature}`, 'a list for claims': `${header}.${Buffer.from('[]').toString('base64url')}.${signature}`,
  })) add(what, HEADER, CLAIMS, token)
  add('9 KiB', HEADER, { ...CLAIMS, new: 'x'.repeat(9000) }, await sign(HEADER, { ...CLAIMS, new: 'x'.repeat(9000) }))
  add('7 KiB', HEADER, { ...CLAIMS, new: 'x'.repeat(4500) }, await sign(HEADER, { ...CLAIMS, new: 'x'.repeat(4500) }))
  return { good, found }
}

/** Both verdicts on all of them. */
export async function mutations(server, check, key, pem, random) {
  const { good, found } = await changes(key, random)
  const verdicts = [await clerks(good, pem), await ours(server, good)]
  check('the good token is taken by both', verdicts.every((verdict) => verdict === 'ok'), verdicts.join(', '))
  const told = { agreed: 0, accepted: 0, narrower: {} }
  const wrong = []
  for (const change of found) {
    const [judge, verdict] = [await clerks(change.token, pem), await ours(server, change.token)]
    const rules = Object.keys(NARROWER).filter((rule) => NARROWER[rule](change))
    const isOurs = verdict === 'ok'
    if (verdict.startsWith('unexpected')) wrong.push(`${change.what}: ${verdict}`)
    if (isOurs === (judge === 'ok')) {
      told.agreed += 1
      told.accepted += Number(isOurs)
    } else if (!isOurs && rules.length > 0) {
      for (const rule of rules) (told.narrower[rule] ??= []).push(change.what)
    } else {
      wrong.push(`${change.what}: Clerk's: ${judge}, ours: ${verdict}`)
    }
    if (isOurs && rules.length > 0) wrong.push(`${change.what}: taken against the rule: ${rules.join(', ')}`)
  }
  check(`${found.length} changes of a good token: ${told.agreed} verdicts alike, ${told.accepted} of them taken`, wrong.length === 0, `\n  ${wrong.join('\n  ')}`)
  check('some changes are taken, and most are not', told.accepted > 10 && told.accepted < 120, String(told.accepted))
  for (const [rule, changes] of Object.entries(told.narrower)) console.log(`  narrower than Clerk's: ${rule} (${changes.join('; ')})`)
}
