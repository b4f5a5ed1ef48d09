/** What only this system has; the client's build finds it. */
import type { FormerAddress, Ground, SystemPage } from '@/shared/system_pages'
import type { Title } from '@/shared/types'

export const pages: SystemPage[] = [
  { name: 'desk', title: { zh: '核查匹配台', en: 'Check and match desk' }, component: () => import('./DeskPage.vue'), entrance: 'console' },
  { name: 'batches', title: { zh: '批量匹配', en: 'Matching batches' }, component: () => import('./BatchesPage.vue'), entrance: 'console', list_of: 'match_batch' },
  { name: 'batch', title: { zh: '匹配批次', en: 'Matching batch' }, component: () => import('./BatchPage.vue'), entrance: 'console', record_of: 'match_batch' },
  { name: 'map', title: { zh: '地名一张图', en: 'Map of names' }, component: () => import('./MapPage.vue'), entrance: 'console' },
  { name: 'apply', title: { zh: '申请地名', en: 'Apply for a name' }, component: () => import('./ApplyPage.vue'), entrance: 'portal', path: '/apply' },
]

/** Where the portal had its pages before it showed what is declared; papers and posters still name them. */
export const former: FormerAddress[] = [
  { from: '/names/:id?', to: '/list/place_names/place_name/:id' },
  { from: '/report', to: '/service/place_names/problem_report' },
  { from: '/answers/:code?', to: '/follow/:code' },
  { from: '/cases/:id', to: '/cases/place_names/name_application/:id' },
  { from: '/notices/:id', to: '/notices/place_names/name_application/:id' },
]

/** On every map, so that whoever draws sees what is named nearby already. */
export const ground: Ground[] = [
  { entity: 'place_name', look: 'name', title: { zh: '现今地名', en: 'Names in use' }, only: { usage: 'current' } },
]

export const acts: Record<string, Title> = {
  approve: { zh: '批准命名', en: 'Name approved' },
  rename: { zh: '更名', en: 'Renamed' },
  cancel: { zh: '销名', en: 'Name ended' },
  check: { zh: '自动核查', en: 'Automatic check' },
  start_notice: { zh: '开始公示', en: 'Notice begun' },
  approve_name: { zh: '批准', en: 'Approved' },
  file_name: { zh: '备案', en: 'Filed' },
  issue_authentication: { zh: '出具认证', en: 'Authentication issued' },
  'approved by application *': { zh: '申请获批', en: 'approved by application' },
  'the automatic check': { zh: '自动核查', en: 'the automatic check' },
  'the filing is recorded': { zh: '记录备案', en: 'the filing is recorded' },
  'the name is approved': { zh: '地名获批', en: 'the name is approved' },
  'the notice begins': { zh: '公示开始', en: 'the notice begins' },
  'the paper is issued': { zh: '出具证明', en: 'the paper is issued' },
}
