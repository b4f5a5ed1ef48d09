import { nextTick, ref } from 'vue'
import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router'
import { t } from '../shared/i18n'
import { fetch_pieces } from '../shared/pieces'
import { load_session, user } from '../shared/session'
import HomePage from './pages/HomePage.vue'

declare module 'vue-router' {
  interface RouteMeta { title?: string; needs_user?: boolean }
}

const routes: RouteRecordRaw[] = [
  { path: '/', name: 'home', component: HomePage, meta: { title: 'portal.title' } },
  { path: '/names', name: 'names', component: () => import('./pages/NamesPage.vue'), meta: { title: 'portal.find' } },
  { path: '/names/:id', name: 'name', component: () => import('./pages/NamePage.vue'), meta: { title: 'portal.name' } },
  { path: '/apply', name: 'apply', component: () => import('./pages/ApplyPage.vue'), meta: { title: 'portal.apply' } },
  { path: '/cases', name: 'cases', component: () => import('./pages/CasesPage.vue'), meta: { title: 'portal.cases', needs_user: true } },
  { path: '/cases/:id', name: 'case', component: () => import('./pages/CasePage.vue'), meta: { title: 'portal.case', needs_user: true } },
  { path: '/notices', name: 'notices', component: () => import('./pages/NoticesPage.vue'), meta: { title: 'portal.notices' } },
  { path: '/notices/:id', name: 'notice', component: () => import('./pages/NoticePage.vue'), meta: { title: 'portal.notice' } },
  { path: '/verify/:code?', name: 'verify', component: () => import('./pages/VerifyPage.vue'), meta: { title: 'portal.verify' } },
  { path: '/report', name: 'report', component: () => import('./pages/ReportPage.vue'), meta: { title: 'portal.report' } },
  { path: '/answers/:code?', name: 'answers', component: () => import('./pages/AnswersPage.vue'), meta: { title: 'report.ask_answer' } },
  { path: '/sign-in', name: 'sign_in', component: () => import('./pages/SignInPage.vue'), meta: { title: 'account.sign_in' } },
  { path: '/register', name: 'register', component: () => import('./pages/RegisterPage.vue'), meta: { title: 'account.register' } },
  { path: '/lost-password', name: 'lost', component: () => import('./pages/LostPage.vue'), meta: { title: 'account.lost' } },
  { path: '/account', name: 'account', component: () => import('./pages/AccountPage.vue'), meta: { title: 'account.title', needs_user: true } },
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
  document.title = to.meta.title && to.name !== 'home' ? `${t(to.meta.title)} · ${t('portal.title')}` : t('portal.title')
  // A page that changed without a load is announced by moving the focus to its heading.
  if (from.matched.length && to.path !== from.path) void nextTick(() => document.querySelector<HTMLElement>('#main')?.focus({ preventScroll: true }))
})

/** Told above the page that one stays on, until the next one opens. */
export const unreachable = ref('')
fetch_pieces(router, (text) => (unreachable.value = text))
router.afterEach(() => {
  unreachable.value = ''
})
