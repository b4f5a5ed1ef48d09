/** Only addresses of this site: a link must not send a person elsewhere after signing in. */
export function safe_then(wanted: unknown, otherwise: string): string {
  const text = typeof wanted === 'string' ? wanted : ''
  return /^\/(?![/\\])/.test(text) ? text : otherwise
}
