// clients.mjs SITE URL: npm's statuspage.io, rss-parser and eventsource-parser read the site, and what they read is what its files say.
import { readFileSync, readdirSync, existsSync } from 'node:fs';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { createParser } from 'eventsource-parser';
import RssParser from 'rss-parser';
import statuspageClient from 'statuspage.io';
import { BASE, attempt, fileOf } from './report.mjs';

const [site, url] = process.argv.slice(2);
const text = (file) => readFileSync(path.join(site, file), 'utf8');

/** What the Statuspage client reports, beside what summary.json says. */
async function statuspageProblems() {
  const summary = JSON.parse(text('api/v2/summary.json'));
  const client = new statuspageClient.Statuspage('any');
  client.setApiUrl(url);
  const components = (list) => list.map(({ id, name, status }) => ({ id, name, status }));
  const ids = (list) => list.map(({ id }) => id);
  const read = await client.api.getSummary();
  const expected = {
    indicator: summary.status.indicator,
    description: summary.status.description,
    unresolved: ids(summary.incidents),
    upcoming: ids(summary.scheduled_maintenances.filter(({ status }) => status === 'scheduled')),
    components: components(summary.components),
  };
  const readings = {
    'from summary': {
      ...read.status,
      unresolved: ids(read.incidents),
      upcoming: ids(read.scheduled_maintenances.filter(({ status }) => status === 'scheduled')),
      components: components(read.components),
    },
    'from single documents': {
      ...(await client.api.getStatus()).status,
      unresolved: ids((await client.api.incidents.getUnresolved()).incidents),
      upcoming: ids((await client.api.scheduledMaintenances.getUpcoming()).scheduled_maintenances),
      components: components((await client.api.getComponents()).components),
    },
  };
  const problems = Object.entries(readings).flatMap(([source, found]) =>
    Object.keys(expected)
      .filter((key) => !isDeepStrictEqual(found[key], expected[key]))
      .map((key) => `${source}: ${key} is ${JSON.stringify(found[key])}, not ${JSON.stringify(expected[key])}`),
  );
  const all = ids((await client.api.incidents.getAll()).incidents);
  // incidents.json holds the 50 newest, so an old open incident may be missing there only when it is full.
  const absent = all.length < 50 ? expected.unresolved.filter((id) => !all.includes(id)) : [];
  return problems.concat(absent.map((id) => `incidents.json lacks the open incident ${id}`));
}

/** What rss-parser cannot find in one feed. */
async function feedProblems(file, tag) {
  const source = text(file);
  const count = source.split(new RegExp(`<${tag}[\\s>]`)).length - 1;
  const { items } = await new RssParser().parseString(source);
  const problems = items.length === count ? [] : [`${items.length} of ${count} entries read`];
  const id = (item) => item.id ?? item.guid;
  for (const item of items) {
    if (!id(item) || !item.link || !item.title || Number.isNaN(Date.parse(item.isoDate))) {
      problems.push(`id, link, title or date is missing in ${JSON.stringify(item).slice(0, 200)}`);
    }
  }
  if (new Set(items.map(id)).size !== items.length) problems.push('an id stands twice');
  return problems;
}

/** What is wrong with one event of the stream. */
function eventProblems(event) {
  if (!['incident', 'maintenance', 'service'].includes(event.event)) return [`event ${event.id} is called ${event.event}`];
  const data = JSON.parse(event.data);
  const keys = Object.keys(data).sort();
  if (!isDeepStrictEqual(keys, ['at', 'id', 'kind', 'status', 'title', 'url'])) return [`event ${event.id} has the keys ${keys}`];
  if (Number.isNaN(Date.parse(data.at))) return [`event ${event.id} is dated ${data.at}`];
  const target = new URL(data.url, BASE).href;
  const found = target.startsWith(BASE) && fileOf(site, new URL(target).href.slice(BASE.length).split(/[?#]/)[0]);
  return found ? [] : [`event ${event.id} points at ${data.url}, which has no file`];
}

function streamProblems() {
  const events = [];
  const problems = [];
  let retry = null;
  const parser = createParser({
    onEvent: (event) => events.push(event),
    onRetry: (interval) => (retry = interval),
    onError: (error) => problems.push(error.message),
  });
  const source = text('events.sse');
  parser.feed(source);
  if (retry === null) problems.push('no retry line');
  const written = source.split(/^id:/m).length - 1;
  if (events.length !== written) problems.push(`${events.length} of ${written} events read`);
  if (events.length > 100) problems.push(`${events.length} events, at most 100`);
  events.forEach((event, index) => {
    if (!/^\d+$/.test(event.id ?? '')) problems.push(`event ${index + 1} has the id ${event.id}`);
    else if (index > 0 && Number(event.id) <= Number(events[index - 1].id)) problems.push(`id ${event.id} does not rise`);
    problems.push(...eventProblems(event));
  });
  return problems;
}

/** JSON Feed 1.1 has no strict reader to borrow, so its few rules stand here. */
function jsonFeedProblems() {
  const feed = JSON.parse(text('feed.json'));
  const problems = [];
  if (!/^https:\/\/jsonfeed\.org\/version\/1(\.1)?$/.test(feed.version)) problems.push(`version ${feed.version}`);
  if (!feed.title || !Array.isArray(feed.items)) return [...problems, 'title or items is missing'];
  if (new Set(feed.items.map(({ id }) => id)).size !== feed.items.length) problems.push('an id stands twice');
  const poor = feed.items.filter((item) => typeof item.id !== 'string' || !item.url || !(item.content_html || item.content_text));
  return problems.concat(poor.map((item) => `id, url or content is missing in ${JSON.stringify(item).slice(0, 200)}`));
}

await attempt('statuspage.io reads what summary.json says', statuspageProblems);
await attempt('rss-parser reads history.atom', () => feedProblems('history.atom', 'entry'));
await attempt('rss-parser reads history.rss', () => feedProblems('history.rss', 'item'));
const services = existsSync(path.join(site, 'services')) ? readdirSync(path.join(site, 'services')).sort() : [];
for (const slug of services) {
  const file = `services/${slug}/history.atom`;
  if (existsSync(path.join(site, file))) await attempt(`rss-parser reads ${file}`, () => feedProblems(file, 'entry'));
}
if (existsSync(path.join(site, 'feed.json'))) await attempt('feed.json is a JSON Feed', jsonFeedProblems);
await attempt('eventsource-parser reads events.sse', streamProblems);
