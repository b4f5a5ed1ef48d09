let of_theme = ''
const known = new Map<string, string>()
/** Read once for each theme: a map asks for thousands. */
export function token(name: string): string {
  const theme = document.documentElement.className
  if (theme !== of_theme) {
    known.clear()
    of_theme = theme
  }
  let found = known.get(name)
  if (found === undefined) known.set(name, (found = getComputedStyle(document.documentElement).getPropertyValue(name).trim() || '#888888'))
  return found
}

export function faded(colour: string, share: number): string {
  const hex = /^#([0-9a-f]{6})$/i.exec(colour)
  if (!hex) return colour
  const value = parseInt(hex[1], 16)
  return `rgb(${(value >> 16) & 255} ${(value >> 8) & 255} ${value & 255} / ${share})`
}
