/**
 * The script of the pages that are built like YouTube's, run by the page itself: pictures that load once they are seen,
 * a video that plays above the picture under the pointer, and navigation without loading a page.
 *
 * A test steers it by attributes of `<ytd-app>`: `lazy="held"` keeps pictures from loading, `preview-delay` is in ms.
 */
const app = document.querySelector('ytd-app')!;
const manager = document.querySelector('ytd-page-manager')!;
const preview = document.querySelector<HTMLElement>('ytd-video-preview')!;
const addresses = JSON.parse(document.getElementById('initial-data')!.textContent) as Record<string, string>;

/** Gives pictures their address once they are (nearly) seen. */
const seen = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (isIntersecting && app.getAttribute('lazy') !== 'held') load(target as HTMLImageElement);
  }
});

function load(image: HTMLImageElement): void {
  seen.unobserve(image);
  const address = addresses[image.id];
  if (address !== undefined) image.src = address;
}

/** `lazy` was taken away: what waits is observed anew, which reports at once what is in view. */
new MutationObserver(observePictures).observe(app, { attributeFilter: ['lazy'] });

function observePictures(): void {
  for (const image of manager.querySelectorAll<HTMLImageElement>('img:not([src])')) {
    seen.unobserve(image);
    seen.observe(image);
  }
}

/** Shows the layout of an address, as YouTube does: the page stays, its content is another. */
function show(url: URL): void {
  const layout = url.pathname === '/watch' ? 'watch' : url.pathname === '/results' ? 'search' : undefined;
  const name = layout ?? (url.pathname.startsWith('/@') ? 'channel' : 'home');
  endPreview();
  const template = document.querySelector<HTMLTemplateElement>(`#layout-${name}`)!;
  manager.replaceChildren(template.content.cloneNode(true));
  scrollTo(0, 0);
  observePictures();
  document.dispatchEvent(new CustomEvent('yt-navigate-finish', { detail: { pageType: name } }));
}

document.addEventListener('click', (event) => {
  const link = (event.target as Element).closest<HTMLAnchorElement>('a[href^="/"]');
  if (link === null) return;
  event.preventDefault();
  document.dispatchEvent(new CustomEvent('yt-navigate-start'));
  history.pushState(null, '', link.href);
  show(new URL(link.href));
});
addEventListener('popstate', () => show(new URL(location.href)));

let timer = 0;

/** After a while the video plays where the picture is; its link takes the pointer. */
document.addEventListener('mouseover', ({ target }) => {
  const element = target as Element;
  if (preview.contains(element)) return;
  endPreview();
  const link = element.closest<HTMLAnchorElement>('a[href^="/watch"]');
  const image = link?.querySelector('img');
  const delay = Number(app.getAttribute('preview-delay') ?? NaN);
  if (link && image && !Number.isNaN(delay)) timer = window.setTimeout(() => beginPreview(link, image), delay);
});

function beginPreview(link: HTMLAnchorElement, image: HTMLImageElement): void {
  const { left, top, width, height } = image.getBoundingClientRect();
  const box = { left: left + scrollX, top: top + scrollY, width, height };
  for (const [side, length] of Object.entries(box)) preview.style.setProperty(side, `${length}px`);
  preview.querySelector('a')!.href = link.href;
  preview.setAttribute('active', '');
}

function endPreview(): void {
  clearTimeout(timer);
  preview.removeAttribute('active');
}

history.scrollRestoration = 'manual';
show(new URL(location.href));

export {}; // a module to TypeScript: its names are its own
