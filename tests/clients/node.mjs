// A node of the release binary on a free port of this machine, with data that goes away.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const SECRET = 'a secret of the test, of more than thirty-two bytes';

export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

/** Waits until `ready` gives something that is true, and gives that. */
export async function until(what, ready, withinMs = 15_000) {
  const began = Date.now();
  for (;;) {
    const found = await ready();
    if (found) return found;
    if (withinMs < Date.now() - began) throw new Error(`not within ${withinMs} ms: ${what}`);
    await sleep(10);
  }
}

function freePort() {
  return new Promise((done, failed) => {
    const server = createServer();
    server.on('error', failed);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
}

export class Node {
  static async prepare(binary) {
    const node = new Node();
    node.binary = binary;
    node.port = await freePort();
    node.folder = mkdtempSync(join(tmpdir(), 'freshet-clients-'));
    node.told = '';
    return node;
  }

  get url() {
    return `http://127.0.0.1:${this.port}`;
  }

  get socket() {
    return `ws://127.0.0.1:${this.port}/v1/ws`;
  }

  async start() {
    const environment = Object.entries(process.env).filter(([name]) => !name.startsWith('FRESHET'));
    const args = ['serve', '--bind', `127.0.0.1:${this.port}`, '--data-dir', join(this.folder, 'data')];
    const env = { ...Object.fromEntries(environment), FRESHET__AUTH__TOKEN_SECRET: SECRET };
    this.child = spawn(this.binary, args, { cwd: this.folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const keep = (bytes) => (this.told = (this.told + bytes).slice(-20_000));
    this.child.stdout.on('data', keep);
    this.child.stderr.on('data', keep);
    this.ended = new Promise((done) => this.child.on('exit', (code, signal) => done({ code, signal })));
    await until('the node is ready', async () => {
      if (this.child.exitCode !== null) throw new Error(`the node ended: ${this.told}`);
      return fetch(`${this.url}/readyz`).then((answer) => answer.ok, () => false);
    }, 60_000);
  }

  async stop(signal) {
    this.child.kill(signal);
    return this.ended;
  }

  async call(method, path, body) {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(this.url + path, { method, headers, body: body && JSON.stringify(body) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text ? JSON.parse(text) : null;
  }

  async token(user, more = {}) {
    return (await this.call('POST', '/v1/tokens', { user_id: user, ...more })).token;
  }

  remove() {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
