/** The address of a page, with what is searched for, so that a link or the way back shows the same. */
export function pageAddress(pageId: string | undefined, search: string): string {
  const query = search === '' ? '' : `?${new URLSearchParams({ q: search })}`
  return `/read${pageId === undefined ? '' : `/${pageId}`}${query}`
}

/** What is searched for, by the address. */
export const searchedFor = (query: string): string => new URLSearchParams(query).get('q') ?? ''
