import type { ObjectDirective } from 'vue'

const set = (element: Element, name: string, value: string): void => {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value)
}
const inside = (element: Element): HTMLElement[] => [...element.children] as HTMLElement[]
function prepare(table: HTMLTableElement, title: number): void {
  set(table, 'data-cards', '')
  // A browser that lays a table out as blocks may forget that it is one.
  set(table, 'role', 'table')
  let labels: string[] = []
  for (const group of inside(table)) {
    set(group, 'role', 'rowgroup')
    const is_head = group.tagName === 'THEAD'
    for (const row of inside(group)) {
      set(row, 'role', 'row')
      const cells = inside(row)
      const texts = cells.map((cell) => cell.textContent?.trim() ?? '')
      if (is_head) labels = cells.map((cell, at) => cell.dataset.label ?? texts[at])
      for (const [at, cell] of cells.entries()) {
        set(cell, 'role', is_head ? 'columnheader' : 'cell')
        if (is_head) continue
        set(cell, 'data-label', labels[at] ?? '')
        set(cell, 'data-part', cell.querySelector('input') ? 'choice' : at === title ? 'title' : ['', '–'].includes(texts[at]) ? 'empty' : 'line')
      }
    }
  }
}

/**
 * On a table of `console.css`'s class `grid`: on a phone each row is a card. The value is the number of the column that
 * heads it, from 0. Labels are the heads of the columns (`data-label` where a head holds more than its words); columns
 * that are to be sorted by, and the choice of all, stay above the cards.
 */
export const vCards: ObjectDirective<HTMLTableElement, number | undefined> = {
  mounted: (table, { value }) => prepare(table, value ?? 0),
  updated: (table, { value }) => prepare(table, value ?? 0),
}

/** For the link in the heading of a row that opens by itself: a plain click is the row's, any other the browser's, such as a new tab. */
export function follow(event: MouseEvent): void {
  if (event.ctrlKey || event.metaKey || event.shiftKey) event.stopPropagation()
  else event.preventDefault()
}
