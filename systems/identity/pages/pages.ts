import { api } from '@/shared/api'
import { load_meta } from '@/shared/session'
import type { Choices, SystemPage } from '@/shared/system_pages'

export const pages: SystemPage[] = [
  { name: 'sessions', title: { zh: '登录会话', en: 'Sessions' }, component: () => import('./SessionsPage.vue'), entrance: 'console' },
  { name: 'delivery', title: { zh: '消息与任务', en: 'Messages and work' }, component: () => import('./DeliveryPage.vue'), entrance: 'console' },
  { name: 'key', title: { zh: '密钥', en: 'Key' }, component: () => import('./KeyPart.vue'), entrance: 'console', part_of: 'application_key' },
]

interface Described { paths: Record<string, Record<string, { summary?: string; tags?: string[] }>> }

export const choices: Choices = {
  'role.permissions': async () => (await load_meta()).systems.flatMap((system) => (system.roles ?? []).map((role) => ({
    code: role.name, title: { zh: `${system.title.zh}：${role.title.zh}`, en: `${system.title.en}: ${role.title.en}` },
  }))),
  'application_key.services': async () => {
    const titles = new Map<string, { zh: string; en: string }>()
    for (const path of Object.values((await api.get<Described>('/open/v1/openapi.json')).paths)) {
      for (const { summary, tags } of Object.values(path)) {
        const [zh, en] = (summary ?? '').split(' / ')
        if (tags?.[0] && !titles.has(tags[0])) titles.set(tags[0], { zh, en: en ?? zh })
      }
    }
    return [{ code: '*', title: { zh: '全部接口', en: 'All interfaces' } }, ...[...titles].map(([code, title]) => ({ code, title }))]
  },
}
