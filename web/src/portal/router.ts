import { nextTick, ref } from 'vue'
import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router'
import { t, tt } from '../shared/i18n'
import { fetch_pieces } from '../shared/pieces'
import { load_session, user } from '../shared/session'
import { former_addresses, portal_pages } from '../shared/system_pages'
import type { Title } from '../shared/types'
import HomePage from './pages/HomePage.vue'
import { city_title } from './portal'

declare module 'vue-router' {
  interface RouteMeta { title?: string; own_title?: Title; needs_user?: boolean }
}

const routes: RouteRecordRaw[] = [
  { path: '/', name: 'home', component: HomePage },
  { path: '/search', name: 'search', component: () => import('./pages/SearchPage.vue'), meta: { title: 'portal.search' } },
  { path: '/service/:system/:entity', name: 'service', component: () => import('./pages/ServicePage.vue') },
  { path: '/cases', name: 'cases', component: () => import('./pages/CasesPage.vue'), meta: { title: 'portal.cases', needs_user: true } },
  { path: '/cases/:system/:entity/:id', name: 'case', component: () => import('./pages/CasePage.vue'), meta: { title: 'portal.case', needs_user: true } },
  { path: '/list/:system/:entity', name: 'list', component: () => import('./pages/ListPage.vue') },
  { path: '/list/:system/:entity/:id', name: 'record', component: () => import('./pages/RecordPage.vue') },
  { path: '/follow/:code?', name: 'follow', component: () => import('./pages/FollowPage.vue'), meta: { title: 'portal.follow' } },
  { path: '/notices', name: 'notices', component: () => import('./pages/NoticesPage.vue'), meta: { title: 'portal.notices' } },
  { path: '/notices/:system/:entity/:id', name: 'notice', component: () => import('./pages/NoticePage.vue'), meta: { title: 'portal.notice' } },
  { path: '/verify/:code?', name: 'verify', component: () => import('./pages/VerifyPage.vue'), meta: { title: 'portal.verify' } },
  { path: '/messages', name: 'messages', component: () => import('./pages/MessagesPage.vue'), meta: { title: 'notices.title', needs_user: true } },
  { path: '/sign-in', name: 'sign_in', component: () => import('./pages/SignInPage.vue'), meta: { title: 'account.sign_in' } },
  { path: '/register', name: 'register', component: () => import('./pages/RegisterPage.vue'), meta: { title: 'account.register' } },
  { path: '/lost-password', name: 'lost', component: () => import('./pages/LostPage.vue'), meta: { title: 'account.lost' } },
  { path: '/account', name: 'account', component: () => import('./pages/AccountPage.vue'), meta: { title: 'account.title', needs_user: true } },
  // Pages and former addresses that systems bring along.
  ...portal_pages.flatMap(({ system, page }): RouteRecordRaw[] => (page.path ? [{ path: page.path, name: `${system}.${page.name}`, component: page.component, meta: { own_title: page.title } }] : [])),
  ...former_addresses.map(({ from, to }): RouteRecordRaw => ({ path: from, redirect: (at) => {
    const params = Object.fromEntries(Object.entries(at.params).filter(([, value]) => value !== ''))
    return { path: to.replace(/\/:(\w+)/g, (_, name: string) => (params[name] ? `/${encodeURIComponent(String(params[name]))}` : '')), query: at.query }
  } })),
  { path: '/:rest(.*)*', name: 'missing', component: () => import('./pages/MissingPage.vue'), meta: { title: 'problem.404' } },
]

export const router = createRouter({
  history: createWebHistory('/'),
  routes,
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
})

let known: Promise<unknown> | null = null
router.beforeEach(async (to) => {
  if (user.value?.must_change_password && to.name !== 'sign_in') return { name: 'sign_in', query: { then: to.fullPath } }
  if (!to.meta.needs_user) return true
  if (user.value && !user.value.must_change_password) return true
  try {
    await (known ??= load_session())
  } catch {
    known = null
  }
  return user.value && !user.value.must_change_password ? true : { name: 'sign_in', query: { then: to.fullPath } }
})

router.afterEach((to, from) => {
  const title = to.meta.title ? t(to.meta.title) : tt(to.meta.own_title)
  document.title = title ? `${title} · ${city_title()}` : city_title()
  // A page that changed without a load is announced by moving the focus to its heading.
  if (from.matched.length && to.path !== from.path) void nextTick(() => document.querySelector<HTMLElement>('#main')?.focus({ preventScroll: true }))
})

/** Told above the page that one stays on, until the next one opens. */
export const unreachable = ref('')
fetch_pieces(router, (text) => (unreachable.value = text))
router.afterEach(() => {
  unreachable.value = ''
})
