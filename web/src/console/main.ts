import { createApp } from 'vue'
import '../shared/tokens.css'
import 'element-plus/es/components/message/style/css'
import 'element-plus/es/components/message-box/style/css'
import 'element-plus/theme-chalk/dark/css-vars.css'
import './console.css'
import { load_language } from '../shared/i18n'
import { end_session_with } from '../shared/session'
import '../shared/theme'
import App from './App.vue'
import { router } from './router'

await load_language()
end_session_with(() => {
  const at = router.currentRoute.value
  if (at.name !== 'sign_in') void router.push({ name: 'sign_in', query: { then: at.fullPath } })
})
createApp(App).use(router).mount('#app')
