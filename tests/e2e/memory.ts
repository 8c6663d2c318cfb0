/** What the extension holds on to in Chromium: the heaps of the page and of the service worker, and its buffers. */
import { TargetType, type CDPSession } from 'puppeteer-core';
import type { Stage } from './stage.ts';

/**
 * In bytes, after a collection of garbage. Tensors live in the memory of WebAssembly, which is the worker's largest
 * buffer: those that are forgotten make it grow.
 */
export interface Memory {
  page: number;
  worker: number;
  buffers: number;
}

export async function readMemory({ browser, page }: Stage): Promise<Memory> {
  const target = await browser.waitForTarget((candidate) => candidate.type() === TargetType.SERVICE_WORKER);
  const worker = (await target.worker())?.client;
  if (!worker) throw new Error('The service worker cannot be inspected');
  const own = await page.createCDPSession();
  try {
    return { page: await heapOf(own), worker: await heapOf(worker), buffers: await buffersOf(worker) };
  } finally {
    await own.detach();
  }
}

async function heapOf(client: CDPSession): Promise<number> {
  await client.send('HeapProfiler.collectGarbage');
  return (await client.send('Runtime.getHeapUsage')).usedSize;
}

interface Snapshot {
  snapshot: { meta: { node_fields: string[] } };
  nodes: number[];
  strings: string[];
}

/** The bytes of all buffers. From a snapshot: in a service worker, Chromium never answers `Runtime.queryObjects`. */
async function buffersOf(client: CDPSession): Promise<number> {
  const { snapshot, nodes, strings } = JSON.parse(await takeSnapshot(client)) as Snapshot;
  const fields = snapshot.meta.node_fields;
  const [name, size] = [fields.indexOf('name'), fields.indexOf('self_size')];
  let bytes = 0;
  for (let node = 0; node < nodes.length; node += fields.length) {
    if (strings[nodes[node + name]!] === 'system / JSArrayBufferData') bytes += nodes[node + size]!;
  }
  return bytes;
}

async function takeSnapshot(client: CDPSession): Promise<string> {
  let text = '';
  const add = ({ chunk }: { chunk: string }): void => {
    text += chunk;
  };
  client.on('HeapProfiler.addHeapSnapshotChunk', add);
  await client.send('HeapProfiler.takeHeapSnapshot', { reportProgress: false });
  client.off('HeapProfiler.addHeapSnapshotChunk', add);
  return text;
}

export function total({ page, worker, buffers }: Memory): number {
  return page + worker + buffers;
}
