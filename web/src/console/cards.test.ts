import { expect, test } from 'vitest'
import { createApp, h, nextTick, ref, withDirectives } from 'vue'
import { follow, vCards } from './cards'

test('a table carries what a phone needs to show its rows as cards, also for rows that come later', async () => {
  const rows = ref([['1', '解放大道', '']])
  const app = createApp({
    render: () => withDirectives(h('table', [
      h('thead', h('tr', [h('th', h('input', { type: 'checkbox' })), h('th', { 'data-label': '编号' }, '编号⇅'), h('th', '名称'), h('th', '拼音')])),
      h('tbody', rows.value.map((row) => h('tr', { key: row[0] }, [h('td', h('input', { type: 'checkbox' })), ...row.map((cell) => h('td', cell))]))),
    ]), [[vCards, 2]]),
  })
  const place = document.createElement('div')
  app.mount(place)
  const table = place.querySelector('table')!
  const told = (at: number) => [...table.querySelectorAll('tbody tr')[at].querySelectorAll('td')].map((cell) => `${cell.dataset.part} ${cell.dataset.label}`)
  expect(told(0)).toEqual(['choice ', 'line 编号', 'title 名称', 'empty 拼音'])
  expect(['table', 'thead', 'tr', 'th', 'tbody', 'td'].map((one) => (one === 'table' ? table : table.querySelector(one)!).getAttribute('role'))).toEqual(['table', 'rowgroup', 'row', 'columnheader', 'rowgroup', 'cell'])
  rows.value = [['1', '解放大道', 'Jiěfàng Dàdào'], ['2', '–', '']]
  await nextTick()
  expect(told(0)[3]).toBe('line 拼音')
  expect(told(1)).toEqual(['choice ', 'line 编号', 'title 名称', 'empty 拼音'])
  app.unmount()
})

test('the link of a row leaves a plain click to the row and takes the others for itself', () => {
  let rows = 0
  const row = document.createElement('div')
  row.addEventListener('click', () => rows++)
  const link = row.appendChild(document.createElement('a'))
  link.addEventListener('click', follow)
  const click = (more: MouseEventInit) => !link.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true, ...more }))
  expect(click({})).toBe(true)
  expect(rows).toBe(1)
  expect(click({ ctrlKey: true })).toBe(false)
  expect(rows).toBe(1)
})
