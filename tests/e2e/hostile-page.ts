/**
 * A page that wants to know what the badge says. It runs in the page: nothing of this module is there but the function.
 *
 * Everything it finds out goes into a log without times and in an order of its own, so that two logs are the same where
 * the page learnt the same.
 */

/** What the page leaves in its window. */
export interface Spy {
  /** Everything by script alone: events that no person made, and focus that no key moved. */
  pretend: () => Promise<void>;
  /** Try every way to look, and note what came of it under a heading. */
  look: (stage: string) => void;
  /** Where the pointer meets the card; null where it meets none. */
  cardBox: () => [left: number, top: number, right: number, bottom: number] | null;
  /** Try to change and to move what is there. */
  disturb: () => void;
  log: () => string[];
}

/** `words` are looked for on the page: names of channels, and what the badge and the card say. */
// eslint-disable-next-line max-lines-per-function -- it is sent to the page as it is, with everything that it needs
export function spy(words: string[]): void {
  const HOSTS = ['thumbprint-badge', 'thumbprint-card', 'thumbprint-glance', 'thumbprint-pill', 'thumbprint-learn', 'thumbprint-learn-controls'];
  const seen = new Set<string>();
  const note = (line: string): unknown => seen.add(line);
  const hosts = (): HTMLElement[] => HOSTS.flatMap((name) => Array.from(document.querySelectorAll<HTMLElement>(name)));

  /** A node by its name; of one in a root of somebody else's, everything that can be read there. */
  const named = (node: unknown): string => {
    if (!(node instanceof Node)) return String(node);
    const root = node.getRootNode();
    if (root === document || !(root instanceof ShadowRoot)) return node.nodeName;
    return `${node.nodeName} in ${root.host.localName}: ${root.innerHTML.replace(/<style>.*?<\/style>/s, '')}`;
  };

  // Before anything of the extension's is there: whoever makes one of its elements tells the page.
  for (const name of HOSTS) {
    customElements.define(
      name,
      class extends HTMLElement {
        static observedAttributes = ['class', 'style', 'lang', 'dir', 'hidden', 'title'];
        constructor() {
          super();
          const internals = this.attachInternals();
          setInterval(() => internals.shadowRoot && note(`internals ${name}: ${internals.shadowRoot.innerHTML}`), 100);
        }
        attributeChangedCallback(attribute: string, _: unknown, value: string): void {
          note(`attribute ${name} ${attribute}=${value}`);
        }
      },
    );
  }
  // eslint-disable-next-line @typescript-eslint/unbound-method -- it is called on elements below
  const { attachShadow } = Element.prototype;
  Element.prototype.attachShadow = function (this: Element, init): ShadowRoot {
    const root = attachShadow.call(this, { ...init, mode: 'open' });
    note(`attachShadow of ${this.localName}`);
    return root;
  };

  const EVENTS = [
    ...['pointerover', 'pointerout', 'pointermove', 'pointerdown', 'pointerup', 'pointercancel', 'pointerenter', 'pointerleave'],
    ...['mouseover', 'mouseout', 'mousemove', 'mousedown', 'mouseup', 'click', 'dblclick', 'contextmenu', 'wheel'],
    ...['keydown', 'keyup', 'focus', 'focusin', 'focusout', 'blur', 'load', 'error', 'scroll', 'slotchange', 'select'],
    ...['animationstart', 'animationend', 'animationiteration', 'transitionrun', 'transitionend', 'selectionchange'],
  ];
  for (const type of EVENTS) {
    window.addEventListener(
      type,
      (event) => {
        const about: string[] = [];
        for (const key in event) {
          const value = (event as unknown as Record<string, unknown>)[key];
          if (value instanceof Node) about.push(`${key} ${named(value)}`);
        }
        const path = event.composedPath().filter((one) => one instanceof Node);
        if (event instanceof MouseEvent && path.some((one) => hosts().includes(one as HTMLElement))) {
          about.push(`layer ${event.layerX - event.clientX} ${event.layerY - event.clientY}`);
          about.push(`offset ${Math.round(event.offsetX - event.clientX)} ${Math.round(event.offsetY - event.clientY)}`);
        }
        const line = `event ${type}: ${about.join(', ')}; ${path.map(named).join(' < ')}`;
        // What moves over the page itself depends on how many moves the browser makes one.
        if (/thumbprint/i.test(line) || /^(?:animation|transition|slot)/.test(type)) note(line);
      },
      true,
    );
  }

  new MutationObserver((records) => {
    for (const { type, target, addedNodes, removedNodes, attributeName } of records) {
      if (![target, ...addedNodes, ...removedNodes].some((node) => HOSTS.includes(node.nodeName.toLowerCase()))) continue;
      note(`mutation ${type} ${named(target)} +${Array.from(addedNodes, named).join()} -${Array.from(removedNodes, named).join()} ${attributeName}`);
    }
  }).observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
  const sizes = new ResizeObserver((entries) => {
    for (const { target, contentRect } of entries) note(`size ${target.localName} ${JSON.stringify(contentRect)}`);
  });
  const crossings = new IntersectionObserver((entries) => {
    for (const { target, boundingClientRect } of entries) note(`crossing ${target.localName} ${JSON.stringify(boundingClientRect)}`);
  });

  interface Entry extends PerformanceEntry {
    size?: number;
    value?: number;
    element?: Node | null;
    target?: Node | null;
    sources?: { node?: Node | null; previousRect: DOMRect; currentRect: DOMRect }[];
  }
  const clock = ['event', 'first-input', 'longtask', 'long-animation-frame', 'visibility-state', 'navigation']; // times alone
  for (const type of PerformanceObserver.supportedEntryTypes.filter((one) => !clock.includes(one))) {
    new PerformanceObserver((list) => {
      for (const { entryType, name, size, value, element, target, sources = [] } of list.getEntries() as Entry[]) {
        const rects = sources.map(({ node, previousRect, currentRect }) => [named(node), previousRect, currentRect]);
        const what = entryType === 'resource' ? new URL(name).pathname : name;
        if (!what.startsWith('/vi')) note(`performance ${entryType} ${what} ${size} ${value} ${named(element)} ${named(target)} ${JSON.stringify(rects)}`);
      }
    }).observe({ type, buffered: true });
  }

  const STEP = 12; // px, between two points that are tried
  const isCard = (x: number, y: number): boolean => {
    const names = document.elementsFromPoint(x, y).map(({ localName }) => localName);
    if (names.includes(HOSTS[0]!)) note('the badge takes the pointer');
    return names.includes(HOSTS[1]!);
  };
  const cardBox: Spy['cardBox'] = () => {
    for (let x = 1; x < innerWidth; x += STEP) {
      for (let y = 1; y < innerHeight; y += STEP) {
        if (isCard(x, y)) {
          const box: [number, number, number, number] = [x, y, x, y];
          while (isCard(box[0] - 1, y)) box[0]--;
          while (isCard(x, box[1] - 1)) box[1]--;
          while (isCard(box[2] + 1, y)) box[2]++;
          while (isCard(x, box[3] + 1)) box[3]++;
          return box;
        }
      }
    }
    return null;
  };

  const lookAtSelection = (stage: string): void => {
    const selection = getSelection()!;
    const places = new Set<string>();
    const remember = (): void => {
      places.add(named(selection.anchorNode)).add(named(selection.focusNode));
      if (selection.rangeCount > 0) places.add(named(selection.getRangeAt(0).startContainer));
    };
    for (const word of words) {
      selection.removeAllRanges();
      const found = (window as unknown as { find: (...all: unknown[]) => boolean }).find(word, false, false, true, false, true);
      remember();
      note(`${stage}: find ${word}: ${found} ${selection.toString()}`);
    }
    for (const unit of ['character', 'word', 'line', 'sentence', 'paragraph', 'lineboundary', 'documentboundary']) {
      for (const direction of ['forward', 'backward']) {
        selection.collapse(document.body, 0);
        for (let times = 0; times < 40; times++) {
          selection.modify(times % 2 === 0 ? 'move' : 'extend', direction, unit);
          remember();
        }
      }
    }
    selection.selectAllChildren(document.documentElement);
    remember();
    note(`${stage}: all is selected: ${selection.toString().length}`);
    selection.removeAllRanges();
    note(`${stage}: selection ${[...places].sort().join(' | ')}`);
  };

  const lookAtPoints = (stage: string): void => {
    const places = new Set<string>();
    const { caretRangeFromPoint } = document as { caretRangeFromPoint?: (x: number, y: number) => Range | null };
    for (let x = 5; x < innerWidth; x += 24) {
      for (let y = 5; y < innerHeight; y += 12) {
        const position = document.caretPositionFromPoint(x, y) as { readonly offsetNode: Node } | null; // null beside the page
        places.add(`position ${named(position?.offsetNode)}`);
        const range = caretRangeFromPoint?.call(document, x, y) ?? null; // Chromium has it alone
        places.add(`range ${named(range?.startContainer)}`);
        places.add(`top ${named(document.elementFromPoint(x, y))}`);
      }
    }
    note(`${stage}: points ${[...places].sort().join(' | ')}`);
    note(`${stage}: card ${JSON.stringify(cardBox())}`);
  };

  const lookAtHosts = (stage: string): void => {
    for (const host of hosts()) {
      const style = getComputedStyle(host);
      const looks = Array.from(style, (property) => `${property}: ${style.getPropertyValue(property)}`).join('; ');
      const pseudos = [':hover', ':focus', ':focus-within', ':active', ':defined', ':empty', ':has(*)', ':state(x)'].filter((one) => host.matches(one));
      const { scrollWidth, scrollHeight, clientWidth, offsetWidth, offsetHeight, shadowRoot } = host;
      const moving = [...host.getAnimations({ subtree: true }), ...document.getAnimations()].map(({ effect }) => named((effect as KeyframeEffect).target));
      const roots = shadowRoot ? shadowRoot.innerHTML.replace(/<style>.*?<\/style>/s, '') : 'closed';
      note(`${stage}: ${host.outerHTML} ${named(host.parentNode)} ${JSON.stringify(host.getBoundingClientRect())} ${pseudos.join()}`);
      note(`${stage}: ${host.localName} ${[scrollWidth, scrollHeight, clientWidth, offsetWidth, offsetHeight].join()} ${roots} ${moving.join()} ${looks}`);
      note(`${stage}: ${(host as unknown as { getHTML?: (options: object) => string }).getHTML?.({ serializableShadowRoots: true }) ?? ''}`);
      note(`${stage}: ${host.innerText} ${host.textContent} ${host.childNodes.length} ${host.part.value} ${named(host.assignedSlot)}`);
      sizes.observe(host);
      crossings.observe(host);
    }
    const around = [document.documentElement, document.body, ...document.querySelectorAll('dialog')];
    note(`${stage}: scroll ${around.map((one) => [one.scrollWidth, one.scrollHeight, one.innerText.length].join()).join(' ')}`);
    note(`${stage}: ${named(document.activeElement)} ${window.length} ${document.fonts.size} ${document.styleSheets.length}`);
  };

  const look = (stage: string): void => {
    lookAtHosts(stage);
    lookAtPoints(stage);
    if (stage !== 'keyboard') lookAtSelection(stage); // who selects takes the focus away
  };

  const disturb = (): void => {
    for (const host of hosts()) {
      try {
        note(`a second root: ${attachShadow.call(host, { mode: 'open' }).innerHTML}`);
      } catch (error) {
        note(`a second root: ${(error as Error).name}`);
      }
      host.innerHTML = '<b slot="x">Nothing to see</b>';
      host.style.cssText = 'all: revert !important; display: block !important; width: max-content !important; height: auto !important; pointer-events: auto !important';
      note(`disturbed ${JSON.stringify(host.getBoundingClientRect())} ${getComputedStyle(host).pointerEvents} ${host.innerText}`);
      host.replaceChildren();
      host.removeAttribute('style');
    }
    // What moved is told with its size.
    for (const moved of document.querySelectorAll<HTMLElement>('dialog, .moving')) moved.style.left = `${Number.parseFloat(moved.style.left || '0') + 40}px`;
  };

  const pretend = async (): Promise<void> => {
    const targets = document.querySelectorAll('a, img, .thumbnail');
    window.addEventListener('click', (event) => event.preventDefault(), true); // stay here
    for (const target of targets) {
      const { left, top, width, height } = target.getBoundingClientRect();
      const at = { bubbles: true, composed: true, cancelable: true, clientX: left + width / 2, clientY: top + height / 2, key: 'Tab', code: 'Tab' };
      for (const type of EVENTS) {
        const Kind = type.startsWith('pointer') ? PointerEvent : type.startsWith('key') ? KeyboardEvent : type.startsWith('focus') ? FocusEvent : MouseEvent;
        target.dispatchEvent(new Kind(type, at));
        document.dispatchEvent(new Kind(type, at));
      }
      for (const key of ['Tab', 'ArrowDown', 'Enter']) {
        target.dispatchEvent(new KeyboardEvent('keydown', { ...at, key, altKey: key === 'ArrowDown' }));
      }
      if (target instanceof HTMLElement) target.focus({ focusVisible: true });
      document.dispatchEvent(new CustomEvent('yt-navigate-finish', at));
      window.dispatchEvent(new PopStateEvent('popstate'));
      await new Promise((rested) => setTimeout(rested, 700)); // longer than anybody needs to rest
    }
    (document.activeElement as HTMLElement | null)?.blur();
    note(`after all events: ${hosts().length}`);
  };

  Object.assign(window, { spy: { pretend, look, cardBox, disturb, log: () => [...seen].sort() } satisfies Spy });
}
