import type { SystemPage } from '@/console/systems'

export const pages: SystemPage[] = [
  { name: 'sessions', title: { zh: '登录会话', en: 'Sessions' }, component: () => import('./SessionsPage.vue'), entrance: 'console' },
  { name: 'key', title: { zh: '密钥', en: 'Key' }, component: () => import('./KeyPart.vue'), entrance: 'console', part_of: 'application_key' },
]
