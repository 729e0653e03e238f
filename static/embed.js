// Sidecam inside another page: docs/embedding.md. Version 1 of the interface.
//
//   <script src="https://video.example/embed.js" data-token-url="/sidecam-token" data-to="tel:+390212345678"></script>
//
// or, with a frame of one's own choosing,
//
//   const sidecam = Sidecam.embed(place, { token: async () => …, to: 'tel:+390212345678' });
//   sidecam.on('ended', ({ cause }) => …);
(() => {
  'use strict';
  const VERSION = 1;
  const script = document.currentScript;
  const home = new URL(script.src).origin;
  const ALLOW = ['camera', 'microphone', 'display-capture', 'autoplay', 'fullscreen', 'picture-in-picture', 'screen-wake-lock'];
  /** After that long without a word the frame is not there, or not for this page. */
  const PATIENCE_MS = 20_000;

  function frameIn(place, options) {
    const frame = document.createElement('iframe');
    frame.title = options.title || 'Sidecam';
    frame.allow = ALLOW.map((feature) => `${feature} ${home}`).join('; ');
    frame.src = `${home}/embed`;
    frame.style.cssText = 'border:0;display:block;width:100%;color-scheme:normal';
    frame.style.height = options.height || '560px';
    place.append(frame);
    return frame;
  }

  function embed(place, options = {}) {
    const frame = frameIn(place, options);
    const listeners = new Map();
    /** What was asked for before the frame could hear it. */
    let waiting = [];
    let ready = false;
    let signingIn = false;
    let chosen = false;

    function post(message) {
      frame.contentWindow?.postMessage({ sidecam: VERSION, ...message }, home);
    }

    function ask(message) {
      if (ready) post(message);
      else if (waiting.length < 100) waiting.push(message);
    }

    function tell(type, detail) {
      for (const listener of listeners.get(type) ?? []) listener(detail);
      frame.dispatchEvent(new CustomEvent(`sidecam:${type}`, { detail, bubbles: true }));
    }

    async function signIn() {
      if (!options.token || signingIn) return;
      signingIn = true;
      try {
        const token = await (typeof options.token === 'function' ? options.token() : options.token);
        post({ type: 'sign-in', token: String(token) });
      } catch (error) {
        tell('error', { code: 'no-token', reason: String(error) });
      } finally {
        signingIn = false;
      }
    }

    function begin() {
      if (ready) return;
      ready = true;
      clearTimeout(silence);
      if (options.theme) post({ type: 'theme', ...options.theme });
      if (options.language) post({ type: 'language', language: options.language });
      for (const message of waiting) post(message);
      waiting = [];
      void signIn();
    }

    function hear(event) {
      if (event.source !== frame.contentWindow || event.origin !== home) return;
      const { sidecam: version, type, ...detail } = event.data ?? {};
      if (version !== VERSION || typeof type !== 'string') return;
      if (type === 'ready') begin();
      if (type === 'token-needed') void signIn();
      if (type === 'registered' && options.to && !chosen) {
        chosen = true;
        post({ type: 'choose', to: options.to });
      }
      tell(type, detail);
    }

    const silence = setTimeout(() => tell('error', { code: 'no-answer' }), PATIENCE_MS);
    addEventListener('message', hear);
    let loads = 0;
    frame.addEventListener('load', () => {
      loads += 1;
      // It began anew, and knows nothing of what was asked before.
      if (loads > 1) ready = chosen = false;
      post({ type: 'hello' });
    });

    return {
      frame,
      on(type, listener) {
        listeners.set(type, [...(listeners.get(type) ?? []), listener]);
        return this;
      },
      /** A new token, from a page that fetches them by itself. */
      signIn: (token) => ask({ type: 'sign-in', token }),
      signOut: () => ask({ type: 'sign-out' }),
      /** Turns to that number; nothing is opened. */
      choose: (to) => ask({ type: 'choose', to }),
      /** Opens the preview; the person shows it to them. */
      open: (to) => ask(to === undefined ? { type: 'open' } : { type: 'open', to }),
      close: () => ask({ type: 'close' }),
      stop: () => ask({ type: 'stop' }),
      theme: (theme) => ask({ type: 'theme', ...theme }),
      language: (language) => ask({ type: 'language', language }),
      remove() {
        clearTimeout(silence);
        removeEventListener('message', hear);
        frame.remove();
      },
    };
  }

  /** A page's own server, which knows who is signed in there, gives `{ "token": "…" }`. */
  async function fetchToken(url) {
    const response = await fetch(url, { method: 'POST', credentials: 'same-origin', headers: { accept: 'application/json' } });
    if (!response.ok) throw new Error(`${url}: ${response.status}`);
    return (await response.json()).token;
  }

  window.Sidecam = { version: VERSION, embed };

  const { tokenUrl, to, height, title, language, scheme } = script.dataset;
  if (tokenUrl) {
    const place = document.createElement('div');
    script.after(place);
    const theme = scheme && { scheme };
    window.Sidecam.embedded = embed(place, { token: () => fetchToken(tokenUrl), to, height, title, language, theme });
  }
})();
