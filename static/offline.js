// Keeps the page for when there is no network, and says when a newer one is ready. Embedded in another page it does neither.
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
