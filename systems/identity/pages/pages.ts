import type { SystemPage } from '@/console/systems'

export const pages: SystemPage[] = [
  { name: 'sessions', title: { zh: '登录会话', en: 'Sessions' }, component: () => import('./SessionsPage.vue'), entrance: 'console' },
]
