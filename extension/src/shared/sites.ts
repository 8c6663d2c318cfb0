/** Hosts as settings name them. */

/** The host of a page on the web (`www.example.org`), or null for pages of the browser and of extensions. */
export function siteOf(address: string | undefined): string | null {
  if (address === undefined || !URL.canParse(address)) {
    return null;
  }
  const { protocol, host } = new URL(address);
  return /^https?:$/.test(protocol) && host !== '' ? host : null;
}

/** The list with a host in it or without it. */
export function withSite(sites: readonly string[], host: string, listed: boolean): string[] {
  return listed ? [...new Set([...sites, host])].sort() : sites.filter((site) => site !== host);
}
