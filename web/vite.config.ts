import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import Components from 'unplugin-vue-components/vite'
import { ElementPlusResolver } from 'unplugin-vue-components/resolvers'
import type { Plugin } from 'vite'
import { defineConfig } from 'vitest/config'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const api = process.env.CIVITAS_API ?? 'http://127.0.0.1:8080'

/** Systems' pages live outside this folder, so the packages they import are looked up from here. */
function systemPages(): Plugin {
  const anchor = here('./src/console/main.ts')
  return {
    name: 'civitas-system-pages',
    enforce: 'pre',
    async resolveId(source, importer, options) {
      if (!importer || !importer.includes('/systems/') || !importer.includes('/pages/')) return null
      if (/^[./\0]/.test(source) || source.startsWith('@/')) return null
      return this.resolve(source, anchor, { ...options, skipSelf: true })
    },
  }
}

/** The same fallbacks the server has: every address under /console/ is the console, all others the portal. */
function entrances(): Plugin {
  return {
    name: 'civitas-entrances',
    configureServer(server) {
      server.middlewares.use((request, _response, next) => {
        const path = (request.url ?? '/').split('?')[0]
        const wantsPage = (request.headers.accept ?? '').includes('text/html')
        if (wantsPage && !path.startsWith('/api/') && !path.startsWith('/open/')) {
          request.url = path === '/console' || path.startsWith('/console/') ? '/console/index.html' : '/index.html'
        }
        next()
      })
    },
  }
}

export default defineConfig(() => {
  const plugins = [
    systemPages(),
    vue(),
    Components({ dts: false, dirs: [], include: [/\.vue$/, /\.vue\?vue/], exclude: [], resolvers: [ElementPlusResolver({ importStyle: 'css' })] }),
    entrances(),
  ]
  return {
    root: here('.'),
    plugins,
    resolve: { alias: { '@': here('./src') }, dedupe: ['vue', 'vue-router', 'element-plus', 'ol'] },
    server: {
      fs: { allow: [here('..')] },
      proxy: { '/api': api, '/open': api },
    },
    build: {
      target: 'es2022',
      manifest: true,
      modulePreload: { polyfill: false },
      chunkSizeWarningLimit: 700,
      rollupOptions: { input: { portal: here('./index.html'), console: here('./console/index.html') } },
    },
    test: { environment: 'happy-dom', include: ['src/**/*.test.ts', '../systems/*/pages/**/*.test.ts'], server: { deps: { inline: ['element-plus'] } } },
  }
})
