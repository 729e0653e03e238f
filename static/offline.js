// Keeps the page for when there is no network, says when a newer one is ready, and has the worker show what the page
// tells whoever looks elsewhere. Embedded in another page it does nothing of that.
const EVERY_MS = 60 * 60 * 1000;

if (window.top === window && window.isSecureContext && navigator.serviceWorker) {
  const workers = navigator.serviceWorker;
  let taking = false;
  workers.addEventListener('controllerchange', () => taking && location.reload());

  const watch = (registration) => {
    // The first of all takes nobody's place.
    const look = () => {
      if (!registration.waiting || !workers.controller) return;
      document.documentElement.dataset.update = 'ready';
      window.dispatchEvent(new Event('sidecam-update'));
    };
    registration.addEventListener('updatefound', () => registration.installing?.addEventListener('statechange', look));
    look();
    window.addEventListener('sidecam-take-update', () => {
      taking = true;
      registration.waiting?.postMessage('take over');
    });
    // Taken from the page if there is a worker that can show it; nothing in it takes the notice away, as does the page's own end.
    let shown = false;
    const tell = (notice) => {
      registration.active.postMessage({ notice });
      shown = notice !== null;
    };
    window.addEventListener('sidecam-notice', (event) => {
      if (!registration.active) return;
      tell(event.notice ?? null);
      event.preventDefault();
    });
    window.addEventListener('pagehide', () => shown && tell(null));
    workers.addEventListener('message', ({ data }) => data === 'notice pressed' && window.dispatchEvent(new Event('sidecam-notice-pressed')));
    workers.startMessages();
    let asked = Date.now();
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState !== 'visible' || Date.now() - asked < EVERY_MS) return;
      asked = Date.now();
      registration.update().catch(() => {});
    });
  };
  // After what the person waits for. Where a browser forbids it, the page needs its network, and works.
  window.addEventListener('load', () => workers.register('/sw.js').then((registration) => registration && watch(registration), () => {}));
}
