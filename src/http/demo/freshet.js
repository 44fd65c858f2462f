// Freshet in the browser: makes and keeps ids, sends events in batches, follows live rooms.
//
//   const shop = Freshet.connect();                        // or { url, token, userId, getToken }
//   shop.track('live_like', { room_id: '42' });            // a promise: { accepted } once it is applied
//   const room = shop.follow('room:42', (said) => …);      // said.kind: comment, notice, highlight, …
//   shop.follow('room:42:state', (said) => …);             // room_stats, feed
//   shop.follow('user:', (said) => …);                     // this user's own: feed, next
//   room.leave();
//
// It speaks the WebSocket (JSON frames of the Centrifugo client protocol) and comes back by itself: what was missed in a stream
// is sent again. Where no WebSocket gets through it reads rooms by EventSource and posts events. As a page goes away, what
// is not sent yet goes by sendBeacon: as JSON to the node that the page is from, as plain text to another one, which must list
// the page's origin (server.origins); with a token by fetch, since a beacon carries no header.
//
// `getToken` gives a token, or the promise of one: it is asked before the first connection where there is no `token`, in time before
// the present one expires, and when the node says that it has; `userId` is the token's once it is there. One of another user begins
// a connection of theirs.
(() => {
  'use strict';
  const BATCH_MS = 20; // A like and the next one go in one frame.
  const MOST = 50; // Commands in one frame; the node takes 64.
  const WAIT_MS = [250, 8000];
  const WITHOUT_TOKEN_MS = 2000;
  const OPEN_WITHIN_MS = 5000;
  const RENEW_S = [30, 86400]; // A token is renewed so long before its end (or after half its time), and at least daily.
  const [EXPIRED, CLOSED_EXPIRED] = [109, 3005];
  const GIVE_UP_AFTER = 3; // Failed sockets, none of which ever stood, before rooms are read otherwise.
  const home = new URL('..', document.currentScript.src);

  const made = () => {
    const bytes = crypto.getRandomValues(new Uint8Array(12));
    return Array.from(bytes, (byte) => (byte % 36).toString(36)).join('');
  };
  const kept = (storage, name, prefix) => {
    try {
      const store = window[storage];
      const id = store.getItem(name) ?? prefix + made();
      store.setItem(name, id);
      return id;
    } catch {
      return prefix + made(); // A page that may keep nothing has an id for as long as it is open.
    }
  };
  const subject = (token) => {
    try {
      return JSON.parse(atob(token.split('.')[1].replace(/-/g, '+').replace(/_/g, '/'))).sub;
    } catch {
      return undefined;
    }
  };

  class Connection {
    constructor({ url = home, token, userId, getToken, name = 'freshet.js' } = {}) {
      this.home = new URL(url, location.href);
      this.getToken = getToken;
      if (token) this.#bear(token);
      else this.userId = userId ?? (getToken ? undefined : kept('localStorage', 'freshet-user', 'anon-'));
      this.sessionId = kept('sessionStorage', 'freshet-session', 's-');
      this.name = name;
      this.state = 'connecting';
      this.onstate = () => {};
      this.onleave = () => {}; // The page goes away: the last moment to track something.
      this.channels = new Map(); // name -> { said, epoch, offset, live, source }
      this.waiting = new Map(); // command id -> { done, failed, event }
      this.queue = []; // events that are not sent yet: { event, done, failed }
      this.id = 0;
      this.lost = 0;
      this.stood = false;
      addEventListener('pagehide', () => {
        this.onleave();
        this.#leave();
      });
      addEventListener('online', () => this.socket || this.#open());
      this.#open();
    }

    /** Says that this user did something; resolves once the node has applied it. */
    track(type, fields = {}) {
      const event = { type, event_id: made(), session_id: this.sessionId, timestamp: Date.now(), ...fields };
      return new Promise((done, failed) => {
        this.queue.push({ event, done, failed });
        if (this.timer) return; // The first one goes at once, and what comes soon after it together.
        this.#flush();
        this.timer = setTimeout(() => {
          this.timer = undefined;
          this.#flush();
        }, BATCH_MS);
      });
    }

    /** Follows a channel: `said` gets each thing that is said in it. */
    follow(channel, said) {
      const entry = { said, live: false };
      this.channels.set(channel, entry);
      if (this.state === 'connected') this.#subscribe(channel, entry);
      if (this.state === 'fallback') this.#listen(channel, entry);
      return { leave: () => this.#unfollow(channel, entry) };
    }

    close() {
      this.ended = true;
      this.#leave();
      clearTimeout(this.again);
      clearTimeout(this.renewal);
      this.socket?.close();
      for (const entry of this.channels.values()) entry.source?.close();
      this.#be('closed');
    }

    #be(state, detail) {
      if (this.state === state) return;
      this.state = state;
      this.onstate(state, detail);
    }

    #bear(token) {
      this.token = token;
      this.userId = subject(token) ?? this.userId;
    }

    /** A token of the page's, or why there is none. */
    async #fetched() {
      const late = new Promise((_, failed) => setTimeout(() => failed(new Error('not in time')), OPEN_WITHIN_MS));
      const token = await Promise.race([this.getToken(), late]);
      if (!subject(token)) throw new Error('what the page gave is none');
      return token;
    }

    /** Whether there is a token where one is needed. */
    async #ready() {
      if (this.getToken && !this.token) this.#bear(await this.#fetched());
    }

    async #open() {
      if (this.ended || this.socket || this.asking || this.state === 'fallback') return;
      clearTimeout(this.again);
      this.asking = true;
      try {
        await this.#ready();
      } catch (fault) {
        return void this.#later(`no token: ${fault?.message ?? fault}`, WITHOUT_TOKEN_MS);
      } finally {
        this.asking = false;
      }
      if (!this.ended) this.#dial();
    }

    #dial() {
      const address = new URL('v1/ws', this.home);
      address.protocol = address.protocol.replace('http', 'ws');
      let socket;
      try {
        socket = this.socket = new WebSocket(address);
      } catch (fault) {
        return void this.#gone(0, fault.message); // A policy of the page forbids it.
      }
      const slow = setTimeout(() => socket.close(), OPEN_WITHIN_MS);
      socket.onopen = () => {
        const who = this.token ? { token: this.token } : { data: { user_id: this.userId } };
        this.#command({ connect: { ...who, name: this.name } }).then(
          ({ connect }) => {
            clearTimeout(slow);
            this.#renewIn(connect);
            [this.lost, this.stood] = [0, true];
            this.#be('connected');
            for (const [channel, entry] of this.channels) this.#subscribe(channel, entry);
            this.#flush();
          },
          ({ code }) => {
            if (code) this.stood = true; // The node was reached, and refused.
            if (code === EXPIRED) this.#expired();
            socket.close();
          },
        );
      };
      socket.onmessage = ({ data }) => {
        for (const line of data.split('\n')) if (line) this.#heard(JSON.parse(line));
      };
      socket.onclose = ({ code, reason }) => {
        clearTimeout(slow);
        clearTimeout(this.renewal);
        this.socket = undefined;
        if (code === CLOSED_EXPIRED) this.#expired();
        this.#gone(code, reason);
      };
    }

    #gone(code, reason) {
      // What had no answer may have been taken or not: sent again under the same id it counts once.
      for (const { done, failed, event } of this.waiting.values()) {
        if (event) this.queue.push({ event, done, failed });
        else failed(new Error('the connection is lost'));
      }
      this.waiting.clear();
      for (const entry of this.channels.values()) entry.live = false;
      if (this.ended) return;
      if (3500 <= code && code < 4000) {
        this.ended = true;
        this.#be('refused', reason);
        return;
      }
      this.lost += 1;
      if (!this.stood && GIVE_UP_AFTER <= this.lost) {
        this.#be('fallback');
        for (const [channel, entry] of this.channels) this.#listen(channel, entry);
        this.#flush();
        return;
      }
      this.#later(reason);
    }

    #later(reason, wait = Math.min(WAIT_MS[1], WAIT_MS[0] * 2 ** (this.lost - 1))) {
      if (this.ended) return;
      this.#be('connecting', reason);
      this.again = setTimeout(() => this.#open(), wait * (0.5 + Math.random()));
    }

    /** The next connection needs another token. */
    #expired() {
      if (this.getToken) this.token = undefined;
    }

    #renewIn({ expires, ttl }) {
      if (!expires || !ttl || !this.getToken) return;
      const wait = Math.min(RENEW_S[1], Math.max(ttl / 2, ttl - RENEW_S[0]));
      this.renewal = setTimeout(() => this.#renew(), wait * 1000);
    }

    /** Another token over the connection that stands, tried until it does not any more. */
    async #renew() {
      const { socket } = this;
      try {
        const token = await this.#fetched();
        if (socket !== this.socket) return; // The next connection asks for itself.
        if (subject(token) !== this.userId) {
          this.#bear(token);
          return void socket.close();
        }
        const { refresh } = await this.#command({ refresh: { token } });
        this.#bear(token);
        this.#renewIn(refresh);
      } catch {
        if (socket && socket === this.socket) this.renewal = setTimeout(() => this.#renew(), WITHOUT_TOKEN_MS);
      }
    }

    #command(request, event) {
      this.id += 1;
      const id = this.id;
      const answer = new Promise((done, failed) => this.waiting.set(id, { done, failed, event }));
      this.#send([{ id, ...request }]);
      return answer;
    }

    #send(commands) {
      this.socket.send(commands.map((command) => JSON.stringify(command)).join('\n'));
    }

    #heard(frame) {
      if (frame.push) {
        const { channel, pub } = frame.push;
        const entry = this.channels.get(channel) ?? (channel === this.#named('user:') ? this.channels.get('user:') : undefined);
        if (entry && pub) this.#said(entry, pub);
      } else if (frame.id) {
        const asked = this.waiting.get(frame.id);
        this.waiting.delete(frame.id);
        if (frame.error) asked?.failed(Object.assign(new Error(frame.error.message), frame.error));
        else asked?.done(frame);
      } else {
        this.#send([{}]); // A ping, and its answer.
      }
    }

    #said(entry, { data, offset }) {
      if (offset) {
        if (entry.offset && offset <= entry.offset) return;
        entry.offset = offset;
      }
      entry.said(data);
    }

    /** `user:` is this user's own. */
    #named(channel) {
      return channel === 'user:' ? channel + this.userId : channel;
    }

    #subscribe(name, entry) {
      if (entry.live) return;
      entry.live = true;
      const channel = this.#named(name);
      const since = entry.epoch ? { recover: true, epoch: entry.epoch, offset: entry.offset ?? 0 } : {};
      this.#command({ subscribe: { channel, ...since } }).then(
        ({ subscribe }) => {
          if (subscribe.epoch !== entry.epoch || !subscribe.recovered) entry.offset = 0;
          for (const pub of subscribe.publications ?? []) this.#said(entry, pub);
          if (subscribe.epoch) [entry.epoch, entry.offset] = [subscribe.epoch, subscribe.offset ?? 0];
        },
        (fault) => {
          entry.live = false;
          if (fault.code) entry.said({ kind: 'refused', channel, ...fault });
        },
      );
    }

    #unfollow(channel, entry) {
      if (this.channels.get(channel) !== entry) return;
      this.channels.delete(channel);
      entry.source?.close();
      if (entry.live && this.state === 'connected') this.#command({ unsubscribe: { channel: this.#named(channel) } }).catch(() => {});
    }

    /** Reads a room by EventSource: its stream and its state come in one. */
    async #listen(channel, entry) {
      const room = /^room:(.*?)(:state)?$/.exec(channel);
      if (!room || room[2] || entry.source) return;
      const again = () => setTimeout(() => this.channels.get(channel) === entry && this.#listen(channel, entry), WITHOUT_TOKEN_MS);
      try {
        await this.#ready();
      } catch {
        return void again();
      }
      if (this.ended || entry.source || this.channels.get(channel) !== entry) return;
      const address = new URL(`v1/rooms/${encodeURIComponent(room[1])}/stream`, this.home);
      if (this.token) address.searchParams.set('token', this.token);
      else address.searchParams.set('user_id', this.userId);
      if (entry.last) address.searchParams.set('last_event_id', entry.last);
      const source = (entry.source = new EventSource(address));
      const state = () => this.channels.get(`${channel}:state`);
      const hear = ({ data, lastEventId }) => {
        entry.last = lastEventId || entry.last;
        const said = JSON.parse(data);
        (['room_stats', 'feed'].includes(said.kind) ? (state() ?? entry) : entry).said(said);
      };
      for (const kind of ['message', 'comment', 'notice', 'highlight', 'showing', 'ended', 'match', 'room_stats', 'feed']) {
        source.addEventListener(kind, hear);
      }
      source.onerror = () => {
        // Refused, and not coming back by itself: as when the token in its address has expired.
        if (!this.getToken || source.readyState !== EventSource.CLOSED || entry.source !== source) return;
        entry.source = undefined;
        this.#expired();
        again();
      };
    }

    #flush() {
      if (!this.queue.length) return;
      if (this.state === 'fallback') return void this.#post();
      if (this.state !== 'connected') return; // They go once the connection stands.
      const batch = this.queue.splice(0, MOST).map(({ event, done, failed }) => {
        this.id += 1;
        this.waiting.set(this.id, { done: ({ rpc }) => done(rpc.data), failed, event });
        return { id: this.id, rpc: { method: 'event', data: event } };
      });
      this.#send(batch);
      this.#flush();
    }

    async #post() {
      const batch = this.queue.splice(0, 1000);
      const post = () => fetch(new URL('v1/events', this.home), this.#request(batch));
      try {
        await this.#ready();
        let answer = await post();
        if (answer.status === 401 && this.getToken) {
          this.#expired();
          await this.#ready();
          answer = await post();
        }
        if (!answer.ok) throw new Error(`the node says ${answer.status}`);
        const told = await answer.json();
        for (const { done } of batch) done(told);
      } catch (fault) {
        for (const { failed } of batch) failed(fault);
      }
    }

    #request(batch, more = {}) {
      const headers = { 'content-type': 'application/json' };
      if (this.token) headers.authorization = `Bearer ${this.token}`;
      return { method: 'POST', headers, credentials: 'omit', body: this.#body(batch), ...more };
    }

    #body(batch) {
      return JSON.stringify(batch.map(({ event }) => ({ user_id: this.userId, ...event })));
    }

    /** What is not sent or not answered yet goes as the page does; what was taken already counts once. */
    #leave() {
      const rest = [...this.waiting.values()].filter(({ event }) => event).concat(this.queue.splice(0));
      if (!rest.length) return;
      const address = new URL('v1/events', this.home);
      if (this.token) return void fetch(address, this.#request(rest, { keepalive: true })).catch(() => {});
      const type = address.origin === location.origin ? 'application/json' : 'text/plain';
      navigator.sendBeacon(address, new Blob([this.#body(rest)], { type }));
    }
  }

  window.Freshet = { connect: (options) => new Connection(options) };
})();
