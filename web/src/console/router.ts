import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router'
import { t } from '../shared/i18n'
import { Problem } from '../shared/api'
import { fetch_pieces } from '../shared/pieces'
import { load_meta, load_session, user } from '../shared/session'
import { complain } from './ui'

declare module 'vue-router' {
  interface RouteMeta { title?: string; open?: boolean }
}

const routes: RouteRecordRaw[] = [
  { path: '/sign-in', name: 'sign_in', component: () => import('./pages/SignInPage.vue'), meta: { open: true, title: 'account.sign_in' } },
  {
    path: '/', component: () => import('./Shell.vue'),
    children: [
      { path: '', name: 'home', component: () => import('./pages/HomePage.vue'), meta: { title: 'tasks.title' } },
      { path: 'me', name: 'me', component: () => import('./pages/MePage.vue'), meta: { title: 'account.title' } },
      { path: ':system/pages/:page', name: 'page', component: () => import('./pages/SystemPage.vue'), props: true },
      { path: 'dashboards/:system/:name', name: 'dashboard', component: () => import('./pages/DashboardPage.vue'), props: true },
      { path: ':system/:entity', name: 'list', component: () => import('./pages/ListPage.vue'), props: true },
      { path: ':system/:entity/new', name: 'new', component: () => import('./pages/RecordPage.vue'), props: true },
      { path: ':system/:entity/:id', name: 'record', component: () => import('./pages/RecordPage.vue'), props: true },
      { path: ':rest(.*)*', name: 'missing', component: () => import('./pages/MissingPage.vue') },
    ],
  },
]

export const router = createRouter({ history: createWebHistory('/console/'), routes })

let first: Promise<unknown> | null = null
router.beforeEach(async (to) => {
  try {
    await (first ??= load_session())
  } catch {
    // Nobody knows who is there: the shell says what is wrong and offers to try again.
    first = null
    return true
  }
  if (to.meta.open) return true
  if (!user.value || user.value.must_change_password) return { name: 'sign_in', query: { then: to.fullPath } }
  try {
    await load_meta()
  } catch {
    // The shell says what is wrong and offers to try again.
  }
  return true
})
router.afterEach((to) => {
  document.title = to.meta.title ? `${t(to.meta.title)} · ${t('console.title')}` : t('console.title')
})
fetch_pieces(router, (text) => complain(new Problem(0, { detail: text })))
