// links.mjs SITE: every link and asset of every page resolves, also under a sub-path; nothing is asked of another host; nothing is inline.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { defaultTreeAdapter as tree, parse } from 'parse5';
import { BASE, check, fileOf } from './report.mjs';
import { files } from './pages.mjs';

const [site] = process.argv.slice(2);
// Where the site is imagined to stand: in a folder of a host that is not its own address.
const MOUNT = 'http://mount.test/some/folder/';
// Attributes whose URL the browser loads or follows.
const URL_ATTRIBUTES = new Set(['href', 'xlink:href', 'src', 'srcset', 'poster', 'data', 'action', 'formaction']);
const SCRIPT_TYPES = /^(|module|importmap|(text|application)\/(java|ecma)script)$/i;
const all = files(site);
const pages = all.filter((file) => file.endsWith('.html'));
const headers = existsSync(path.join(site, '_headers')) ? readFileSync(path.join(site, '_headers'), 'utf8') : '';
const problems = { links: [], anchors: [], hosts: [], inline: [], styles: [], canonical: [] };

function* elements(node) {
  if (node.tagName) yield node;
  for (const child of node.childNodes ?? []) yield* elements(child);
  if (node.content) yield* elements(node.content);
}

const attributes = (element) =>
  Object.fromEntries(element.attrs.map(({ prefix, name, value }) => [prefix ? `${prefix}:${name}` : name, value]));
const textOf = (element) => element.childNodes.filter(tree.isTextNode).map(({ value }) => value).join('');

function readPage(page) {
  const found = [...elements(parse(readFileSync(path.join(site, page), 'utf8')))].map((element) => ({
    tag: element.tagName,
    at: attributes(element),
    text: ['style', 'script'].includes(element.tagName) ? textOf(element) : '',
  }));
  return { page, found, ids: new Set(found.map(({ at }) => at.id).filter(Boolean)) };
}

/** {file, hash} inside the site, {outside: URL} or {wrong: why}. `from` is the URL of the page or style sheet. */
function resolve(value, from) {
  let url;
  try {
    url = new URL(value, from);
  } catch {
    return { wrong: 'is not a URL' };
  }
  const root = [MOUNT, BASE].find((start) => start && url.href.startsWith(start));
  if (!root) {
    return url.origin === new URL(MOUNT).origin ? { wrong: 'leaves the folder of the site' } : { outside: url };
  }
  try {
    const file = fileOf(site, url.href.slice(root.length).split(/[?#]/)[0]);
    return file ? { file, hash: decodeURIComponent(url.hash.slice(1)) } : { wrong: 'has no file' };
  } catch {
    return { wrong: 'is not well encoded' };
  }
}

/** A page for unknown addresses is served at any depth, so its links must hold from anywhere. */
const addressOf = (page) => (path.basename(page) === '404.html' ? `${BASE || MOUNT}no/such/page` : MOUNT + page);

function checkUrl({ page, from, tag, at, name, value }) {
  const label = `${page}: <${tag} ${name}="${value.slice(0, 100)}">`;
  const follows = tag === 'a' || tag === 'area';
  // A bare fragment stays on its page, wherever that is served.
  const target = value.startsWith('#') ? resolve(value, MOUNT + page) : resolve(value, from);
  if (target.outside) {
    const scheme = target.outside.protocol;
    const allowed = follows ? ['http:', 'https:', 'mailto:'] : ['data:'];
    if (!allowed.includes(scheme) || (scheme === 'data:' && !['link', 'img', 'image'].includes(tag))) problems.hosts.push(label);
    return;
  }
  // Such links come from an operator's text; where they lead is the operator's affair.
  const operators = follows && /\bnofollow\b/.test(at.rel ?? '');
  if (operators) return;
  if (target.wrong) problems.links.push(`${label} ${target.wrong}`);
  else if (target.hash && target.file.endsWith('.html') && !known.get(target.file)?.ids.has(target.hash) && target.hash !== 'top') {
    problems.anchors.push(`${label} names no id of ${target.file}`);
  }
}

function checkStyle(label, from, css) {
  for (const [, , value] of css.matchAll(/(?:url\(|@import)\s*(["']?)([^"')]+)\1/g)) {
    const target = resolve(value, from);
    if (value.startsWith('#') || value.startsWith('data:') || target.file) continue;
    problems[target.outside ? 'hosts' : 'links'].push(`${label}: url(${value.slice(0, 100)}) ${target.wrong ?? ''}`);
  }
}

/** The policy must allow the page's own style by its hash, in the page and in the headers a host adds. */
function checkPolicy(page, found, css) {
  const hash = `'sha256-${createHash('sha256').update(css).digest('base64')}'`;
  const meta = found.find(({ at }) => at['http-equiv']?.toLowerCase() === 'content-security-policy');
  if (meta && !meta.at.content.includes(hash)) problems.styles.push(`${page}: its policy lacks ${hash}`);
  if (headers.includes('Content-Security-Policy') && !headers.includes(hash)) problems.styles.push(`_headers lacks ${hash} of ${page}`);
  if (!meta && !headers.includes('Content-Security-Policy')) problems.styles.push(`${page}: no policy in the page or in _headers`);
}

function checkElement({ page, from, found }, { tag, at, text }) {
  for (const [name, value] of Object.entries(at)) {
    if (/^on/i.test(name) || name === 'style') problems.inline.push(`${page}: <${tag} ${name}="${value.slice(0, 80)}">`);
    if (!URL_ATTRIBUTES.has(name)) continue;
    const values = name === 'srcset' ? value.split(',').map((part) => part.trim().split(/\s/)[0]) : [value];
    for (const one of values) checkUrl({ page, from, tag, at, name, value: one });
  }
  if (tag === 'base') problems.links.push(`${page}: <base> moves every link`);
  if (tag === 'meta' && at['http-equiv']?.toLowerCase() === 'refresh') problems.inline.push(`${page}: <meta http-equiv=refresh>`);
  if (tag === 'script' && !at.src && SCRIPT_TYPES.test(at.type ?? '')) problems.inline.push(`${page}: a script in the page`);
  if (tag === 'style') {
    checkStyle(page, from, text);
    checkPolicy(page, found, text);
  }
}

const known = new Map(pages.map((page) => [page, readPage(page)]));
for (const { page, found } of known.values()) {
  const from = addressOf(page);
  for (const element of found) checkElement({ page, from, found }, element);
  const canonical = found.find(({ tag, at }) => tag === 'link' && at.rel === 'canonical')?.at.href;
  const expected = BASE + page.replace(/(^|\/)index\.html$/, '$1');
  if (canonical && canonical !== expected && page.endsWith('index.html')) problems.canonical.push(`${page}: ${canonical}, not ${expected}`);
}
for (const sheet of all.filter((file) => file.endsWith('.css'))) {
  checkStyle(sheet, MOUNT + sheet, readFileSync(path.join(site, sheet), 'utf8'));
}

check(`links and assets of ${pages.length} pages resolve, also in a sub-folder`, problems.links);
check('links to a place in a page find it', problems.anchors);
check('nothing is loaded from another host, and no link runs a script', problems.hosts);
check('no handlers, style attributes, scripts or refreshes in pages', problems.inline);
check('the content security policy allows the styles of every page', [...new Set(problems.styles)]);
check('canonical links are the address of their page', problems.canonical);
