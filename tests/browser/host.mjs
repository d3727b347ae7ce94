// A host of files on loopback, which may also stream `events.sse` as a live server would.
import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import path from 'node:path';

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.sse': 'text/event-stream; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Serves `folder`; `streams` keeps `events.sse` open. `port` 0 is any. Gives the address, `tell` for one more event, `requests` and `close`. */
export async function host(folder, { streams = false, port = 0 } = {}) {
  const listeners = new Set();
  const requests = [];
  const server = createServer(async (request, response) => {
    const name = decodeURIComponent(new URL(request.url, 'http://host').pathname);
    requests.push(name);
    if (streams && name === '/events.sse') {
      response.writeHead(200, { 'content-type': TYPES['.sse'], 'cache-control': 'no-cache' });
      response.write(': hello\n\n');
      listeners.add(response);
      response.on('close', () => listeners.delete(response));
      return;
    }
    const file = path.join(folder, name.endsWith('/') ? `${name}index.html` : name);
    try {
      const bytes = await readFile(file);
      response.writeHead(200, { 'content-type': TYPES[path.extname(file)] ?? 'application/octet-stream' });
      response.end(bytes);
    } catch {
      response.writeHead(404, { 'content-type': TYPES['.html'] });
      response.end(await readFile(path.join(folder, '404.html')).catch(() => ''));
    }
  });
  await new Promise((listening) => server.listen(port, '127.0.0.1', listening));
  const address = `http://127.0.0.1:${server.address().port}/`;
  return {
    address,
    requests,
    tell: (kind) => listeners.forEach((response) => response.write(`id: 999\nevent: ${kind}\ndata: {}\n\n`)),
    listeners,
    close: () => new Promise((closed) => {
      server.closeAllConnections();
      server.close(closed);
    }),
  };
}
