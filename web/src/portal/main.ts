import { createApp } from 'vue'
import '../shared/tokens.css'
import './portal.css'
import { load_language } from '../shared/i18n'
import { end_session_with, load_session } from '../shared/session'
import '../shared/theme'
import App from './App.vue'
import { router } from './router'

await load_language()
void load_session().catch(() => undefined)
end_session_with(() => {
  if (router.currentRoute.value.meta.needs_user) void router.push({ name: 'sign_in', query: { then: router.currentRoute.value.fullPath } })
})
createApp(App).use(router).mount('#app')
