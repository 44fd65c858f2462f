// A viewer: the unmodified client, everything it is told, and a network that can be taken away.

import { Centrifuge } from 'centrifuge';

/** The native WebSocket where this Node has one, else the `ws` package: the client takes either as its `websocket` option. */
const NativeOrWs = globalThis.WebSocket ?? (await import('ws')).WebSocket;

/** A network that can be away: a connection then goes to where nobody listens. */
export class Network {
  away = false;

  get websocket() {
    const network = this;
    return class extends NativeOrWs {
      constructor(address, ...rest) {
        super(network.away ? 'ws://127.0.0.1:1/' : address, ...rest);
      }
    };
  }
}

export class Viewer {
  constructor(address, token, network = new Network()) {
    this.network = network;
    this.states = [];
    this.channels = new Map();
    this.client = new Centrifuge(address, {
      token,
      websocket: network.websocket,
      minReconnectDelay: 50,
      maxReconnectDelay: 400,
    });
    for (const state of ['connecting', 'connected', 'disconnected']) {
      this.client.on(state, (context) => this.states.push({ state, ...context }));
    }
    this.client.on('error', () => {});
  }

  connect() {
    this.client.connect();
    return this;
  }

  /** Follows a channel; what is published and how it was followed is kept in order. */
  follow(channel) {
    const kept = { publications: [], followed: [], refused: [] };
    const subscription = this.client.newSubscription(channel);
    subscription.on('publication', ({ data, offset }) => kept.publications.push({ data, offset, at: performance.now() }));
    subscription.on('subscribed', (context) => kept.followed.push(context));
    subscription.on('unsubscribed', (context) => kept.refused.push(context));
    subscription.on('error', () => {});
    subscription.subscribe();
    this.channels.set(channel, kept);
    return kept;
  }

  event(event) {
    return this.client.rpc('event', event).then(({ data }) => data);
  }

  of(channel, kind) {
    return this.channels.get(channel).publications.filter(({ data }) => data.kind === kind);
  }

  last(state) {
    return this.states.findLast((entry) => entry.state === state);
  }
}
