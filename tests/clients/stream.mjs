// stream.mjs PROGRAM FOLDER: npm's eventsource follows the server's stream through a kill and a new start, and gets each event once.
import { execFileSync, spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { EventSource } from 'eventsource';

const [program, folder] = process.argv.slice(2);
const org = path.join(folder, 'acme');
const statuary = (root, args) => execFileSync(program, ['--root', root, '--quiet', ...args], { encoding: 'utf8' }).trim();
let failed = 0;
let server;

function check(name, holds, told = '') {
  console.log(`${holds ? 'ok' : 'FAIL'} the stream: ${name}${holds ? '' : `: ${told}`}`);
  if (!holds) failed += 1;
}

/** Starts the server and gives its port. */
async function serve(port) {
  server = spawn(program, ['--root', org, 'serve', '--port', String(port)], { stdio: ['ignore', 'pipe', 'ignore'] });
  const [line] = await new Promise((resolve, reject) => {
    createInterface({ input: server.stdout }).once('line', (first) => resolve([first]));
    server.once('exit', () => reject(new Error('the server ended')));
  });
  return new URL(line).port;
}

async function kill(signal) {
  const gone = new Promise((resolve) => { server.removeAllListeners('exit').once('exit', resolve); });
  server.kill(signal);
  await gone;
}

async function until(holds) {
  const end = Date.now() + 30_000;
  while (!holds() && Date.now() < end) await new Promise((resolve) => { setTimeout(resolve, 50); });
}

statuary(folder, ['init', folder]);
statuary(folder, ['org', 'create', 'acme', '--name', 'Acme']);
statuary(org, ['service', 'add', 'api', '--name', 'API']);
const port = await serve(0);
const heard = [];
const source = new EventSource(`http://127.0.0.1:${port}/events.sse`);
for (const kind of ['incident', 'maintenance', 'service']) {
  source.addEventListener(kind, (event) => heard.push({ ...JSON.parse(event.data), number: Number(event.lastEventId) }));
}
let opened = 0;
source.addEventListener('open', () => { opened += 1; });
await until(() => opened === 1);

const titles = [];
const open = (title) => {
  titles.push(title);
  return statuary(org, ['incident', 'open', title, '--service', 'api']);
};
const told = () => heard.filter((event) => titles.includes(event.title)).map((event) => event.title);
open('Before');
await until(() => told().length === 1);
check('an event arrives as it happens', told().join() === 'Before', told().join());
await kill('SIGKILL');
open('While it was dead');
open('And once more');
await serve(port);
open('After');
await until(() => told().length >= 4);
await kill('SIGTERM');
open('While it was stopped');
await serve(port);
await until(() => told().length >= 5);
open('At last');
await until(() => told().length >= 6);
// What came twice would come with the last connection, which is there.
await new Promise((resolve) => { setTimeout(resolve, 500); });
check('through two new starts none is lost and none comes twice', told().join() === titles.join(), told().join());
const ids = heard.map((event) => event.number);
check('in order', ids.every((id, at) => at === 0 || id > ids[at - 1]), ids.join());
check('it came back by itself', opened === 3, String(opened));
source.close();
await kill('SIGTERM');
process.exit(failed ? 1 : 0);
