// A page without a browser: the helper as the node serves it, in a world that has what it asks a window for.

import { webcrypto } from 'node:crypto';
import vm from 'node:vm';

const NativeOrWs = globalThis.WebSocket ?? (await import('ws')).WebSocket;

/** Loads `/demo/freshet.js` from the node and connects; `states` fills with what `onstate` is told, each with its reason. */
export async function openPage(node, options) {
  const source = `${node.url}/demo/freshet.js`;
  const code = await (await fetch(source)).text();
  const window = {};
  const world = {
    window, URL, WebSocket: NativeOrWs, crypto: webcrypto, fetch, atob, setTimeout, clearTimeout,
    document: { currentScript: { src: source } },
    location: new URL(node.url),
    addEventListener() {},
  };
  vm.runInNewContext(code, world, { filename: 'freshet.js' });
  const page = window.Freshet.connect(options);
  const states = [];
  page.onstate = (state, reason) => states.push({ state, reason });
  return { page, states };
}
