// served.mjs PROGRAM FOLDER: pages of `statuary serve` in Chromium. A visitor's page follows what happens, also through a new start of the
// server; a writer's page loads anew after a change of the theme, and shows why a build failed for as long as it does.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { chromium } from 'playwright-core';

const [program, work] = process.argv.slice(2);
const PROGRAM = process.env.CHROMIUM || ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((file) => existsSync(file));
if (!PROGRAM) {
  console.error('served.mjs: no Chromium on this machine');
  process.exit(2);
}
const NAME = 'status.acme.example';
const folder = path.join(work, 'served');
const org = path.join(folder, 'acme');
let failed = 0;
let server;

function check(name, holds, told = '') {
  console.log(`${holds ? 'ok' : 'FAIL'} served: ${name}${holds ? '' : `: ${told}`}`);
  if (!holds) failed += 1;
}

const statuary = (root, ...args) => execFileSync(program, ['--root', root, '--quiet', ...args], { encoding: 'utf8' }).trim();

/** Starts the server and gives its port. */
async function serve(port) {
  server = spawn(program, ['--root', org, 'serve', '--port', String(port)], { stdio: ['ignore', 'pipe', 'ignore'] });
  const line = await new Promise((resolve, reject) => {
    createInterface({ input: server.stdout }).once('line', resolve);
    server.once('exit', () => reject(new Error('the server ended')));
  });
  return new URL(line).port;
}

async function kill(signal) {
  const gone = new Promise((resolve) => { server.removeAllListeners('exit').once('exit', resolve); });
  server.kill(signal);
  await gone;
}

/** Waits until `read` gives what `holds` wants, and gives that. A page may be between two loads. */
async function until(page, read, holds, milliseconds = 30_000) {
  const end = Date.now() + milliseconds;
  for (;;) {
    const now = await page.evaluate(read).catch(() => undefined);
    if ((now !== undefined && holds(now)) || Date.now() > end) return now;
    await page.waitForTimeout(100);
  }
}

async function open(context, address) {
  const page = await context.newPage();
  page.problems = [];
  page.on('pageerror', (error) => page.problems.push(error.message));
  page.on('console', (message) => message.type() === 'error' && page.problems.push(message.text()));
  await page.goto(address, { waitUntil: 'load' });
  return page;
}

/** The page as a visitor has it, and what it and its live region were told. */
const state = () => ({
  title: document.title, heading: document.querySelector('h1').textContent, told: window.told, heard: window.heard, same: window.same,
});

async function asAVisitor(browser, port) {
  const page = await open(await browser.newContext({ locale: 'en-GB' }), `http://${NAME}:${port}/`);
  // A stream of its own beside that of the page, to count what comes.
  await page.evaluate(() => {
    Object.assign(window, { same: true, told: [], heard: [] });
    new MutationObserver(() => {
      const text = document.getElementById('live').textContent;
      if (text) window.told.push(text);
    }).observe(document.getElementById('live'), { childList: true, characterData: true, subtree: true });
    const source = new EventSource('/events.sse');
    for (const kind of ['incident', 'service']) source.addEventListener(kind, (event) => window.heard.push(`${event.lastEventId} ${JSON.parse(event.data).title}`));
  });
  const titles = (now) => now.heard.map((one) => one.slice(one.indexOf(' ') + 1)).filter((title) => title.startsWith('Disk'));
  // The page's own script begins to listen after five seconds, and takes a stream for one once it has lasted ten.
  await page.waitForTimeout(6_000);
  const first = statuary(org, 'incident', 'open', 'Disk full', '--service', 'api=major');
  let now = await until(page, state, (seen) => seen.heading === 'Major outage of API' && seen.told.length > 0, 12_000);
  check('an open page changes while its status does', now.heading === 'Major outage of API' && now.title.startsWith('Major outage of API'), JSON.stringify(now));
  check('it is said once', now.told.join() === 'Major outage of API', JSON.stringify(now));
  await page.waitForTimeout(10_000);
  await kill('SIGKILL');
  statuary(org, 'incident', 'resolve', first, '--message', 'Room again.');
  statuary(org, 'incident', 'open', 'Disk slow', '--service', 'api=degraded');
  await serve(port);
  now = await until(page, state, (seen) => seen.heading === 'Degraded performance of API');
  check('what happened while the server was dead appears by itself', now.heading === 'Degraded performance of API', JSON.stringify(now));
  statuary(org, 'incident', 'open', 'Disk gone', '--service', 'api=partial');
  now = await until(page, state, (seen) => seen.heading === 'Partial outage of API' && titles(seen).includes('Disk gone'));
  check('and what happens afterwards', now.heading === 'Partial outage of API' && now.same, JSON.stringify(now));
  const ids = now.heard.map((one) => Number(one.split(' ')[0]));
  check('no event is lost', ['Disk full', 'Disk slow', 'Disk gone'].every((title) => titles(now).includes(title)), JSON.stringify(now.heard));
  check('and none comes twice', ids.every((id, at) => at === 0 || id > ids[at - 1]), JSON.stringify(now.heard));
  const others = page.problems.filter((problem) => !/ERR_(CONNECTION_REFUSED|INCOMPLETE_CHUNKED_ENCODING|CONNECTION_RESET|EMPTY_RESPONSE)/.test(problem));
  check('and nothing else is wrong', others.length === 0, others.join());
  await page.context().close();
}

async function atTheDesk(browser, port) {
  const page = await open(await browser.newContext(), `http://127.0.0.1:${port}/`);
  statuary(org, 'theme', 'eject', 'templates/index.html');
  const template = path.join(org, 'overrides', 'templates', 'index.html');
  const text = readFileSync(template, 'utf8');
  const broken = text.replace(/<h1/, '<h1 data-ours');
  check('there is a heading to change', broken !== text);
  writeFileSync(template, broken);
  const ours = await until(page, () => document.querySelector('h1[data-ours]') !== null, Boolean);
  check('a page loads anew after a change of its template', ours === true);
  const alert = () => document.querySelector('pre[role=alert]')?.textContent ?? '';
  await page.evaluate(() => { window.same = true; });
  writeFileSync(template, `${broken}\n{{ nothing.of.the.kind }}\n`);
  const told = await until(page, alert, (seen) => seen !== '');
  check('a failed build says why over the last good page', told.includes('templates/index.html') && await page.evaluate(() => window.same === true && document.querySelector('h1[data-ours]') !== null), told);
  const late = await open(page.context(), `http://127.0.0.1:${port}/`);
  check('also in a page that is opened now', (await until(late, alert, (seen) => seen !== '')).includes('templates/index.html'));
  writeFileSync(template, broken);
  for (const one of [page, late]) {
    const gone = await until(one, alert, (seen) => seen === '');
    check('and no longer once it is mended', gone === '', gone);
    check('and nothing is wrong under the policy of the page', one.problems.length === 0, one.problems.join());
  }
  await page.context().close();
}

statuary(work, 'init', folder);
statuary(folder, 'org', 'create', 'acme', '--name', 'Acme', '--url', `https://${NAME}/`);
statuary(org, 'service', 'add', 'api', '--name', 'API');
const port = await serve(0);
const browser = await chromium.launch({
  executablePath: PROGRAM,
  args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', `--host-resolver-rules=MAP ${NAME} 127.0.0.1`, '--no-proxy-server'],
});
await asAVisitor(browser, port);
await atTheDesk(browser, port);
await browser.close();
await kill('SIGTERM');
process.exit(failed ? 1 : 0);
