/** The pages only this system has; the client's build finds this list. */
export const pages = [
  { name: 'desk', title: { zh: '核查匹配台', en: 'Check and match desk' }, component: () => import('./DeskPage.vue'), entrance: 'console' as const },
  { name: 'batches', title: { zh: '批量匹配', en: 'Matching batches' }, component: () => import('./BatchesPage.vue'), entrance: 'console' as const, list_of: 'match_batch' },
  { name: 'batch', title: { zh: '匹配批次', en: 'Matching batch' }, component: () => import('./BatchPage.vue'), entrance: 'console' as const, record_of: 'match_batch' },
  { name: 'map', title: { zh: '地名一张图', en: 'Map of names' }, component: () => import('./MapPage.vue'), entrance: 'console' as const },
]
