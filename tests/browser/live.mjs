// live.mjs PROGRAM FOLDER [THEME]: pages that stay open follow what happens, and disturb nobody.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { chromium } from 'playwright-core';
import { host } from './host.mjs';

const [program, work, theme = 'default'] = process.argv.slice(2);
const PROGRAM = process.env.CHROMIUM || ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((file) => existsSync(file));
if (!PROGRAM) {
  console.error('live.mjs: no Chromium on this machine');
  process.exit(2);
}
const HOUR = 3_600_000;
const START = Date.now();
let failed = 0;

/** One line per check. */
function check(name, holds, told = '') {
  console.log(`${holds ? 'ok' : 'FAIL'} live, ${theme}: ${name}${holds ? '' : `: ${told}`}`);
  if (!holds) failed += 1;
}

/** Runs the program in the organization's folder `org`, as of now or `at`. */
function statuary(org, args, at) {
  const env = at === undefined ? process.env : { ...process.env, STATUARY_NOW: new Date(at).toISOString() };
  return execFileSync(program, ['--root', org, '--quiet', '--as', 'browser', ...args], { encoding: 'utf8', env }).trim();
}

/** An organization with three services, of which one had an incident yesterday. */
function organization(name) {
  const org = path.join(work, name);
  statuary(work, ['org', 'create', name, '--name', 'Acme', '--url', 'https://status.acme.example/']);
  const settings = path.join(org, 'org.toml');
  writeFileSync(settings, readFileSync(settings, 'utf8').replace(/^(# )?name = "default"$/m, `name = "${theme}"`));
  for (const service of ['api', 'web', 'mail']) statuary(org, ['service', 'add', service, '--name', service.toUpperCase(), '--start-date', '2020-01-01']);
  for (const [group, service] of [['eu', 'web'], ['us', 'mail']]) {
    // Two groups may have one name.
    statuary(org, ['group', 'add', group, '--name', 'Region']);
    statuary(org, ['service', 'edit', service, '--group', group]);
  }
  const id = statuary(org, ['incident', 'open', 'Slow yesterday', '--service', 'web=partial', '--message', 'Slow.', '--at', '-26h'], START);
  statuary(org, ['incident', 'resolve', id, '--message', 'Fast again.', '--at', '-25h'], START);
  statuary(org, ['build']);
  return org;
}

/** Opens the first page, and counts what the live region is told. */
async function open(browser, address, options = {}) {
  const context = await browser.newContext({ locale: 'en-GB', timezoneId: 'Asia/Tokyo', ...options });
  const page = await context.newPage();
  page.problems = [];
  page.on('pageerror', (error) => page.problems.push(error.message));
  page.on('console', (message) => message.type() === 'error' && page.problems.push(message.text()));
  // A page with scripts is open once it has looked for the first time; that it listens later on must not be waited for.
  const looked = options.javaScriptEnabled === false ? undefined : page.waitForResponse((answer) => answer.url().endsWith('/api/v2/status.json'));
  await page.goto(address, { waitUntil: 'load' });
  await (await looked)?.finished();
  return page;
}

const watchLive = (page) => page.evaluate(() => {
  window.told = [];
  new MutationObserver(() => {
    const text = document.getElementById('live').textContent;
    if (text) window.told.push(text);
  }).observe(document.getElementById('live'), {
    childList: true, characterData: true, subtree: true,
  });
});

/** What a visitor has in hand: focus on a service's row, its bad days unfolded. */
const hold = (page) => page.evaluate(() => {
  const row = document.querySelector('#main details');
  row.open = true;
  row.firstElementChild.focus();
  window.held = row.firstElementChild;
  window.scrollTo(0, 200);
});

const state = (page) => page.evaluate(() => ({
  title: document.title,
  heading: document.querySelector('h1').textContent,
  icon: document.querySelector('link[rel=icon]').href,
  live: document.getElementById('live').textContent,
  told: window.told,
  focus: document.activeElement === window.held,
  open: document.querySelectorAll('#main details[open]').length,
  cards: [...document.querySelectorAll('#main .card h3')].map((title) => title.textContent),
}));

/** The services of the page, group by group. */
const rows = (page) => page.evaluate(() => [...document.querySelectorAll('#main .g')].map((group) => [...group.querySelectorAll('.n')].map((name) => name.textContent)).join(' | '));

/** Waits until `holds` of the page's state. */
async function until(page, holds, milliseconds = 10_000) {
  const end = Date.now() + milliseconds;
  for (;;) {
    const now = await state(page);
    if (holds(now) || Date.now() > end) return now;
    await page.waitForTimeout(100);
  }
}

const lookAgain = (page) => page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));

async function onAHostOfFiles(browser) {
  const org = organization('files');
  const server = await host(path.join(org, 'public'));
  const page = await open(browser, server.address);
  const before = await state(page);
  const rowsBefore = await rows(page);
  check('a calm page says so', before.heading === 'All services are operational', JSON.stringify(before));
  const time = await page.getAttribute('main time[datetime*=T]', 'title');
  check('times have the visitor\'s own time beside them', /Asia\/Tokyo/.test(time), time);
  const foreign = server.requests.filter((name) => !['/', '/api/v2/status.json', '/events.sse'].includes(name) && !name.startsWith('/assets/live-'));
  check('it asks for nothing but itself, its script and the status', foreign.length === 0, foreign.join());
  await watchLive(page);
  await hold(page);
  await lookAgain(page);
  await page.waitForTimeout(500);
  const same = await state(page);
  check('where nothing changes nothing is said', same.told.length === 0, JSON.stringify(same));

  const id = statuary(org, ['incident', 'open', 'API down', '--service', 'api=major', '--message', 'We look **into** it.']);
  statuary(org, ['build']);
  await lookAgain(page);
  await until(page, (now) => now.cards.length > 0 && now.told.length > 0);
  // What would be said twice has been said by then.
  await page.waitForTimeout(300);
  const after = await state(page);
  check('the verdict, title and icon change in the open page', after.heading === 'Major outage of API' && after.title.startsWith('Major outage of API') && after.icon !== before.icon, JSON.stringify(after));
  check('the incident appears', after.cards.join() === 'API down', JSON.stringify(after));
  check('focus and unfolded rows stay', after.focus && after.open === 1, JSON.stringify(after));
  check('the change is said once', after.told.length === 1 && after.told[0] === 'Major outage of API', JSON.stringify(after));
  await page.evaluate(() => { window.card = document.querySelector('#main .card'); });

  statuary(org, ['incident', 'update', id, '--message', 'Still looking.']);
  statuary(org, ['build']);
  await lookAgain(page);
  await until(page, (now) => now.told.length > 1);
  const updates = await page.evaluate(() => [document.querySelector('#main .card') === window.card, document.querySelectorAll('#main .card .log > li').length]);
  const more = await state(page);
  check('an update is put into the incident that stands there', updates[0] && updates[1] === 2 && more.focus, JSON.stringify([updates, more]));
  check('every service stays in its group', (await rows(page)) === rowsBefore, await rows(page));
  check('an update is said once', more.told.length === 2 && more.told[1] === 'This page was updated.', JSON.stringify(more));

  statuary(org, ['incident', 'update', id, '--message', 'Looking on.']);
  statuary(org, ['build']);
  await lookAgain(page);
  const again = await until(page, (now) => now.told.length > 2);
  check('the next update is said too, in the same words', again.told.length === 3 && again.told[2] === again.told[1], JSON.stringify(again));

  statuary(org, ['incident', 'resolve', id, '--message', 'Done.']);
  statuary(org, ['build']);
  await lookAgain(page);
  const over = await until(page, (now) => now.cards.length === 0 && now.told.length > 3);
  check('what is over leaves, and the page is calm again', over.heading === before.heading && over.told.length === 4 && over.focus, JSON.stringify(over));

  await server.close();
  // It looks in vain until it says so, and then once more, of which nothing is said.
  const patience = Date.now() + 10_000;
  do {
    await lookAgain(page);
    await page.waitForTimeout(200);
  } while ((await state(page)).told.length < 5 && Date.now() < patience);
  await lookAgain(page);
  await page.waitForTimeout(300);
  const alone = await state(page);
  check('after three failures it says that it cannot look', alone.told.length === 5 && alone.live.startsWith('Cannot check for updates'), JSON.stringify(alone));
  const back = await host(path.join(org, 'public'), { port: Number(new URL(server.address).port) });
  await lookAgain(page);
  const reached = await until(page, (now) => now.live === '');
  check('once it can look again it takes that back', reached.live === '' && reached.told.length === 5, JSON.stringify(reached));
  await back.close();
  check('nothing else is wrong', page.problems.every((problem) => problem.includes('ERR_CONNECTION_REFUSED')), page.problems.join());
  await page.context().close();
}

async function onAHostThatStreams(browser) {
  const org = organization('streams');
  const server = await host(path.join(org, 'public'), { streams: true });
  const page = await open(browser, server.address);
  await watchLive(page);
  await hold(page);
  const until_ = Date.now() + 15_000;
  while (server.listeners.size === 0 && Date.now() < until_) await page.waitForTimeout(100);
  check('the stream is listened to', server.listeners.size === 1, String(server.listeners.size));
  statuary(org, ['incident', 'open', 'Mail is late', '--service', 'mail=degraded', '--message', 'Queues grow.']);
  statuary(org, ['build']);
  server.tell('incident');
  const after = await until(page, (now) => now.cards.length > 0 && now.told.length > 0, 5_000);
  check('an event changes the page at once', after.heading.startsWith('Degraded performance of MAIL') && after.title.startsWith(after.heading), JSON.stringify(after));
  check('focus and unfolded rows stay there too', after.focus && after.open === 1 && after.told.length === 1, JSON.stringify(after));
  check('and nothing is wrong', page.problems.length === 0, page.problems.join());
  await page.context().close();
  await server.close();
}

async function byTheClock(browser) {
  const org = organization('clock');
  statuary(org, ['maintenance', 'schedule', 'New disks', '--service', 'web', '--from', '+1h', '--until', '+2h', '--message', 'We add disks.'], START);
  statuary(org, ['build'], START);
  const server = await host(path.join(org, 'public'));
  const context = await browser.newContext({ locale: 'en-GB', timezoneId: 'UTC' });
  const page = await context.newPage();
  await page.clock.install({ time: START });
  await page.goto(server.address, { waitUntil: 'networkidle' });
  const word = () => page.textContent('#main .card .s');
  check('planned maintenance is planned', (await word()).trim() === 'Scheduled', await word());
  await page.clock.runFor(HOUR + 60_000);
  check('it begins by the clock', (await word()).trim() === 'In progress', await word());
  await page.clock.runFor(HOUR);
  check('and ends by the clock', (await word()).trim() === 'Completed', await word());
  // What people say of it counts more than the clock.
  const id = JSON.parse(execFileSync(program, ['--root', org, '--json', 'maintenance', 'list'], { encoding: 'utf8', env: { ...process.env, STATUARY_NOW: new Date(START).toISOString() } })).maintenances[0].id;
  statuary(org, ['maintenance', 'start', id, '--message', 'We begin.'], START);
  statuary(org, ['maintenance', 'update', id, '--status', 'verifying', '--message', 'We look whether all is well.'], START + 1_000);
  statuary(org, ['build'], START + 1_000);
  const verified = await context.newPage();
  await verified.clock.install({ time: START + HOUR + 60_000 });
  await verified.goto(server.address, { waitUntil: 'networkidle' });
  const said = await verified.textContent('#main .card .s');
  check('work that is being verified stays so', said.trim() === 'Verifying', said);
  const live = await page.textContent('#live');
  check('a page that nobody builds any more says so', live.startsWith('This page may be out of date'), live);
  statuary(org, ['build'], START + 3 * HOUR);
  await page.clock.runFor(90_000);
  await until(page, (now) => now.live === '');
  const fresh = await page.textContent('#live');
  check('until somebody does', !fresh.startsWith('This page may be out of date'), fresh);
  await context.close();
  await server.close();
}

async function withoutScripts(browser) {
  const server = await host(path.join(work, 'streams', 'public'));
  const [plain, scripted] = [await open(browser, server.address, { javaScriptEnabled: false }), await open(browser, server.address)];
  const text = async (page) => (await page.innerText('body')).replace(/\s+/g, ' ');
  check('without scripts the page says the same', (await text(plain)) === (await text(scripted)), '');
  await server.close();
}

execFileSync(program, ['init', work, '--quiet']);
const browser = await chromium.launch({ executablePath: PROGRAM, args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'] });
await onAHostOfFiles(browser);
await onAHostThatStreams(browser);
await byTheClock(browser);
await withoutScripts(browser);
await browser.close();
process.exit(failed ? 1 : 0);
